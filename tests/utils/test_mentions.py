"""Whom a text may mean."""

import time

import pytest

from utils.markdown import without_code
from utils.mentions import EVERYONE, MAX_CANDIDATES, MAX_MENTIONS, QUOTED_EVERYONE, candidates


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@bob", [("bob",)]),
        ("(@Bob)", [("bob)", "bob")]),
        ("thanks @Ann's, and @bob.", [("ann's,", "ann's", "ann'", "ann"), ("bob.", "bob")]),
        ('@"Two  Words" look', [("two words",)]),
        ("@“Two Words”", [("two words",)]),
        ("你好@小明你好", [("小明你好", "小明你", "小明", "小")]),
        ("@Zoë", [("zoë",)]),
        ("@ＢＯＢ", [("bob",)]),
        ("@a @a @a", [("a",)]),
        ("@room", [(EVERYONE,)]),
        ("@room!", [("room!", EVERYONE)]),
        ('@"Room"', [(QUOTED_EVERYONE,)]),
    ],
)
def test_an_at_sign_may_mean_the_longest_name_that_follows_it(text: str, names: list[tuple[str, ...]]) -> None:
    assert candidates(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "bob",
        "",
        "@",
        "@ bob",
        "bob@example.com",
        r"\@bob",
        "`@bob`",
        "``a ` @bob``",
        "```\n@bob\n```",
        "~~~ x\n@bob",
        "@\nbob",
        '@""',
    ],
)
def test_addresses_escapes_and_code_mean_nobody(text: str) -> None:
    assert candidates(text) == []


def test_a_name_inside_a_longer_word_is_not_meant() -> None:
    assert ("bob",) not in [names[-1:] for names in candidates("@bobby")]


def test_text_around_code_is_kept() -> None:
    assert without_code("a `b` c\n```\nd\n```\ne ` f") == "a   c\n \n \n \ne ` f"
    assert without_code("\\`@x`y`") == "\\`@x "


@pytest.mark.parametrize(
    "text", ["@" * 8000, "@a`" * 2600, "`" * 8000, '@"' * 4000, "@小" * 4000, "@" + "好" * 7999, "`a" * 4000 + "@b"]
)
def test_the_longest_texts_cost_little_and_mean_a_bounded_number(text: str) -> None:
    begun = time.process_time()
    found = candidates(text)
    assert time.process_time() - begun < 1.0  # it takes about 10 ms; anything quadratic takes minutes
    assert len(found) <= MAX_MENTIONS
    assert sum(len(names) for names in found) <= MAX_CANDIDATES
