"""What a text is found by."""

import pytest
from hypothesis import given
from hypothesis.strategies import text

from utils.text_terms import MAX_TERM, MAX_TERMS, index_terms, normalize, parse_query


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
    ],
)
def test_what_is_not_there_is_not_found(body: str, query: str) -> None:
    assert not parse_query(query).matches(body)


@pytest.mark.parametrize("query", ["", "   ", "!?", '""', "😀", "___", '"…"'])
def test_a_query_without_letters_asks_for_nothing(query: str) -> None:
    assert parse_query(query).terms == ()


def test_a_long_text_has_a_bounded_number_of_terms_and_pairs_come_before_single_characters() -> None:
    chinese = "".join(chr(0x4E00 + number) for number in range(2_000))
    terms = index_terms(chinese)
    assert len(terms) == MAX_TERMS
    assert all(len(term) == 2 for term in terms)
    assert len(index_terms(" ".join(map(str, range(5_000))))) == MAX_TERMS
    assert max(map(len, index_terms("y" * 8_000))) == MAX_TERM


@given(text(max_size=60))
def test_whatever_is_in_a_text_is_found_by_its_own_words(body: str) -> None:
    query = parse_query(body.replace('"', " "))
    assert set(query.terms) <= set(index_terms(body.replace('"', " "))) or len(index_terms(body)) == MAX_TERMS
    assert normalize(normalize(body)) == normalize(body)
