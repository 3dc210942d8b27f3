"""What is published is read as the programs mean it that publish it."""

import json
import re
import time
from typing import Any

import pytest

from workers.mqtt_payloads import MAX_READINGS, BadPayload, read_payload

TS = 1_763_631_000_000


def read(payload: Any) -> list[tuple[str, int | None, float]]:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return [(reading.name, reading.ts, reading.value) for reading in read_payload(text.encode())]


@pytest.mark.parametrize(
    "payload", ["21.5", " 21.5\n", '"21.5"', "21.5 C", "21.5°C", '"21.5 °C"', {"value": 21.5}, {"value": "21.5"}]
)
def test_one_value_is_a_number_however_it_is_wrapped(payload: Any) -> None:
    assert read(payload) == [("", None, 21.5)]


def test_true_and_false_are_1_and_0() -> None:
    assert (read("true"), read({"value": False})) == ([("", None, 1.0)], [("", None, 0.0)])
    assert read({"door": True, "state": "ON"}) == [("door", None, 1.0)]


@pytest.mark.parametrize("ts", [TS // 1000, TS / 1000, TS, str(TS), TS * 1000, TS * 1_000_000])
def test_a_time_is_in_the_unit_that_its_size_says(ts: object) -> None:
    assert read({"value": 50, "ts": ts}) == [("", TS, 50.0)]


def test_an_object_of_several_values_is_a_reading_of_each() -> None:
    assert read({"temperature": 20.5, "humidity": "40", "name": "Shed", "list": [1], "none": None}) == [
        ("temperature", None, 20.5), ("humidity", None, 40.0),
    ]  # fmt: skip
    tasmota = {"Time": "2025-11-20T09:30:00", "AM2301": {"Temperature": 20.5, "Humidity": 40.1}, "TempUnit": "C"}
    assert read(tasmota) == [("AM2301.Temperature", None, 20.5), ("AM2301.Humidity", None, 40.1)]


def test_thingsboards_telemetry_has_one_time_for_all_its_values() -> None:
    one = {"ts": TS, "values": {"temperature": 20.5, "humidity": 40}}
    assert read(one) == [("temperature", TS, 20.5), ("humidity", TS, 40.0)]
    assert read([one, {"ts": TS + 1, "values": {"humidity": 41}}])[2:] == [("humidity", TS + 1, 41.0)]
    assert read({"ts": TS, "temperature": 20.5}) == [("temperature", TS, 20.5)]


def test_names_are_keys() -> None:
    found = read({"two words": 1, "x" * 100: 2})
    assert found[0][0] == "two_words"
    assert re.fullmatch("x{51}-[0-9a-f]{12}", found[1][0])


def test_what_is_too_much_is_cut_off() -> None:
    deep: dict[str, Any] = {"n": 1}
    for _ in range(10):
        deep = {"d": deep, "n": 1}
    assert [name for name, _, _ in read(deep)] == ["d.d.d.n", "d.d.n", "d.n", "n"]
    assert len(read({f"n{n}": n for n in range(500)})) == MAX_READINGS
    assert len(read([{"a": 1}] * 500)) == MAX_READINGS


@pytest.mark.parametrize(
    "payload",
    [
        "", "warm", "NaN", "1e999", "-Infinity", "[" * 4000, "9" * 5000, "9" * 15_000 + "!", " " * 16_000 + "x",
        {"ts": TS}, {}, [], [1], [[1]],
        "null", {"value": None}, {"value": "warm"}, {"value": 1, "ts": "now"}, {"value": 1, "ts": True}, {"value": 1, "ts": 1e999},
        {"state": "online"}, "x" * 20_000,
    ],
)  # fmt: skip
def test_what_is_no_reading_is_said_to_be_none_at_once(payload: Any) -> None:
    start = time.process_time()
    with pytest.raises(BadPayload):
        read(payload)
    assert time.process_time() - start < 0.5
    with pytest.raises(BadPayload):
        read_payload(b"\xff\xfe")
