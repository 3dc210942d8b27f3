"""What Excel, Grafana and others save is read as it was meant; what cannot be told from the rows is left open, not assumed."""

import io
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.imports import ImportFormat, ImportQuery
from services.telemetry.importing import csv_import, csv_times
from services.telemetry.importing.csv_text import BadRow
from utils.errors import ValidationFailed

NINE_THIRTY = int(datetime(2025, 11, 20, 9, 30, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000


def read(data: str | bytes, **query: Any) -> tuple[ImportFormat, list[tuple[int, float] | str]]:
    """How a file is read, and its rows or what is wrong with them."""
    content = data.encode() if isinstance(data, str) else data
    rows = csv_import.Rows(io.BytesIO(content), ImportQuery(**query))
    found: list[tuple[int, float] | str] = []
    for _, row in rows:
        try:
            found.append(rows.layout.read(row))
        except BadRow as error:
            found.append(str(error))
    return rows.layout.format, found


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("20.11.2025 09:30", "dmy"), ("20.11.2025 09:30:00", "dmy"), ("20.11.25, 9:30", "dmy"), ("20/11/2025 9:30", "dmy"),
        ("20-Nov-2025 09:30", "dmy"), ("20 November 2025 9:30 am", "dmy"),
        ("11/20/2025 9:30:00 AM", "mdy"), ("11/20/2025, 9:30:00\u202fAM", "mdy"), ("Nov 20, 2025 09:30", "mdy"),
        ("2025/11/20 9:30", "iso"), ("2025-11-20 9:30:00", "iso"), ("2025年11月20日 9:30", "iso"), ("2025/11/20 上午 9:30", "iso"),
        ("2025-11-20T09:30Z", "iso"), ("2025-11-20 10:30:00.000+01:00", "iso"), ("2025.11.20 09:30 UTC", "iso"),
        ("20251120093000", "iso"), ("2025-11-20T09:30:00,000Z", "iso"),
        ("1763631000", "epoch_s"), ("1763631000.0", "epoch_s"), ("1763631000000", "epoch_ms"), ("1763631000000000", "epoch_us"),
        ("1763631000000000000", "epoch_ns"), ("45981.39583", "excel"), ("45981,3958333333", "excel"),
    ],
)  # fmt: skip
def test_times_are_read_as_programs_write_them(written: str, kind: str) -> None:
    shown, rows = read(f"Time;Temp\n{written};21\n")
    assert (shown["time_format"], rows) == (kind, [(NINE_THIRTY, 21.0)])
    # A year of two digits could be a day as well.
    assert shown["unsure"] == (["time_format"] if written.startswith("20.11.25") else [])


def test_half_a_day_has_twelve_hours() -> None:
    hours = ("12:15:00 AM", "1:15 am", "11:59 a.m.", "12:00 PM", "1:00 PM", "11:59:59 p.m.", "13:00 PM", "0:10 AM", "24:00")
    _, rows = read("time,value\n" + "".join(f"12/31/2024 {hour},1\n" for hour in hours))
    midnight = int(datetime(2024, 12, 31, tzinfo=UTC).timestamp() * 1000)
    assert [row[0] - midnight for row in rows if not isinstance(row, str)] == [
        15 * MINUTE, 75 * MINUTE, 719 * MINUTE, 720 * MINUTE, 780 * MINUTE, 1439 * MINUTE + 59_000,
    ]  # fmt: skip
    assert [row for row in rows if isinstance(row, str)] == [
        f"“12/31/2024 {hour}” is not a time such as 11/20/2026 9:30:00 AM." for hour in hours[-3:]
    ]


def test_one_day_above_twelve_decides_for_all_rows() -> None:
    shown, rows = read("time,value\n03/04/2025 10:00,1\n13/04/2025 10:00,2\n")
    assert (shown["time_format"], shown["unsure"]) == ("dmy", [])
    assert rows[0] == (int(datetime(2025, 4, 3, 10, tzinfo=UTC).timestamp() * 1000), 1.0)
    shown, rows = read("time,value\n03/04/2025 10:00,1\n03/13/2025 10:00,2\n")
    assert (shown["time_format"], shown["unsure"]) == ("mdy", [])
    assert rows[0] == (int(datetime(2025, 3, 4, 10, tzinfo=UTC).timestamp() * 1000), 1.0)


def test_what_no_row_decides_is_left_open_until_it_is_given() -> None:
    text = "time,value\n03/04/2025 10:00,1\n03/04/2025 10:05,2\n"
    assert read(text)[0]["unsure"] == ["time_format"]
    shown, rows = read(text, time_format="mdy")
    assert (shown["time_format"], shown["unsure"]) == ("mdy", [])
    assert rows[0] == (int(datetime(2025, 3, 4, 10, tzinfo=UTC).timestamp() * 1000), 1.0)
    assert read("time;value\n03.04.2025 10:00;1\n")[0]["unsure"] == [], "with points between them the day is first"


def test_a_guess_is_not_in_the_future() -> None:
    may = datetime(2025, 5, 1, tzinfo=UTC)
    for text, kind in (("05/04/2025 10:00", "dmy"), ("04/12/2025 10:00", "mdy")):
        found = csv_times.find([text], times_for_sure=True, now=may)
        assert (found.kind, found.sure) == (kind, False)


def test_numbers_that_would_be_before_2000_are_believed_only_if_they_are_asked_for() -> None:
    _, rows = read("time,value\n86400,1\n1763631000,2\n1763631060,3\n")
    assert rows == ["“86400” would be before 2000. Choose how times are written.", (NINE_THIRTY, 2.0), (NINE_THIRTY + MINUTE, 3.0)]
    assert read("time,value\n86400,1\n", time_format="epoch_s")[1] == [(86_400_000, 1.0)]
    # Days of Excel are asked for, or what is called a time can be nothing else.
    assert read("45981.39583,1\n")[1] == ["“45981.39583” would be before 2000. Choose how times are written."]
    assert read("45981.39583,1\n", time_format="excel")[1] == [(NINE_THIRTY, 1.0)]
    assert read("45981.39583,1\n", time="1")[1] == [(NINE_THIRTY, 1.0)]


def test_days_of_excel_are_in_the_zone_of_the_machine_that_wrote_them() -> None:
    assert read("Time;x\n45981.4375;1\n", tz="Europe/Berlin")[1] == [(NINE_THIRTY, 1.0)]


@pytest.mark.parametrize(
    "header", ["Date,Time,Value\n", "date,clock,t\n", "日期,时间,数值\n", "Datum,Uhrzeit,Wert\n", ""],
)  # fmt: skip
@pytest.mark.parametrize("row", ["2025-11-20,9:30,1.5\n", "20.11.2025,09:30:00,1.5\n", "11/20/2025,9:30:00 AM,1.5\n"])
def test_a_date_and_a_time_in_two_columns_are_one(header: str, row: str) -> None:
    shown, rows = read(header + row)
    assert rows == [(NINE_THIRTY, 1.5)]
    assert shown["columns"].index(shown["time"]) == 0
    assert shown["clock"] == shown["columns"][1]


def test_a_column_with_the_time_of_day_can_be_given_or_left_out() -> None:
    text = "day,from,to,value\n2025-11-20,9:00,9:30,1\n"
    assert read(text)[1] == [(NINE_THIRTY - 30 * MINUTE, 1.0)]
    assert read(text, clock="to")[1] == [(NINE_THIRTY, 1.0)]
    shown, rows = read(text, clock="0")
    assert shown["clock"] is None
    assert rows == [(NINE_THIRTY - 570 * MINUTE, 1.0)]
    with pytest.raises(ValidationFailed):
        read(text, clock="hour")


@pytest.mark.parametrize(
    ("line", "value", "decimal", "unit"),
    [
        ("{};21,5", 21.5, ",", ""), ('{},"21,5"', 21.5, ",", ""), ("{};1.234,5", 1234.5, ",", ""),
        ('{},"1,234.5"', 1234.5, ".", ""),
        ('{},"1,234,567"', 1234567.0, ".", ""), ("{};1.234.567", 1234567.0, ",", ""), ("{};1 234,5", 1234.5, ",", ""),
        ("{};1\u202f234,5", 1234.5, ",", ""), ("{};1'234.5", 1234.5, ".", ""), ("{},21.5 °C", 21.5, ".", "°C"),
        ("{},21.5°C", 21.5, ".", "°C"), ("{};21,5 °C", 21.5, ",", "°C"), ("{},45%", 45.0, ".", "%"),
        ("{},1.5 kWh", 1.5, ".", "kWh"), ("{},-3 m/s", -3.0, ".", "m/s"),
        ("{},12 µg/m3", 12.0, ".", "µg/m3"), ("{},1.5e-3", 0.0015, ".", ""), ("{},.5", 0.5, ".", ""),
        ("{},0.125", 0.125, ".", ""), ("{};20.125", 20.125, ".", ""), ("{},20.5℃", 20.5, ".", "℃"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_programs_write_them(line: str, value: float, decimal: str, unit: str) -> None:
    shown, rows = read(line.format("2025-11-20T09:30:00Z") + "\n")
    assert rows == [(NINE_THIRTY, value)]
    assert (shown["decimal"], shown["unit"], shown["unsure"]) == (decimal, unit, [])


def test_where_thousands_and_decimals_look_alike_the_file_says_nothing() -> None:
    at = "2025-11-20T09:30:00Z"
    for text in (f"{at};1,234\n", f'{at},"1,234"\n', f"{at};1.234\n{at};987\n"):
        assert read(text)[0]["unsure"] == ["decimal"], text
    assert read(f'{at},"1,234"\n', decimal=".")[1] == [(NINE_THIRTY, 1234.0)]
    assert read(f'{at},"1,234"\n', decimal=",")[1] == [(NINE_THIRTY, 1.234)]
    shown, rows = read(f'{at},"1,234"\n{at},"1,5"\n')
    assert (shown["unsure"], rows) == ([], [(NINE_THIRTY, 1.234), (NINE_THIRTY, 1.5)])


def test_a_number_that_is_written_otherwise_than_the_first_is_refused_not_misread() -> None:
    at = "2025-11-20T09:30:00Z"
    _, rows = read(
        f"time;kB\n{at};1,5 kB\n{at};2,5 kB\n{at};900 B\n{at};2\n{at};3.5 kB\n{at};x\n{at};\n{at}\n{at};0x1F\n{at};1_0\n"
    )
    assert rows == [
        (NINE_THIRTY, 1.5), (NINE_THIRTY, 2.5), "“900 B” is not in the unit of the first rows.",
        (NINE_THIRTY, 2.0), "“3.5 kB” is not a number.",
        "“x” is not a number.", "There is no value.", "Columns are missing.", "“0x1F” is not a number.", "“1_0” is not a number.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codec", "encoding"),
    [
        ("时间,温度\n2025-11-20 09:30,1.5 ℃\n", "gb18030", "gb18030"), ("时间,温度\n2025-11-20 09:30,1.5 ℃\n", "utf-8", "utf-8"),
        ("Zeit;Größe °C\n20.11.2025 09:30;1,5 °C\n", "cp1252", "cp1252"),
        ("Date;Température\n20/11/2025 09:30;1,5\n", "cp1252", "cp1252"),
        ("Zeit\tWert °C\r\n20.11.2025 09:30\t1,5\r\n", "utf-16", "utf-16"),
        ("Zeit\tWert °C\r\n20.11.2025 09:30\t1,5\r\n", "utf-8-sig", "utf-8"),
    ],
)  # fmt: skip
def test_the_names_of_columns_are_what_they_were(text: str, codec: str, encoding: str) -> None:
    shown, rows = read(text.encode(codec))
    assert shown["encoding"] == encoding
    assert shown["columns"] == text.splitlines()[0].replace(";", "\t").replace(",", "\t").split("\t")
    assert rows == [(NINE_THIRTY, 1.5)]


def test_an_encoding_that_was_guessed_wrong_can_be_given() -> None:
    data = "Ort,Zeit\nÄÖ,2025-11-20 09:30\n".encode("cp1252")
    assert read(data, time="2", value="1", encoding="cp1252")[0]["columns"] == ["Ort", "Zeit"]
    text = "time,µ\n2025-11-20 09:30,1.5\n"
    assert read(text.encode("utf-16-le"), encoding="utf-16")[0]["encoding"] == "utf-16"
    assert read(b"\xfe\xff" + text.encode("utf-16-be"))[1] == [(NINE_THIRTY, 1.5)]


def test_a_character_cut_by_the_part_looked_at_is_no_other_encoding() -> None:
    rows = "".join(f"2025-11-20 09:30,{n} ℃\n" for n in range(10_000))
    for pad in range(4):
        assert read("x" * pad + "time,温度\n" + rows)[0]["encoding"] == "utf-8"


def test_the_first_line_may_name_the_delimiter() -> None:
    shown, rows = read("sep=;\r\nZeit;Wert;x,y,z\r\n20.11.2025 09:30;1,5;1,2,3\r\n")
    assert (shown["delimiter"], shown["columns"]) == (";", ["Zeit", "Wert", "x,y,z"])
    assert rows == [(NINE_THIRTY, 1.5)]
    reader = csv_import.Rows(io.BytesIO(b'"sep=|"\ntime|value\n1763631000|1\n'), ImportQuery())
    assert [line for line, _ in reader] == [3]


def test_a_cell_that_is_much_too_long_is_refused_at_once() -> None:
    long = ("9" * 4_900, "20/11/2025" + " " * 4_800 + "x", "1 " * 2_400 + "x", "2025" * 1_200)
    for kind in ("iso", "dmy", "epoch_ms", "epoch_s", "excel"):
        start = time.process_time()
        _, rows = read(
            "time,value\n1763631000,1\n" + "".join(f"{cell},{cell}\n{NINE_THIRTY},{cell}\n" for cell in long), time_format=kind
        )
        assert all(isinstance(row, str) for row in rows[1:])
        assert time.process_time() - start < 0.5
