"""What is wrong with a cell of a CSV file, in words for whoever reads the list of refused rows."""

_SHOWN = 40


class BadRow(ValueError):
    """What is wrong with a row. The page has a Chinese form of each sentence."""


def shown(text: str) -> str:
    """As much of a cell as a sentence about it has room for."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
