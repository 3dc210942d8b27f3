"""Names and passwords."""

import pytest

from utils.validators import check_password, check_username, clean_line, fold


@pytest.mark.parametrize(("one", "other"), [("Alice", "ALICE"), ("Ａlice", "alice"), ("Straße", "STRASSE"), ("a  b", "A b ")])
def test_names_that_look_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("name", ["", "a", "x" * 33, "a b", "a@b", "-a", ".hidden", "a\u200bb", "a\nb", "<b>"])
def test_a_user_name_that_could_confuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"characters|Letters"):
        check_username(name)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "a\x07", "\u202eabc", "\u0301", "x" * 11])
def test_a_nickname_must_be_visible_and_short(text: str) -> None:
    with pytest.raises(ValueError):
        clean_line(text, 10)


@pytest.mark.parametrize(("text", "shown"), [("  Ann   Lee ", "Ann Lee"), ("小明", "小明"), ("👩‍🌾 Jo", "👩‍🌾 Jo")])
def test_a_nickname_is_trimmed_and_otherwise_kept(text: str, shown: str) -> None:
    assert clean_line(text, 20) == shown


def test_a_password_of_eight_unusual_characters_will_do() -> None:
    assert check_password("ünüsüal7") == "ünüsüal7"
    for bad in ("1234567", "PASSWORD", "aaaaaaaa", "x" * 257):
        with pytest.raises(ValueError):
            check_password(bad)
