"""What a chart can be asked for."""

from typing import Any

import pytest

from services.charting.charts import ChartOptions, InvalidChartOption


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("theme", "sepia"),
        ("locale", "de"),
        ("width", 119),
        ("width", 100_000),
        ("height", 0),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "America"),
        ("time_zone", ""),
        ("time_zone", "\0"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidChartOption) as refused:
        ChartOptions(**{field: value})
    assert refused.value.field == field


def test_a_picture_without_a_zone_shows_utc_and_a_live_chart_leaves_it_to_the_browser() -> None:
    picture = ChartOptions(interactive=False).zone
    assert picture is not None
    assert picture.key == "UTC"
    assert ChartOptions(interactive=True).zone is None
