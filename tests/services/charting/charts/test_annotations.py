"""Thresholds and alerts on a trend."""

from typing import Any

from services.charting.charts import Annotations, ChartOptions, Series, Span, Threshold, build_skeleton, trend_spec

START, MINUTE, DAY = 1_795_132_800_000, 60_000, 86_400_000
END = START + DAY


def spec_of(annotations: Annotations, count: int = 100, sensors: int = 1) -> dict[str, Any]:
    series = [
        Series(f"{n}", f"Sensor {n}", "°C", [[START + m * MINUTE, 20.0 + m % 5] for m in range(count)]) for n in range(sensors)
    ]
    return trend_spec(series, START, END, ChartOptions(), skeletons=build_skeleton, annotations=annotations)


def test_thresholds_are_lines_that_say_which_side_is_an_alert() -> None:
    spec = spec_of(Annotations(thresholds=[Threshold(25.0, "above"), Threshold(19.5, "below"), Threshold(25.0, "above")]))
    assert spec["datasets"]["limits"] == [{"v": 19.5, "l": "< 19.5"}, {"v": 25.0, "l": "> 25"}]


def test_a_threshold_far_away_does_not_press_the_readings_into_a_line() -> None:
    assert "limits" not in spec_of(Annotations(thresholds=[Threshold(900.0, "above")]))["datasets"]


def test_a_span_is_cut_to_the_range_and_one_that_goes_on_ends_with_it() -> None:
    spans = [Span(START - DAY, START + MINUTE), Span(END - MINUTE, None), Span(END + 1, None), Span(START - DAY, START - MINUTE)]
    shaded = spec_of(Annotations(spans=spans))["datasets"]["spans"]
    assert shaded == [{"t": START, "t2": START + MINUTE}, {"t": END - MINUTE, "t2": END}]


def test_alerts_at_the_same_time_are_shaded_once() -> None:
    spans = [Span(START + 5, START + 20), Span(START + 10, START + 30), Span(START, START + 7)]
    assert spec_of(Annotations(spans=spans))["datasets"]["spans"] == [{"t": START, "t2": START + 30}]


def test_an_alert_without_readings_is_shaded_too() -> None:
    spec = spec_of(Annotations(thresholds=[Threshold(5.0, "above")], spans=[Span(START, None)]), count=0)
    assert spec["datasets"]["spans"] == [{"t": START, "t2": END}]
    assert spec["datasets"]["limits"] == []


def test_several_sensors_and_sensors_without_rules_have_no_marks() -> None:
    marked = Annotations(thresholds=[Threshold(22.0, "above")])
    assert set(spec_of(marked, sensors=2)["datasets"]) == {"left"}
    assert set(spec_of(Annotations())["datasets"]) == {"left"}
