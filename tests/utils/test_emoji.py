"""What may be a reaction."""

import pytest
from emoji import EMOJI_DATA, STATUS

from utils.emoji import normal_emoji


@pytest.mark.parametrize(
    "emoji",
    ["👍", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "#️⃣", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🕵🏻‍♂️", "🧑🏿‍❤️‍💋‍🧑🏻", "👁️‍🗨️", "©️", "🫠"],
)
def test_one_emoji_is_one_whatever_it_is_made_of(emoji: str) -> None:
    assert normal_emoji(emoji) == emoji


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a", "1", "#", ":)", "ok", "好", "👍👍", "👍a", " 👍", "👍\n", "🇩",
        "🇩🇪🇫", "\ufe0f", "\u200d", "👍\u200d", "\u200d👍", "🚗🏽",
        "👍\u200d\u200d👍", "1\ufe0f", "\u20e3", "a\u20e3", "👍\u20e3", "🏴\U000e0067", "👍" + "\u200d👍" * 16,
        "<b>", "\x00", "\U0001f3fb\U0001f3fb",
    ],
)  # fmt: skip
def test_anything_else_is_not(text: str) -> None:
    assert normal_emoji(text) is None


@pytest.mark.parametrize(
    ("typed", "same"),
    [("❤", "❤️"), ("👍\ufe0f", "👍"), ("☺", "☺️"), ("1⃣", "1️⃣"), ("👁‍🗨", "👁️‍🗨️"), ("🕵🏻‍♂", "🕵🏻‍♂️"), ("🏳‍🌈", "🏳️‍🌈")],
)
def test_two_spellings_of_an_emoji_are_one_reaction(typed: str, same: str) -> None:
    assert normal_emoji(typed) == same


def test_every_emoji_that_phones_can_draw_may_be_a_reaction() -> None:
    for text, facts in EMOJI_DATA.items():
        if facts["status"] == STATUS["fully_qualified"]:
            assert normal_emoji(text) == text
        elif facts["status"] != STATUS["component"]:
            assert EMOJI_DATA[normal_emoji(text) or ""]["status"] == STATUS["fully_qualified"]
