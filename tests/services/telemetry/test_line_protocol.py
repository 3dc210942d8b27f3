"""InfluxDB's line protocol: what is right is read, what is wrong is named, and nothing takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.telemetry.protocols.line_protocol import MAX_KEY, key_of, parse

NOW = 1_760_000_000_000
NS = NOW * 1_000_000


def rows(text: str, precision: str = "ns") -> list[list[object]]:
    found = parse(text, precision, NOW)
    assert found.errors == []
    return found.rows


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"temp value=20.5 {NS}", [["temp", NOW, 20.5]]),
        ("temp value=20.5", [["temp", NOW, 20.5]]),
        (f"cpu,host=pi,cpu=cpu0 usage_idle=98,usage_user=1.5 {NS}", [
            ["cpu.usage_idle,cpu=cpu0,host=pi", NOW, 98.0], ["cpu.usage_user,cpu=cpu0,host=pi", NOW, 1.5],
        ]),
        (r"wea\,ther,location=us\ mid\=west temp\ now=82i", [["wea,ther.temp_now,location=us_mid=west", NOW, 82.0]]),
        ("m a=1i,b=-2i,c=3u,d=1e3,e=-.5,f=+2.", [
            ["m.a", NOW, 1.0], ["m.b", NOW, -2.0], ["m.c", NOW, 3.0], ["m.d", NOW, 1000.0], ["m.e", NOW, -0.5], ["m.f", NOW, 2.0],
        ]),
        ("door open=t,shut=F,locked=TRUE,seen=false", [
            ["door.open", NOW, 1.0], ["door.shut", NOW, 0.0], ["door.locked", NOW, 1.0], ["door.seen", NOW, 0.0],
        ]),
        ("# a comment\n\n  \ntemp value=1\r\n", [["temp", NOW, 1.0]]),
        ("温度,地点=北京 value=1", [["温度,地点=北京", NOW, 1.0]]),
        ("m,b=2,a=1 v=1", [["m.v,a=1,b=2", NOW, 1.0]]),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, expected: list[list[object]]) -> None:
    assert rows(line) == expected


@pytest.mark.parametrize(
    ("precision", "ts"),
    [("ns", NS + 999), ("u", NOW * 1000 + 9), ("us", NOW * 1000), ("ms", NOW), ("s", NOW // 1000), ("m", NOW // 60_000),
     ("h", NOW // 3_600_000)],
)  # fmt: skip
def test_a_timestamp_counts_in_the_unit_of_the_request(precision: str, ts: int) -> None:
    ((_, found, _),) = rows(f"t value=1 {ts}", precision)
    assert isinstance(found, int)
    assert 0 <= NOW - found < {"m": 60_000, "h": 3_600_000, "s": 1000}.get(precision, 1)


@pytest.mark.parametrize(
    "line",
    [
        "temp", "temp value", "temp value=", "temp =1", "temp value=1,", "temp value=abc", "temp value=NaN", "temp value=1e999",
        "temp value=inf", "temp value=0x10", "temp value=1_000", "temp value=1 soon", "temp value=1 1 1", ",a=b value=1",
        "temp,a= value=1", "temp,a value=1", "temp,=b value=1", 'temp value="open', "temp value=1i5", "value=1", " ",
        "temp,, value=1",
        "temp value=tru", "temp value=1 99999999999999999999999", "temp value=--1", "temp value==1", "temp a=1 b=2",
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_its_neighbours_are_read(line: str) -> None:
    found = parse(f"a value=1\n{line}\nb value=2", "ns", NOW)
    assert [row[0] for row in found.rows] == ["a", "b"]
    assert [number for number, _ in found.errors] == ([2] if line.strip() else [])


def test_strings_are_refused_and_the_numbers_beside_them_kept() -> None:
    found = parse('sys,host=pi load=0.5,uptime="3 days, 4:05",note="a\\"b\nc" 1760000000000000000\nt value=1', "ns", NOW)
    assert found.rows == [["sys.load,host=pi", NOW, 0.5], ["t", NOW, 1.0]]
    assert found.lines == [1, 3]
    assert found.errors == [(1, "strings are not stored: uptime, note")]


def test_a_long_key_is_cut_and_stays_apart_from_others() -> None:
    keys = {key_of(f"m,tag={'x' * 80}{n}", "f") for n in range(50)}
    assert len(keys) == 50
    assert all(len(key) == MAX_KEY for key in keys)


@given(st.text() | st.text(alphabet=' ,="\\\nab1#tie.-'))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    found = parse(text, "ns", NOW)
    assert len(found.rows) == len(found.lines)
    for key, ts, value in found.rows:
        assert isinstance(key, str)
        assert 1 <= len(key) <= MAX_KEY
        assert not any(character.isspace() for character in key)
        assert isinstance(ts, int)
        assert isinstance(value, float)


@pytest.mark.parametrize("unit", ["a", "\\", '"', ",", "=", " ", "a=", ",a=1", '"a" ', "\\,"])
def test_nothing_takes_more_than_a_few_times_as_long_for_twice_the_text(unit: str) -> None:
    def took(text: str) -> float:
        began = time.perf_counter()
        parse(text, "ns", NOW)
        return time.perf_counter() - began

    def text(count: int) -> str:
        return f"m,a={unit * count} v={unit * count}"

    small = min(took(text(4_000)) for _ in range(3))
    large = min(took(text(32_000)) for _ in range(3))
    assert large < 40 * small + 0.02
