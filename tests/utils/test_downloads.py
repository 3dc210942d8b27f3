"""What a downloaded file is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from utils.downloads import disposition, file_name


@pytest.mark.parametrize(
    ("name", "file"),
    [("Air", "Air-trend.png"), ("温室/温度", "温室 温度-trend.png"), ("../../etc", "etc-trend.png"), ("CON", "_CON-trend.png"),
     ("", "_-trend.png"), ('a"b\r\nc', "a b c-trend.png"), ("x" * 200, "x" * 60 + "-trend.png")],
)  # fmt: skip
def test_a_file_is_called_as_what_is_in_it(name: str, file: str) -> None:
    assert file_name(name, "trend", ending="png") == file


@given(st.text(max_size=100))
def test_every_name_reaches_the_browser_as_it_is_and_none_breaks_the_header(name: str) -> None:
    called = file_name(name.encode("utf-8", "ignore").decode(), ending="csv")
    header = disposition(called)
    assert header.isascii()
    assert header.isprintable()
    assert parse_options_header(header) == ("attachment", {"filename": called})
