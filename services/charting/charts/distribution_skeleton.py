"""The distribution without data: a histogram with its quantiles marked, as Altair builds it once."""

from typing import Any

from services.charting.charts import theme as themes
from services.charting.charts.options import Locale, Theme
from services.charting.charts.valueaxis import LABEL


def build(theme: Theme, locale: Locale, *, interactive: bool) -> dict[str, Any]:
    """Bars of shares, and a line at each quantile, the median's unbroken."""
    import altair as alt

    bars = (
        alt.Chart(alt.NamedData("bins"))
        .mark_bar(color=themes.PALETTES[theme][0], binSpacing=1, opacity=0.85)
        .encode(
            x=alt.X(
                "x0:Q",
                bin="binned",
                title="@x_title",
                scale=alt.Scale(zero=False, nice=False, domain=["@extent"], padding=6),
                axis=alt.Axis(grid=False, titleAnchor="end", titlePadding=8, tickCount=8, labelExpr=LABEL, labelOverlap=True),
            ),
            x2="x1:Q",
            y=alt.Y(
                "share:Q",
                scale=alt.Scale(zero=True, nice=True),
                axis=alt.Axis(
                    format="~%", title="@y_title", titleAngle=0, titleAlign="left", titleAnchor="end", titleBaseline="bottom",
                    titleX=0, titleY=-7, domain=False, ticks=False, tickCount=5,
                ),
            ),
        )
    )  # fmt: skip
    if interactive:
        bars = bars.encode(tooltip=alt.value(alt.ExprRef("@tooltip")))
    lines = alt.Chart(alt.NamedData("quantiles")).encode(x="value:Q")
    color = themes.PALETTES[theme][1]
    median = lines.mark_rule(color=color, strokeWidth=2).transform_filter("datum.q == 0.5")
    others = lines.mark_rule(color=color, strokeWidth=1.25, strokeDash=[4, 3]).transform_filter("datum.q != 0.5")
    chart = alt.layer(bars, others, median)
    spec: dict[str, Any] = chart.properties(title=alt.Title("@title", subtitle="@subtitle")).to_dict()
    return spec
