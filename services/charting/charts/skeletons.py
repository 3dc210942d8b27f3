"""The Vega-Lite specification of each kind of chart, built by Altair once and without data.

Altair takes a second to import and some 20 ms to build and validate one chart, so neither happens where people chat: a
server gets its skeletons from the renderer's child process and keeps them (see services.charting.renderer). Only that child, and
programs that have nothing else to do, call `build_skeleton`.

A skeleton has holes, strings such as "@title", where each request's own values go: see `fill`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from services.charting.charts import distribution_skeleton, heatmap_skeleton, theme, valueaxis
from services.charting.charts.options import Locale, Theme

if TYPE_CHECKING:
    import altair as alt

Axis = Literal["left", "right"]
Kind = Literal["trend", "heatmap", "distribution"]


@dataclass(frozen=True, slots=True)
class SkeletonKey:
    """What the skeletons of charts differ in; all but theme, locale and interactive only matter to a trend.

    two_axes: a second unit on the right; band: with an area from minimum to maximum; legend: more than one series;
    dots: with readings that stand alone; zoned: times written in a given zone, not the browser's; marks: with thresholds and
    spans of alerts.
    """

    theme: Theme
    locale: Locale
    two_axes: bool = False
    band: bool = False
    dots: bool = False
    legend: bool = False
    zoned: bool = False
    interactive: bool = False
    marks: bool = False
    kind: Kind = "trend"


# The part of the chart that each selection belongs to, by their names.
_VIEW_OF = {"zoom": "left_line", "hover_left": "left_points", "hover_right": "right_points"}

Skeletons = Callable[[SkeletonKey], Mapping[str, Any]]
"""Where a caller gets skeletons from. They are not to be changed."""


@cache
def build_skeleton(key: SkeletonKey) -> Mapping[str, Any]:
    """The skeleton of this key, built by Altair in this process and kept for its life."""
    if key.kind != "trend":
        build = heatmap_skeleton.build if key.kind == "heatmap" else distribution_skeleton.build
        return {**build(key.theme, key.locale, interactive=key.interactive), "config": theme.config(key.theme)}
    import altair as alt

    layers = [_axis_layer(key, "left")]
    if key.two_axes:
        layers.append(_axis_layer(key, "right"))
    chart = alt.layer(*layers)
    if key.two_axes:
        chart = chart.resolve_scale(y="independent")
    # Parameters and not literals: a live page moves the range by setting them. (In literals Vega-Lite writes
    # timestamps as datetime(ms), which the interpreter of pages without 'unsafe-eval' takes for a year.)
    axes = ("left", "right") if key.two_axes else ("left",)
    names = ["x_start", "x_end"] + [f"{axis}_{end}" for axis in axes for end in ("low", "high")]
    names += ["tick_values", "tick_labels"] if key.zoned else []
    chart = chart.add_params(*(alt.param(name=name, value=f"@{name}") for name in names))
    spec: dict[str, Any] = chart.properties(title=alt.Title("@title", subtitle="@subtitle")).to_dict()
    spec["config"] = theme.config(key.theme)
    # Altair hands a selection of one part of a layer to all parts when the layer is itself in a layer, and Vega-Lite
    # then defines its signals twice, which Vega refuses. It also numbers the names.
    views = list(_view_names(spec))
    for parameter in spec.get("params", ()):
        if "views" in parameter:
            owner = _VIEW_OF[parameter["name"]]
            parameter["views"] = [name for name in views if name.startswith(owner)]
    return spec


def fill(skeleton: Any, values: Mapping[str, Any]) -> Any:
    """A copy of the skeleton with each hole "@name", or list ["@name"], replaced by values["name"].

    Raises KeyError for a hole without a value. Values go in as they are: nothing within them is taken for a hole.
    """
    if isinstance(skeleton, Mapping):
        return {key: fill(value, values) for key, value in skeleton.items()}
    if isinstance(skeleton, list):
        if len(skeleton) == 1 and _is_hole(skeleton[0]):
            return values[skeleton[0][1:]]
        return [fill(item, values) for item in skeleton]
    return values[skeleton[1:]] if _is_hole(skeleton) else skeleton


def _view_names(spec: Mapping[str, Any]) -> Iterator[str]:
    if "name" in spec:
        yield spec["name"]
    for layer in spec.get("layer", ()):
        yield from _view_names(layer)


def _is_hole(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _axis_layer(key: SkeletonKey, axis: Axis) -> "alt.LayerChart | alt.FacetChart":
    import altair as alt

    base = alt.Chart(alt.NamedData(axis)).encode(
        x=_time_channel(key),
        color=alt.Color(
            "s:N",
            scale=alt.Scale(domain=["@names"], range=["@colors"]),
            legend=alt.Legend(title=None, orient="bottom", symbolType="stroke", symbolOpacity=1, columns=3) if key.legend else None,
        ),
    )
    layers: list[alt.Chart] = [_spans(key)] if key.marks and axis == "left" else []
    if key.band:
        band = base.mark_area(opacity=theme.BAND_OPACITY[key.theme], interpolate="linear", strokeWidth=0)
        layers.append(band.encode(y=_value_channel("lo:Q", axis), y2="hi:Q"))
    line = base.mark_line(strokeWidth=1.75, strokeCap="round", strokeJoin="round", clip=False)
    line = line.encode(y=_value_channel("v:Q", axis)).properties(name=f"{axis}_line")
    if key.interactive and axis == "left" and not key.zoned:
        # Only with a modifier, as maps do: a plain wheel over a chart is meant for the page.
        zoom = "wheel![event.ctrlKey || event.metaKey]"
        line = line.add_params(alt.selection_interval(name="zoom", bind="scales", encodings=["x"], zoom=zoom))
    layers.append(line)
    if key.dots:
        dot = base.mark_point(size=16, filled=True, opacity=1).transform_filter("datum.alone")
        layers.append(dot.encode(y=_value_channel("v:Q", axis)))
    if key.marks and axis == "left":
        layers += _limits(key)
    if key.interactive:
        layers.append(_hover_layer(key, axis, base, _value_channel("v:Q", axis)))
    return alt.layer(*layers)


def _spans(key: SkeletonKey) -> "alt.Chart":
    """Where an alert was firing, behind the line."""
    import altair as alt

    shade: dict[str, Any] = {"color": theme.ALERT[key.theme], "opacity": theme.SPAN_OPACITY[key.theme]}
    spans: alt.Chart = alt.Chart(alt.NamedData("spans")).mark_rect(**shade, clip=True).encode(x=_time_channel(key), x2="t2:T")
    return spans


def _limits(key: SkeletonKey) -> "list[alt.Chart]":
    """The thresholds, each with what it says at its right end, readable where the line passes behind it too."""
    import altair as alt

    color, behind = theme.ALERT[key.theme], theme.BACKGROUNDS[key.theme]
    limits = alt.Chart(alt.NamedData("limits")).encode(y=_value_channel("v:Q", "left"))
    place: dict[str, Any] = {"align": "right", "baseline": "bottom", "dx": -3, "dy": -2, "fontSize": 11}
    halo = limits.mark_text(**place, stroke=behind, strokeWidth=4, strokeJoin="round", fill=behind)
    text = limits.mark_text(**place, color=color)
    said = {"x": alt.value("width"), "text": "l:N"}
    return [limits.mark_rule(color=color, strokeDash=[6, 4], strokeWidth=1.25), halo.encode(**said), text.encode(**said)]


def _time_channel(key: SkeletonKey) -> "alt.X":
    import altair as alt

    return alt.X(
        "t:T",
        title="@x_title" if key.zoned else None,
        scale=alt.Scale(type="utc" if key.zoned else "time", domainMin=alt.ExprRef("x_start"), domainMax=alt.ExprRef("x_end")),
        axis=_time_axis(key),
    )


def _value_channel(shorthand: str, axis: Axis) -> "alt.Y":
    """A vertical scale of its own range, with the unit above the axis, where it reads without turning the head."""
    import altair as alt

    return alt.Y(
        shorthand,
        scale=alt.Scale(
            zero=False, nice=True, padding=4, domainMin=alt.ExprRef(f"{axis}_low"), domainMax=alt.ExprRef(f"{axis}_high")
        ),
        axis=alt.Axis(
            title=f"@{axis}_unit",
            titleColor=f"@{axis}_title_color",
            titleAngle=0,
            titleAlign="left" if axis == "left" else "right",
            titleAnchor="end",
            titleBaseline="bottom",
            titleX=0,
            titleY=-7,
            orient=axis,
            grid=axis == "left",
            domain=False,
            ticks=False,
            tickCount=5,
            labelExpr=valueaxis.LABEL,
        ),
    )


def _time_axis(key: SkeletonKey) -> "alt.Axis":
    import altair as alt

    if key.zoned:
        return alt.Axis(
            values=alt.ExprRef("tick_values"),
            labelExpr="tick_labels['' + time(datum.value)]",
            labelOverlap=True,
            grid=False,
            titleAnchor="end",
            titlePadding=8,
        )
    # 24 hours and numbers where the language puts them, so that no locale has to be given to Vega as well.
    day, month, year = ("%-m月%-d日", "%-m月", "%Y年") if key.locale == "zh-CN" else ("%b %-d", "%b", "%Y")
    clock = {"hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S", "milliseconds": "%H:%M:%S.%L"}
    calendar = {"date": day, "week": day, "month": month, "quarter": month, "year": year}
    return alt.Axis(format={**clock, **calendar}, labelOverlap=True, grid=False, tickCount=alt.ExprRef("ceil(width / 80)"))


def _hover_layer(key: SkeletonKey, axis: Axis, base: "alt.Chart", y: "alt.Y") -> "alt.Chart":
    """Points that show themselves and their values under the pointer.

    With one axis the nearest point answers wherever the pointer is. Vega does that with an invisible layer over the
    whole plot, which would hide the left axis' points below the right's: with two, the pointer has to be on the line.
    """
    import altair as alt

    hover = alt.selection_point(
        name=f"hover_{axis}",
        fields=["t", "s"],
        on="pointerover",
        clear="pointerout",
        nearest=not key.two_axes,
        empty=False,
    )
    points = (
        base.properties(name=f"{axis}_points")
        .mark_point(size=70, filled=True)
        .encode(y=y, tooltip=alt.value(alt.ExprRef("@tooltip")), opacity=alt.condition(hover, alt.value(1), alt.value(0)))
    )
    chart: alt.Chart = points.transform_filter("isValid(datum.v)").add_params(hover)
    return chart
