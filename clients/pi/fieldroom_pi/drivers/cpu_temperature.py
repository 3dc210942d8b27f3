"""The processor's temperature from the kernel's sysfs.

Sources: Documentation/driver-api/thermal/sysfs-api.rst (``thermal_zone*/type`` and ``temp``, millidegrees Celsius) and
Documentation/hwmon/sysfs-interface.rst (``hwmon*/name``, ``temp*_input`` in millidegrees, ``temp*_label``).
psutil reads the same files but only below /sys; here the root is a parameter, so that recorded trees can be read.
"""

from __future__ import annotations

import re
from pathlib import Path

from fieldroom_pi.errors import DriverError

# Names that stand for the processor or the chip it is on, best first: the Raspberry Pi and other ARM boards,
# Intel's package sensor, AMD. acpitz comes last: it is often the board's, sometimes a constant.
_PREFERRED = (
    r"cpu[-_]?thermal|bcm2835_thermal|soc[-_]thermal|cpu[0-9-]*[-_]thermal",
    r"x86_pkg_temp|coretemp|k10temp|zenpower|k8temp|via_cputemp",
    r"acpitz",
)
# Of several inputs of one chip: the package rather than a core, AMD's control temperature rather than a die's.
_PACKAGE_LABEL = re.compile(r"package id \d+|tctl|tdie", re.IGNORECASE)

_PLAUSIBLE = (-60.0, 200.0)


def find_cpu_temperature(sysfs: Path) -> Path | None:
    """The file that holds the processor's temperature, or None on a machine without one.

    sysfs: where the kernel's sysfs is mounted, /sys but for tests.
    """
    candidates = _thermal_zones(sysfs) + _hwmon_inputs(sysfs)
    for pattern in _PREFERRED:
        matching = [(label, path) for chip, label, path in candidates if re.fullmatch(pattern, chip)]
        matching.sort(key=lambda found: _PACKAGE_LABEL.fullmatch(found[0]) is None)
        for _, path in matching:
            try:
                read_temperature(path)
            except DriverError:
                # A zone may exist and be switched off, as on boards whose driver is not loaded: look further.
                continue
            return path
    return None


def read_temperature(path: Path) -> float:
    """Degrees Celsius from a sysfs file in millidegrees. Raises DriverError if it cannot be read or is implausible."""
    try:
        text = path.read_text(encoding="ascii").strip()
        celsius = int(text) / 1000
    except OSError as error:
        raise DriverError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise DriverError(f"{path}: holds no number") from error
    if not _PLAUSIBLE[0] <= celsius <= _PLAUSIBLE[1]:
        raise DriverError(f"{path}: {celsius} °C cannot be")
    return celsius


def _thermal_zones(sysfs: Path) -> list[tuple[str, str, Path]]:
    return [
        (_text(zone / "type"), "", zone / "temp")
        for zone in sorted((sysfs / "class/thermal").glob("thermal_zone*"), key=_number)
    ]


def _hwmon_inputs(sysfs: Path) -> list[tuple[str, str, Path]]:
    found = []
    for chip in sorted((sysfs / "class/hwmon").glob("hwmon*"), key=_number):
        # Older kernels keep the attributes one level below, in the chip's device.
        for folder in (chip, chip / "device"):
            for path in sorted(folder.glob("temp*_input"), key=_number):
                label = path.with_name(path.name.replace("_input", "_label"))
                found.append((_text(folder / "name"), _text(label), path))
    return found


def _number(path: Path) -> int:
    digits = re.search(r"\d+", path.name)
    return int(digits.group()) if digits else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
