"""Colours, fonts and words of the charts."""

from typing import Any

from services.charting.charts.options import Locale, Theme

FONT = (
    "'Inter', 'Segoe UI', 'Roboto', 'Helvetica Neue', 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', "
    "'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', 'DejaVu Sans', sans-serif"
)

# Blue and orange after Okabe and Ito, "Color Universal Design" (2008); the others were searched for so that any two
# differ, in hue and also in lightness, to people with protanopia and deuteranopia too, and that each has at least 3:1
# against its background (WCAG 2.2, 1.4.11). tests/services/charting/charts/test_theme.py holds both.
PALETTES: dict[Theme, tuple[str, ...]] = {
    "light": ("#0072b2", "#d55e00", "#3d5328", "#d17585", "#3a2fd6", "#602e54"),
    "dark": ("#56b4e9", "#e69f00", "#acdb94", "#c4472d", "#6663f5", "#a5506c"),
}
BACKGROUNDS: dict[Theme, str] = {"light": "#ffffff", "dark": "#1a1b1e"}
_INK: dict[Theme, str] = {"light": "#212529", "dark": "#e9ecef"}
_MUTED: dict[Theme, str] = {"light": "#5c636a", "dark": "#a6abb1"}
_GRID: dict[Theme, str] = {"light": "#e9ecef", "dark": "#2f3136"}
_DOMAIN: dict[Theme, str] = {"light": "#adb5bd", "dark": "#5c5f66"}
BAND_OPACITY: dict[Theme, float] = {"light": 0.18, "dark": 0.26}

# Thresholds and alerts: red, which no line of PALETTES is, with at least 4.5:1 against the background, for it is also text.
ALERT: dict[Theme, str] = {"light": "#c92a2a", "dark": "#ff8787"}
SPAN_OPACITY: dict[Theme, float] = {"light": 0.1, "dark": 0.16}

TEXTS: dict[Locale, dict[str, str]] = {
    "en": {
        "time": "Time",
        "sensor": "Sensor",
        "value": "Value",
        "mean": "Mean",
        "min": "Minimum",
        "max": "Maximum",
        "no_data": "No data in this period",
        "day": "Day",
        "hour": "Hour",
        "from": "From",
        "to": "To",
        "share": "Share",
        "count": "Readings",
        "share_of": "share of readings",
        "median": "median",
        "bins": "bins of {width}",
        "of_readings": "{count} readings",
        "of_rollups": "{count} readings, estimated from means and extremes of {width}",
        "of_minute": "a minute",
        "of_ten minutes": "ten minutes",
        "of_hour": "an hour",
        "of_six hours": "six hours",
        "of_day": "a day",
    },
    "zh-CN": {
        "time": "时间",
        "sensor": "传感器",
        "value": "数值",
        "mean": "平均值",
        "min": "最小值",
        "max": "最大值",
        "no_data": "此时段没有数据",
        "day": "日期",
        "hour": "时段",
        "from": "从",
        "to": "到",
        "share": "占比",
        "count": "读数",
        "share_of": "读数占比",
        "median": "中位数",
        "bins": "组距 {width}",
        "of_readings": "{count} 个读数",
        "of_rollups": "{count} 个读数，由每{width}的均值与极值估计",
        "of_minute": "分钟",
        "of_ten minutes": "十分钟",
        "of_hour": "小时",
        "of_six hours": "六小时",
        "of_day": "天",
    },
}


def config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite `config` of a theme: everything that all kinds of chart have in common."""
    ink, muted = _INK[theme], _MUTED[theme]
    return {
        "font": FONT,
        "background": BACKGROUNDS[theme],
        "padding": {"left": 12, "right": 16, "top": 12, "bottom": 10},
        "view": {"stroke": None},
        "title": {
            "color": ink,
            "subtitleColor": muted,
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleFontSize": 12,
            "anchor": "start",
            "frame": "group",
            "offset": 14,
        },
        "axis": {
            "domainColor": _DOMAIN[theme],
            "tickColor": _DOMAIN[theme],
            "gridColor": _GRID[theme],
            "labelColor": muted,
            "titleColor": muted,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": 500,
            "labelPadding": 5,
        },
        "legend": {
            "labelColor": ink,
            "titleColor": muted,
            "labelFontSize": 12,
            "labelLimit": 240,
            "symbolStrokeWidth": 3,
            "symbolSize": 180,
            "columnPadding": 18,
        },
        "rule": {"color": muted},
    }
