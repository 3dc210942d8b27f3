"""How a chart is to look: theme, language, size and time zone."""

from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Theme = Literal["light", "dark"]
Locale = Literal["en", "zh-CN"]

WIDTH_LIMITS = (120, 2000)
HEIGHT_LIMITS = (60, 1200)

# What a chart that follows its container's width is drawn for: a point per pixel of a large screen.
CONTAINER_WIDTH = 1000


class ChartError(ValueError):
    """A chart was asked for that cannot be drawn."""


class InvalidChartOption(ChartError):
    """An option is outside what a chart can have.

    Attributes: `field` is the option's name, `reason` says what is wrong with it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """How a chart is to look.

    width, height: of the plot without axes and title, in CSS pixels; width "container" follows the element that a
    browser draws it in.
    time_zone: an IANA name. None means the zone of the browser that draws it; a picture, which no browser draws,
    then shows UTC.
    title: None takes the sensor's name when there is one sensor.
    interactive: with tooltips and, in the browser's own zone, zoom. Turn it off for pictures: they cannot use it and
    it makes them several times larger.

    Raises InvalidChartOption.
    """

    theme: Theme = "light"
    locale: Locale = "en"
    width: int | Literal["container"] = 760
    height: int = 300
    time_zone: str | None = None
    title: str | None = None
    interactive: bool = True

    def __post_init__(self) -> None:
        _one_of("theme", self.theme, get_args(Theme))
        _one_of("locale", self.locale, get_args(Locale))
        if self.width != "container":
            _within("width", self.width, WIDTH_LIMITS)
        _within("height", self.height, HEIGHT_LIMITS)
        if self.time_zone is not None:
            zone_named(self.time_zone)

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone to write times in, or None to leave it to the browser."""
        if self.time_zone is not None:
            return zone_named(self.time_zone)
        return None if self.interactive else zone_named("UTC")

    @property
    def plot_width(self) -> int:
        """The width to prepare data and ticks for, in pixels."""
        return CONTAINER_WIDTH if self.width == "container" else self.width


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises InvalidChartOption when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError: a name that is a folder, such as "America"
        raise InvalidChartOption("time_zone", "Give an IANA time zone, such as Asia/Shanghai.") from error


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidChartOption(field, f"must be one of {', '.join(allowed)}")


def _within(field: str, value: int, limits: tuple[int, int]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise InvalidChartOption(field, f"must be between {low} and {high}")
