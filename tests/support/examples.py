"""How many examples Hypothesis tries: as many as a test says; a quarter in `make check`, twenty times as many in `make fuzz`."""

from hypothesis import settings

USUAL = 100


def register_profiles() -> None:
    """Make --hypothesis-profile=quick and --hypothesis-profile=thorough known."""
    settings.register_profile("quick", max_examples=USUAL // 4)
    settings.register_profile("thorough", max_examples=USUAL * 20, deadline=None)


def examples(number: int) -> int:
    """`number`, in the measure of the profile that was chosen: for tests whose examples cost more than most."""
    return max(2, number * settings.default.max_examples // USUAL)
