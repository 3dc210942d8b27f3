"""What a text is found by."""

import pytest
from hypothesis import given
from hypothesis.strategies import text

from utils.text_terms import MAX_TERM, MAX_TERMS, coarse, index_terms, normalize, parse_query


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("The GREENHOUSE is warm", "greenhouse"),
        ("Un café crème", "CAFE creme"),
        ("cafe", "café"),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
        ("Straße", "STRASSE"),
        ("温室温度报警", "温度"),
        ("温室温度报警", "报"),
        ("温室温度报警", "室温度报"),
        ("iPhone手机坏了", "手机 iphone"),
        ("センサーを確認する", "センサー"),
        ("ｾﾝｻｰ", "センサー"),
        ("온도가 높습니다", "온도"),
        ("Датчик показывает ёлку", "елку датчик"),
        ("ราคาอุณหภูมิสูง", "อุณหภูมิ"),
        ("तापमान बढ़ रहा है", "तापमान"),
        ("العَرَبِيَّة", "العربية"),
        ("see https://example.org/a_b?c=1", "example a b"),
        ("it's 3.14 (pi)", "3 14 pi"),
        ("ﬁne", "fine"),
        ("two  \n lines", '"two lines"'),
        ("say hello world now", '"hello world"'),
        ("C++ and C#", '"c++"'),
        ("他说“你好”", "你好"),
        ("x" * 200, "x" * 200),
        ("so warm 🔥🌡️ today", "🔥"),
        ("so warm 🔥🌡️ today", "🌡 warm"),
        ("so warm 🔥🌡️ today", '"🔥🌡"'),
        ("温室🔥温度", "🔥"),
        ("温室🔥温度", "室"),
        ("ok👍🏽", "👍"),
        ("ok👍", "👍🏽 OK"),
        ("👩‍🌾 is here", "👩‍🌾"),
        ("❤️", "❤"),
        ("from 🇩🇪🇫🇷", "🇫🇷"),
        ("Łódź, Øresund, Đà Nẵng", "lodz oresund da nang"),
        ("lodz", "Łódź"),
        ("co\u00adoperate \u2060now", "cooperate now"),
    ],
)
def test_a_text_is_found_however_it_is_written(body: str, query: str) -> None:
    wanted = parse_query(query)
    assert wanted.terms
    assert set(wanted.terms) <= set(index_terms(body))
    assert wanted.matches(body)


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("hello big world", '"hello world"'),
        ("hello worlds", '"hello world"'),
        ("Othello world", '"hello world"'),
        ("classic", "class"),
        ("北京的大学", "北京大学"),
        ("北京 京大 大学", "北京大学"),
        ("かき", "がき"),
        ("only one", "only two"),
        ("", "word"),
        ("👍", "👎"),
        ("from 🇩🇪🇫🇷", "🇪🇫"),
        ("🔥 and 🌡️", '"🔥🌡"'),
    ],
)
def test_what_is_not_there_is_not_found(body: str, query: str) -> None:
    assert not parse_query(query).matches(body)


@pytest.mark.parametrize("query", ["", "   ", "!?", '""', "…", "___", '"…"'])
def test_a_query_without_letters_asks_for_nothing(query: str) -> None:
    assert parse_query(query).terms == ()


def is_among(query: str, terms: list[str]) -> bool:
    """Whether search looks at a text that has these terms."""
    wanted = parse_query(query).terms
    return bool(wanted) and (set(wanted) <= set(terms) or {coarse(term) for term in wanted} <= set(terms))


LONG = {
    "Chinese": "".join(chr(0x4E00 + number) for number in range(8_000)),
    "prose": " ".join(f"word{number}" for number in range(1_000)),
    "letters": " ".join(chr(0x4E00 + number) for number in range(4_000)),
}


@pytest.mark.parametrize("written", LONG)
def test_the_longest_text_is_found_by_all_that_it_says_and_has_a_bounded_number_of_terms(written: str) -> None:
    body = LONG[written]
    terms = index_terms(body)
    assert len(terms) == len(set(terms)) <= MAX_TERMS
    for start in range(0, len(body) - 6, 97):
        query = " ".join(body[start : start + 30].split()[1:-1]) if written == "prose" else body[start : start + 6]
        assert is_among(query, terms)
        assert parse_query(query).matches(body)
    assert max(map(len, index_terms("y" * 8_000))) == MAX_TERM


def test_single_characters_anywhere_in_a_long_text_are_found() -> None:
    body = "温" * 2_000 + LONG["Chinese"][:6_000]
    for character in body[::500]:
        assert is_among(character, index_terms(body))


def test_no_text_has_what_looks_like_a_coarse_term_unless_it_is_long() -> None:
    assert index_terms(" ".join(f"#{number:x}" for number in range(MAX_TERMS))) == [f"{number:x}" for number in range(MAX_TERMS)]


@given(text(max_size=60))
def test_whatever_is_in_a_text_is_found_by_its_own_words(body: str) -> None:
    query = parse_query(body.replace('"', " "))
    assert set(query.terms) <= set(index_terms(body.replace('"', " ")))
    assert normalize(normalize(body)) == normalize(body)
