"""What a chart says of the reading under the pointer, as a Vega expression.

Written out, because Vega-Lite's own tooltips lose text in the invisible layer that finds the nearest point: there
`datum` is the mark of a point, whose own `datum` is the row.
"""

from collections.abc import Sequence

from services.charting.charts.options import Locale
from services.charting.charts.theme import TEXTS

_ROW = "(datum.datum || datum)"
_CLOCK = "%Y-%m-%d %H:%M:%S"


def tooltip(locale: Locale, *, band: bool, sensor: bool, offsets: Sequence[tuple[int, int]] | None) -> str:
    """An expression that gives time, sensor and values by their words in this language.

    offsets: the UTC offsets of the zone to write times in, as services.charting.charts.timeaxis.utc_offsets gives them; None is
    the browser's zone.
    """
    words = TEXTS[locale]
    entries = {words["time"]: _time(offsets)}
    if sensor:
        entries[words["sensor"]] = f"{_ROW}.s"
    for word, field in ({"mean": "v", "min": "lo", "max": "hi"} if band else {"value": "v"}).items():
        entries[words[word]] = f"format({_ROW}.{field}, ',.6~r')"
    return "{" + ", ".join(f"'{name}': {expression}" for name, expression in entries.items()) + "}"


def _time(offsets: Sequence[tuple[int, int]] | None) -> str:
    if offsets is None:
        return f"timeFormat({_ROW}.t, '{_CLOCK}')"
    offset = str(offsets[0][1])
    for since, changed in offsets[1:]:
        offset = f"(time({_ROW}.t) >= {since} ? {changed} : {offset})"
    return f"utcFormat(time({_ROW}.t) + {offset}, '{_CLOCK}')"
