"""CSV files: how one is read is shown before, and what is wrong with a row is said and harms no other."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.devices import Sensor
from tests.blueprints.test_sensors import code, member, new_device, new_sensor
from utils.clock import now_ms

T0 = 1_760_054_400_000  # 2025-10-10T00:00:00Z


class Shed:
    """Alice's sensor."""

    def __init__(self, app: Flask) -> None:
        self.alice, self.bob = member(app, "alice"), member(app, "bob")
        self.device, self.token = new_device(self.alice)
        self.sensor = new_sensor(self.alice, self.device["id"], key="t", visibility="public")
        self.path = f"/api/sensors/{self.sensor['id']}"

    def send(self, text: str | bytes, **query: str) -> Any:
        return self.alice.post(f"{self.path}/import", data=text, content_type="text/csv", query_string=query)

    def ok(self, text: str | bytes, **query: str) -> dict[str, Any]:
        answer = self.send(text, **query)
        assert answer.status_code == 200, answer.get_json()
        found: dict[str, Any] = answer.get_json()
        return found

    def stored(self, client: FlaskClient | None = None, path: str | None = None) -> list[tuple[int, float]]:
        items = (client or self.alice).get(f"{path or self.path}/readings?resolution=raw&limit=10000").get_json()["items"]
        return [(each["ts"], each["value"]) for each in items]


@pytest.fixture
def shed(app: Flask) -> Shed:
    return Shed(app)


def test_what_was_exported_is_imported_unchanged(shed: Shed) -> None:
    rows = [[T0 + n * 777, n / 3 - 1e-9 * n] for n in range(2500)]
    shed.alice.post(f"{shed.path}/readings", json={"readings": rows}, headers=shed.token)
    exported = shed.alice.get(f"{shed.path}/export.csv").get_data()
    other = new_sensor(shed.alice, shed.device["id"], key="copy")
    path = f"/api/sensors/{other['id']}"
    answer = shed.alice.post(f"{path}/import", data={"file": (io.BytesIO(exported), "readings.csv")}).get_json()
    assert (answer["accepted"], answer["duplicates"], answer["refused"], answer["errors"]) == (2500, 0, 0, [])
    assert shed.stored(path=path) == shed.stored() == [(ts, value) for ts, value in rows]
    assert shed.alice.get(f"{path}/export.csv").get_data() == exported
    again = shed.alice.post(f"{path}/import", data=exported, content_type="text/csv").get_json()
    assert (again["accepted"], again["duplicates"]) == (0, 2500)


@pytest.mark.parametrize(
    ("text", "query", "expected", "reading"),
    [
        ("time,value\n2025-10-10T00:00:00Z,1.5\n", {}, (",", True, "time", "value", "iso"), (T0, 1.5)),
        ("2025-10-10 02:00:00.250+02:00;1,5\r\n", {}, (";", False, "1", "2", "iso"), (T0 + 250, 1.5)),
        ("Zeit\tWert\n2025-10-10 02:00\t1.5\n", {"tz": "Europe/Berlin"}, ("\t", True, "Zeit", "Wert", "iso"), (T0, 1.5)),
        (f"{T0 // 1000},1.5\n", {}, (",", False, "1", "2", "epoch_s"), (T0, 1.5)),
        (f"{T0 / 1000 + 0.25},1.5\n", {}, (",", False, "1", "2", "epoch_s"), (T0 + 250, 1.5)),
        (f"\ufeffid|temp|when\n7|1.5|{T0}\n", {}, ("|", True, "when", "id", "epoch_ms"), (T0, 7.0)),
        (f"id|temp|when\n7|1.5|{T0}\n", {"value": "temp"}, ("|", True, "when", "temp", "epoch_ms"), (T0, 1.5)),
        (f"7,1.5,{T0}\n", {"value": "2", "time": "3"}, (",", False, "3", "2", "epoch_ms"), (T0, 1.5)),
        ("时间,数值\n2025-10-10T08:00:00+08:00,1.5\n", {}, (",", True, "时间", "数值", "iso"), (T0, 1.5)),
        ('"time","value"\n"2025-10-10T00:00:00Z","1.5"\n\n', {}, (",", True, "time", "value", "iso"), (T0, 1.5)),
    ],
)  # fmt: skip
def test_how_a_file_is_read_is_found_out_and_shown_before(
    shed: Shed, text: str, query: dict[str, str], expected: tuple[Any, ...], reading: tuple[int, float]
) -> None:
    preview = shed.ok(text, preview="1", **query)
    shown = preview["format"]
    assert (shown["delimiter"], shown["header"], shown["time"], shown["value"], shown["time_format"]) == expected
    assert [(row["ts"], row["value"]) for row in preview["rows"]] == [reading]
    assert preview["accepted"] == 0
    assert shed.stored() == []
    assert shed.ok(text, **query)["accepted"] == 1
    assert shed.stored() == [reading]


def test_a_row_that_is_wrong_is_named_by_its_line(shed: Shed) -> None:
    soon = now_ms() + 3_600_000
    text = f"time,value\n{T0},1\n\n{T0 + 1},warm\nyesterday,2\n{T0 + 2}\n{soon},3\n{T0},9\n-5,1\n{T0 + 3},NaN\n{T0 + 4},4\n"
    answer = shed.ok(text)
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (2, 1, 6)
    assert [each["line"] for each in answer["errors"]] == [4, 5, 6, 7, 9, 10]
    reasons = {each["line"]: each["reason"] for each in answer["errors"]}
    assert reasons[4] == "“warm” is not a number."
    assert reasons[6] == "Columns are missing."
    assert reasons[7] == "The time is in the future."
    assert shed.stored() == [(T0, 1.0), (T0 + 4, 4.0)]
    preview = shed.ok(text, preview="1")
    assert preview["errors"] == answer["errors"]
    assert [(row["ts"], row["value"]) for row in preview["rows"]] == [(T0, 1.0), (T0, 9.0), (T0 + 4, 4.0)]


def test_many_rows_are_stored_and_only_the_first_errors_named(shed: Shed) -> None:
    lines = ["ts,value", *(f"{T0 + n * 1000},{'x' if n % 100 == 0 else n}" for n in range(12_000))]
    answer = shed.ok("\n".join(lines))
    assert (answer["accepted"], answer["refused"], len(answer["errors"])) == (11_880, 120, 50)


def test_what_is_before_the_sensors_retention_is_refused(shed: Shed) -> None:
    Sensor.update_many({}, {"$set": {"kept_from": T0}})
    shed.alice.patch(shed.path, json={"retention": {"raw_days": 0, "minute_days": 0, "hour_days": 0}})
    answer = shed.ok(f"{T0 - 1},1\n{T0},2\n")
    assert (answer["accepted"], answer["refused"]) == (1, 1)
    assert answer["errors"] == [{"line": 1, "reason": "The time is before what is kept of this sensor."}]


def test_a_guess_is_shown_but_not_stored(shed: Shed) -> None:
    text = "time;value\n03/04/2025 10:00;1,234\n"
    assert shed.ok(text, preview="1")["format"]["unsure"] == ["time_format", "decimal"]
    refused = shed.send(text)
    assert refused.status_code == 422
    assert set(refused.get_json()["error"]["fields"]) == {"time_format", "decimal"}
    assert shed.ok(text, time_format="dmy", decimal=",")["accepted"] == 1
    assert [value for _, value in shed.stored()] == [1.234]


def test_what_excel_saves_is_imported_as_a_file(shed: Shed) -> None:
    for content in (
        "sep=;\nDatum;Uhrzeit;Größe °C\n10.10.2025;02:00;1,5 °C\n".encode("cp1252"),
        "Zeit\t°C\n10.10.2025 2:00\t1,5\n".encode("utf-16"),
    ):
        form = {"file": (io.BytesIO(content), "a.csv")}
        answer = shed.alice.post(f"{shed.path}/import", data=form, query_string={"tz": "Europe/Berlin"}).get_json()
        assert answer["accepted"] + answer["duplicates"] == 1, answer
    assert shed.stored() == [(T0, 1.5)]


@pytest.mark.parametrize(
    ("text", "query", "status"),
    [
        ("", {}, 422), ("\n\n", {}, 422), ("hello", {}, 422), ("a,b\n1,2\n", {"time": "c"}, 422), (f"{T0},1\n", {"time": "0"}, 422),
        (f"{T0},1\n", {"tz": "Mars/Olympus"}, 422), (f"{T0},1\n", {"tz": "../../etc/passwd"}, 422), ("x" * 20_000, {}, 422),
        (f"{T0},1\n\0,\n", {}, 422), (f"{T0},1\n", {"time_format": "roman"}, 422), ('"' * 999, {}, 422), (b"\xff\xfe\x00", {}, 422),
        (f"{T0},1\n", {"time": "1", "value": "1"}, 422), (f'{T0},1\n"never closed,1\n' + "y,1\n" * 100, {}, 200),
    ],
)  # fmt: skip
def test_what_is_hostile_gets_an_answer(shed: Shed, text: str | bytes, query: dict[str, str], status: int) -> None:
    for preview in ("0", "1"):
        assert shed.send(text, preview=preview, **query).status_code == status


def test_only_the_owner_imports_and_only_csv(shed: Shed) -> None:
    assert code(shed.bob.post(f"{shed.path}/import", data=f"{T0},1\n", content_type="text/csv")) == (403, "forbidden")
    assert code(shed.alice.post(f"{shed.path}/import", json={})) == (415, "unsupported_media_type")
    assert code(shed.alice.post(f"{shed.path}/import", data={"other": "x"}, content_type="multipart/form-data"))[0] == 422
    assert shed.stored() == []
