"""Names and passwords."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from, text, tuples

from utils.validators import check_password, check_username, clean_line, fold

# One of every range of Default_Ignorable_Code_Point, and both ends of the long ones (Unicode 17, DerivedCoreProperties.txt).
IGNORABLE = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u180f", "\u200b", "\u200d",
    "\u200f", "\u202a", "\u202e", "\u2060", "\u2064", "\u2065", "\u2066", "\u206f", "\u3164", "\ufe00", "\ufe0f", "\ufeff",
    "\uffa0", "\ufff0", "\ufff8", "\U0001bca0", "\U0001bca3", "\U0001d173", "\U0001d17a", "\U000e0000", "\U000e0041", "\U000e0fff",
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"), [("Alice", "ALICE"), ("Ａlice", "alice"), ("Straße", "STRASSE"), ("a  b", "A b "), ("Al\u2800ice", "al ice")]
)
def test_names_that_look_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("invisible", IGNORABLE)
def test_a_name_with_something_invisible_is_the_name_without_it(invisible: str) -> None:
    assert {fold(name) for name in (f"Al{invisible}ice", f"{invisible}ALICE", f"alice{invisible}{invisible}")} == {"alice"}
    with pytest.raises(ValueError, match="Letters"):
        check_username(f"Vic{invisible}")
    for nothing in (invisible, f" {invisible} {invisible}", f"\u2800{invisible}"):
        with pytest.raises(ValueError):
            clean_line(nothing, 10)


@given(text(max_size=20), lists(tuples(integers(0, 40), sampled_from(IGNORABLE)), min_size=1, max_size=8))
def test_names_that_differ_only_by_what_nobody_sees_are_the_same_name(name: str, added: list[tuple[int, str]]) -> None:
    written = name
    for at, invisible in added:
        written = written[:at] + invisible + written[at:]
    assert fold(written) == fold(name) == fold(fold(name))


@given(text(max_size=20))
def test_a_name_that_can_be_seen_is_not_folded_to_nothing(name: str) -> None:
    try:
        line = clean_line(name, 20)
    except ValueError:
        return
    assert fold(line)


@pytest.mark.parametrize("name", ["", "a", "x" * 33, "a b", "a@b", "-a", ".hidden", "a\u200bb", "a\nb", "<b>", "\u115f\u115f"])
def test_a_user_name_that_could_confuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"characters|Letters"):
        check_username(name)


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "a\x07", "\u202eabc", "\u0301", "\u20dd", "\u3164", "\u2800", "\u115f \u2800", "x" * 11]
)
def test_a_nickname_must_be_visible_and_short(text: str) -> None:
    with pytest.raises(ValueError):
        clean_line(text, 10)


@pytest.mark.parametrize(
    ("text", "shown"), [("  Ann   Lee ", "Ann Lee"), ("小明", "小明"), ("👩‍🌾 Jo", "👩‍🌾 Jo"), ("❤\ufe0f", "❤\ufe0f")]
)
def test_a_nickname_is_trimmed_and_otherwise_kept(text: str, shown: str) -> None:
    assert clean_line(text, 20) == shown


def test_a_password_of_eight_unusual_characters_will_do() -> None:
    assert check_password("ünüsüal7") == "ünüsüal7"
    for bad in ("1234567", "PASSWORD", "aaaaaaaa", "x" * 257):
        with pytest.raises(ValueError):
            check_password(bad)
