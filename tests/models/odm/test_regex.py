"""The dialect of $regex: what is in it means the same everywhere, and the rest is refused."""

import pytest

from models.odm import UnsupportedQuery
from models.odm.regex import MAX_LENGTH, compile_regex


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("abc", ["abc", "xabcx"], ["ab", "ABC"]),
        ("^abc$", ["abc", "abc\n"], ["xabc", "abcx"]),
        (r"a\.b\*\(\)\[\]\{\}\+\?\|\^\$\\", ["a.b*()[]{}+?|^$\\"], ["axb"]),
        (r"\d+", ["5", "a12"], ["", "٣"]),
        (r"^\w+$", ["az_09"], ["é", "a b", "名"]),
        (r"^\W$", ["é", " "], ["a", "_"]),
        (r"^\s$", [" ", "\t", "\n", "\v"], ["\u00a0", "a"]),
        (r"^\S\D$", ["ab"], ["a5", " b"]),
        (r"\bcat\b", ["cat", "a cat.", "écat"], ["cats", "_cat"]),
        (r"a\Bb", ["ab"], ["a b"]),
        (r"^[a-c\d_\-\]]+$", ["abc5_-]"], ["d", "["]),
        (r"^[^\s,]+$", ["abc"], ["a b", "a,b"]),
        ("^[.*+?(){}|$]+$", [".*+?(){}|$"], ["a"]),
        ("^(?:ab|cd){2}$", ["abcd", "cdcd"], ["ab", "ababab"]),
        ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
        ("^a{2,}?b", ["aab", "aaaab"], ["ab"]),
        ("^a.c$", ["abc", "aéc"], ["a\nc", "ac"]),
        ("^(a|b|)x$", ["ax", "bx", "x"], ["cx"]),
        ("", ["", "anything"], []),
    ],
)
def test_a_pattern_matches_as_in_pcre(pattern: str, matching: list[str], others: list[str]) -> None:
    compiled = compile_regex(pattern, "").compiled
    assert [text for text in matching if not compiled.search(text)] == []
    assert [text for text in others if compiled.search(text)] == []


def test_the_option_i_ignores_case_of_every_alphabet_but_classes_stay_ascii() -> None:
    assert compile_regex("^straße É$", "i").compiled.search("STRAßE é")
    assert not compile_regex(r"^\w$", "i").compiled.search("é")
    assert compile_regex("^[a-z]$", "i").compiled.search("Q")


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)", "(?!a)", "(?<=a)b", "(?P<name>a)", "(?<name>a)", "(?i)a", "(?#comment)", "(?>a)", "(*UTF)", r"(a)\1", r"\A", r"\Z",
        r"\z", r"\p{L}", r"\x41", r"\u0041", r"\Qa\E", r"\h", r"\K", "a++", "a*+", "a?+", "*a", "+", "a{2}{3}", "a**", "(a", "a)",
        "[a", "[]", "[[:alpha:]]", "[a[b]", "a{", "}", "]", "a{2,1}", "[z-a]", r"[\D]", r"[\b]", r"\é", "a\0",
        "a" * (MAX_LENGTH + 1), "\\", "^*", "(|*)", "a{99999}",
    ],
)  # fmt: skip
def test_what_is_not_in_the_dialect_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedQuery):
        compile_regex(pattern, "")


@pytest.mark.parametrize("options", ["x", "im", "g", "I", "ii"])
def test_no_option_but_i_is_taken(options: str) -> None:
    with pytest.raises(UnsupportedQuery, match="options"):
        compile_regex("a", options)


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("^abc", "abc"), ("^abc.*", "abc"), ("^abc*", "ab"), ("^abc?d", "ab"), ("^abc+", "ab"), ("^abc{2}", "ab"),
        (r"^a\.b", "a.b"), (r"^a\d", "a"), ("^a(b|c)", ""), ("^a|b", ""), ("abc", ""), ("^", ""), ("^[ab]c", ""),
        ("^é名x", "é名x"), (r"^\-a", "-a"), ("^a$", "a"), ("^^a", ""),
    ],
)  # fmt: skip
def test_an_anchored_pattern_gives_the_prefix_that_an_index_can_use(pattern: str, prefix: str) -> None:
    assert compile_regex(pattern, "").prefix == prefix
    assert compile_regex(pattern, "i").prefix == ""
