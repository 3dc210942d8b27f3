"""Storing readings: each once, each good one, and nothing acknowledged that is not there."""

from collections.abc import Callable
from typing import Any

import pytest

from models.devices import Device, Sensor
from models.odm import Database
from models.readings import MAX_TS, Reading, RollupMark, timed_id
from services.telemetry import devices, marks, sensors
from services.telemetry.ingest import FUTURE_MS, DeviceGone, Source, check, ingest, ingest_for
from tests.support.eventually import eventually
from tests.support.realtime import Recorder
from utils.clock import now_ms
from utils.errors import NotFound

Announce = Callable[..., dict[str, Sensor]]
T0 = 1_760_000_000_000


def stored(sensor: Sensor) -> dict[int, float]:
    found = Reading.find_raw({"_id": {"$gte": timed_id(sensor.number, 0), "$lte": timed_id(sensor.number, MAX_TS)}})
    return {row["_id"] - timed_id(sensor.number, 0): row["v"] for row in found}


def test_readings_of_several_sensors_are_stored_under_their_own(announce: Announce, source: Source) -> None:
    sensor = announce("in", "out")
    answer = ingest(source, [["in", T0, 20.5], ["out", T0, -3], ["in", T0 + 1, 21]])
    assert answer == {"accepted": 3, "duplicates": 0, "rejected": []}
    assert stored(sensor["in"]) == {T0: 20.5, T0 + 1: 21.0}
    assert stored(sensor["out"]) == {T0: -3.0}


def test_a_batch_that_comes_again_is_all_duplicates_and_changes_nothing(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    rows = [["t", T0 + n, n / 2] for n in range(700)]
    assert ingest(source, rows)["accepted"] == 700
    assert ingest(source, rows) == {"accepted": 0, "duplicates": 700, "rejected": []}
    assert stored(sensor) == {T0 + n: n / 2 for n in range(700)}


def test_the_first_value_of_a_moment_stays(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", T0, 1.0]])
    assert ingest(source, [["t", T0, 2.0], ["t", T0 + 1, 3.0], ["t", T0 + 1, 4.0]]) == {
        "accepted": 1, "duplicates": 2, "rejected": [],
    }  # fmt: skip
    assert stored(sensor) == {T0: 1.0, T0 + 1: 3.0}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (None, "bad_reading"), ("t,1,2", "bad_reading"), ([], "bad_reading"), (["t", T0], "bad_reading"),
        (["t", T0, 1.0, 2], "bad_reading"), ({"key": "t", "ts": T0, "value": 1}, "bad_reading"), ("abc", "bad_reading"),
        (["no such key", T0, 1.0], "unknown_sensor"), ([None, T0, 1.0], "unknown_sensor"), ([["t"], T0, 1.0], "unknown_sensor"),
        (["t", 0, 1.0], "bad_timestamp"), (["t", -T0, 1.0], "bad_timestamp"), (["t", float(T0), 1.0], "bad_timestamp"),
        (["t", str(T0), 1.0], "bad_timestamp"), (["t", True, 1.0], "bad_timestamp"), (["t", None, 1.0], "bad_timestamp"),
        (["t", MAX_TS + 1, 1.0], "future_timestamp"), (["t", 10**30, 1.0], "future_timestamp"),
        (["t", T0, float("nan")], "bad_value"), (["t", T0, float("inf")], "bad_value"),
        (["t", T0, float("-inf")], "bad_value"), (["t", T0, True], "bad_value"), (["t", T0, "20.5"], "bad_value"),
        (["t", T0, None], "bad_value"), (["t", T0, [20.5]], "bad_value"), (["t", T0, 10**400], "bad_value"),
        (["t", T0, -(10**400)], "bad_value"), (["t", T0, b"20"], "bad_value"),
    ],
)  # fmt: skip
def test_a_bad_reading_is_rejected_alone_with_its_code(row: Any, code: str) -> None:
    batch = check([["t", T0 + 1, 1.0], row, ["t", T0 + 2, 2.0]], {"t": 7})
    assert batch.rejected == [{"index": 1, "code": code}]
    assert batch.rows == [(timed_id(7, T0 + 1), 1.0), (timed_id(7, T0 + 2), 2.0)]


def test_the_neighbours_of_bad_readings_are_stored(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    answer = ingest(source, [None, ["t", T0 + 1, 1.0], ["t", T0 + 2, float("nan")], ["t", T0 + 3, 3.0], ["x", T0, 1.0]])
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)
    assert [each["index"] for each in answer["rejected"]] == [0, 2, 4]
    assert stored(sensor) == {T0 + 1: 1.0, T0 + 3: 3.0}


def test_the_largest_of_floats_and_a_whole_number_are_fine(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    values = [1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 10**300, 0, -7]
    assert ingest(source, [["t", T0 + n, value] for n, value in enumerate(values)])["accepted"] == len(values)
    assert stored(sensor) == {T0 + n: float(value) for n, value in enumerate(values)}


def test_a_clock_may_be_ten_minutes_ahead_and_no_more(announce: Announce, source: Source) -> None:
    announce("t")
    soon = now_ms() + FUTURE_MS
    assert ingest(source, [["t", soon - 5_000, 1.0]])["accepted"] == 1
    assert ingest(source, [["t", soon + 5_000, 1.0]])["rejected"] == [{"index": 0, "code": "future_timestamp"}]


def test_a_sensor_announced_meanwhile_is_known_and_a_deleted_one_is_not(announce: Announce, source: Source, told: Recorder) -> None:
    old = announce("old")["old"]
    assert ingest(source, [["old", T0, 1.0], ["new", T0, 1.0]])["rejected"] == [{"index": 1, "code": "unknown_sensor"}]
    announce("old", "new")
    assert ingest(source, [["new", T0, 1.0]])["accepted"] == 1
    sensors.delete(old)
    assert ingest(source, [["old", T0 + 1, 1.0]])["rejected"] == [{"index": 0, "code": "unknown_sensor"}]


def test_a_rotated_token_ends_what_the_old_one_could_do(device: Device, announce: Announce, source: Source, told: Recorder) -> None:
    announce("t")
    rotated, _ = devices.rotate_token(device)
    with pytest.raises(DeviceGone):
        ingest(source, [["t", T0, 1.0]])
    assert ingest(Source.of(rotated), [["t", T0, 1.0]])["accepted"] == 1
    devices.delete(rotated)
    with pytest.raises(DeviceGone):
        ingest(Source.of(rotated), [["t", T0, 1.0]])


def test_readings_for_one_sensor_share_the_path_and_the_codes(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    answer = ingest_for(source, sensor.id, [[T0, 1.0], [T0, 1.0], ["t", T0, 1.0], [T0], 5, [T0 + 1, "x"]])
    assert answer == {
        "accepted": 1, "duplicates": 1,
        "rejected": [
            {"index": 2, "code": "bad_reading"}, {"index": 3, "code": "bad_reading"}, {"index": 4, "code": "bad_reading"},
            {"index": 5, "code": "bad_value"},
        ],
    }  # fmt: skip
    assert stored(sensor) == {T0: 1.0}


def test_nobody_writes_to_the_sensor_of_another_device(announce: Announce, told: Recorder) -> None:
    sensor = announce("t")["t"]
    stranger = devices.create(None, "Other")[0]
    with pytest.raises(NotFound):
        ingest_for(Source.of(stranger), sensor.id, [[T0, 1.0]])


def test_a_batch_costs_the_same_few_round_trips_however_long_it_is(db: Database, announce: Announce, source: Source) -> None:
    announce(*[f"s{n}" for n in range(50)])
    ingest(source, [["s1", T0, 1.0]])
    for size in (1, 10, 100):
        with db.count_queries() as counts:
            ingest(source, [[f"s{n % 50}", T0 + size * 1000 + n, 1.0] for n in range(size)])
        assert (counts.reads, counts.writes) == (1, 3), "the device; the mark, the readings, the mark again"


def test_what_is_stored_is_marked_and_a_repetition_marks_it_again(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    minute = T0 - T0 % 60_000
    rows = [["t", minute + 59_999, 1.0], ["t", minute + 60_000, 1.0]]
    for _ in range(2):
        ingest(source, rows)
        due = marks.due(10)
        assert marks.minutes_of(due) == {timed_id(sensor.number, minute), timed_id(sensor.number, minute + 60_000)}
        marks.remove(due)


def test_a_mark_is_there_before_the_readings_and_falls_due_by_itself(
    announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce("t")

    def crash(_rows: object) -> None:
        raise SystemExit

    monkeypatch.setattr(Reading, "insert_rows", crash)
    with pytest.raises(SystemExit):
        ingest(source, [["t", T0, 1.0]])
    assert marks.due(10) == [], "not while its readings may be on their way"
    (mark,) = RollupMark.find()
    seconds = (mark.due_at.timestamp() * 1000 - now_ms()) / 1000
    assert 0 < seconds <= marks.GRACE_SECONDS


def test_a_mark_used_up_too_early_is_made_anew(announce: Announce, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    announce("t")
    insert = Reading.insert_rows

    def slow(rows: list[tuple[int, float]]) -> object:
        RollupMark.delete_many({})  # as if the worker had taken the mark after the grace
        return insert(rows)

    monkeypatch.setattr(Reading, "insert_rows", slow)
    ingest(source, [["t", T0, 1.0]])
    assert len(marks.due(10)) == 1


def test_new_readings_are_pushed_and_duplicates_are_not(announce: Announce, source: Source, told: Recorder) -> None:
    sensor = announce("t")["t"]
    ingest(source, [["t", T0, 1.0]])
    ingest(source, [["t", T0, 9.0], ["t", T0 + 2, 2.0], ["t", T0 + 1, 3.0]])

    def pushed() -> list[tuple[int, float]]:
        return [reading for payload in told.payloads("sensor_reading") for reading in payload["readings"]]

    eventually(lambda: len(pushed()) >= 3)
    assert pushed() == [(T0, 1.0), (T0 + 1, 3.0), (T0 + 2, 2.0)]
    assert {payload["sensor_id"] for payload in told.payloads("sensor_reading")} == {str(sensor.id)}


def test_the_newest_reading_shows_at_once(announce: Announce, source: Source) -> None:
    sensor = announce("t")["t"]
    assert sensors.view(sensor)["last"] is None
    ingest(source, [["t", T0 + 5, 5.0], ["t", T0 + 9, 9.0], ["t", T0 + 7, 7.0]])
    ingest(source, [["t", T0 + 9, 90.0], ["t", T0 + 8, 8.0]])
    assert sensors.view(sensor)["last"] == {"ts": T0 + 9, "value": 9.0}
