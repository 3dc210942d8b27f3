"""The interface between this client and whatever measures something."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from fieldroom_pi.errors import ConfigError, DriverError
from fieldroom_pi.model import Sensor


class Driver(ABC):
    """Lists the sensors it serves and reads them.

    Each driver is called from one thread of its own, so it may block: a slow or hanging driver delays only itself.
    The life of a driver is ``open``, ``sensors``, any number of ``read``, ``close``; after a failure it is closed and,
    after a pause, opened again. Any exception is a failure of this driver alone.
    """

    name: str
    """What the log calls this driver."""

    min_interval_ms: int = 0
    """The shortest interval the hardware allows (a DHT22 must rest 2,000 ms between readings)."""

    @classmethod
    @abstractmethod
    def from_options(cls, options: Mapping[str, object]) -> Driver:
        """Make a driver from the keys of its ``[[drivers]]`` table, without touching any hardware.

        Raises ConfigError for an option that is unknown or wrong.
        """

    def open(self) -> None:  # noqa: B027 - optional: not every driver has something to open
        """Get hold of the hardware: a bus, a file, a pin."""

    @abstractmethod
    def sensors(self) -> Sequence[Sensor]:
        """The sensors that exist now. Asked again from time to time, so that what is plugged in later is found."""

    @abstractmethod
    def read(self) -> Mapping[str, float | DriverError]:
        """One value by sensor key, in the unit that the sensor announces.

        A sensor that failed alone has its DriverError in the place of a value; one without news is left out.
        Raises DriverError (or anything else) when nothing could be read.
        """

    def close(self) -> None:  # noqa: B027 - optional, as open
        """Let go of the hardware. Called once for each ``open`` that was tried."""


def refuse_unknown(driver: str, options: Mapping[str, object], known: Sequence[str]) -> None:
    """Raise ConfigError if ``options`` has a key that is not in ``known``."""
    for key in options:
        if key not in known:
            raise ConfigError(f"drivers: {driver} has no option {key!r}; it has {', '.join(sorted(known))}")
