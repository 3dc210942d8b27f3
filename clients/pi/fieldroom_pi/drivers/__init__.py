"""Drivers by the name that ``type`` has in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import ConfigError

# Modules are named, not imported: a driver's library is needed only by those who configure that driver.
_BUILT_IN = {
    "bme280": ("fieldroom_pi.drivers.bme280", "Bme280Driver"),
    "bmp280": ("fieldroom_pi.drivers.bme280", "Bmp280Driver"),
    "command": ("fieldroom_pi.drivers.command", "CommandDriver"),
    "dht22": ("fieldroom_pi.drivers.dht22", "Dht22Driver"),
    "ds18b20": ("fieldroom_pi.drivers.ds18b20", "Ds18b20Driver"),
    "file": ("fieldroom_pi.drivers.file", "FileDriver"),
    "host": ("fieldroom_pi.drivers.host", "HostDriver"),
    "iio": ("fieldroom_pi.drivers.iio", "IioDriver"),
    "mcp3008": ("fieldroom_pi.drivers.mcp3008", "Mcp3008Driver"),
}


def make_driver(type_name: str, options: Mapping[str, object]) -> Driver:
    """The driver of a ``[[drivers]]`` table. Raises ConfigError for an unknown type or a wrong option."""
    try:
        module_name, class_name = _BUILT_IN[type_name]
    except KeyError:
        known = ", ".join(sorted(_BUILT_IN))
        raise ConfigError(f"drivers: there is no driver {type_name!r}; there is {known}") from None
    driver_class: type[Driver] = getattr(import_module(module_name), class_name)
    return driver_class.from_options(options)
