"""The daily profile without data: hour of the day by day, as Altair builds it once."""

from typing import Any

from services.charting.charts.options import Locale, Theme
from services.charting.charts.valueaxis import LABEL


def build(theme: Theme, locale: Locale, *, interactive: bool) -> dict[str, Any]:
    """A cell for each hour; the mean is its colour. Viridis tells more from less in either theme and to colour-blind people."""
    import altair as alt

    cells = (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect()
        .encode(
            x=alt.X(
                "d:O",
                title="@x_title",
                scale=alt.Scale(domain=["@days"], paddingInner=0, paddingOuter=0),
                axis=alt.Axis(
                    values=["@tick_values"], labelExpr="tick_labels[datum.value]", labelAngle=0, labelOverlap=True,
                    titleAnchor="end", titlePadding=8, domain=False,
                ),
            ),
            y=alt.Y(
                "h:O",
                title=None,
                scale=alt.Scale(domain=list(range(24)), paddingInner=0, paddingOuter=0),
                axis=alt.Axis(
                    values=[0, 3, 6, 9, 12, 15, 18, 21], labelExpr="format(datum.value, '02') + ':00'", domain=False, ticks=False
                ),
            ),
            color=alt.Color(
                "v:Q",
                scale=alt.Scale(scheme="viridis", zero=False, nice=False, domain=["@extent"]),
                legend=alt.Legend(
                    title="@unit", titleFontSize=11, gradientLength=alt.ExprRef("max(height - 20, 20)"), gradientThickness=12,
                    labelExpr=LABEL,
                ),
            ),
        )
    )  # fmt: skip
    if interactive:
        cells = cells.encode(tooltip=alt.value(alt.ExprRef("@tooltip")))
    cells = cells.add_params(alt.param(name="tick_labels", value="@tick_labels"))
    spec: dict[str, Any] = cells.properties(title=alt.Title("@title", subtitle="@subtitle")).to_dict()
    return spec
