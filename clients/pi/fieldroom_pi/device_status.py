"""How this device is: what the server shows of it beside its sensors. What is not known is left out."""

from __future__ import annotations

import re
from pathlib import Path

from fieldroom_pi.drivers.sysfs import read_optional


def device_status(sysfs: Path = Path("/sys"), proc: Path = Path("/proc")) -> dict[str, float]:
    """``battery_percent`` and ``rssi_dbm``, as far as the machine has them, and ``uptime_seconds``.

    Sources: Documentation/ABI/testing/sysfs-class-power (``capacity``); proc(5) (/proc/net/wireless: the level in dBm).
    """
    status: dict[str, float] = {}
    for supply in sorted((sysfs / "class/power_supply").glob("*")):
        if read_optional(supply / "type") == "Battery" and read_optional(supply / "scope") != "Device":
            capacity = read_optional(supply / "capacity")
            if capacity.isdigit() and int(capacity) <= 100:
                status["battery_percent"] = int(capacity)
                break
    level = re.search(r"^\s*\S+:\s+\S+\s+\S+\s+(-\d+)\.?\s", read_optional(proc / "net/wireless"), re.MULTILINE)
    if level and int(level.group(1)) >= -200:
        status["rssi_dbm"] = int(level.group(1))
    uptime = read_optional(proc / "uptime").split(".")[0]
    if uptime.isdigit():
        status["uptime_seconds"] = int(uptime)
    return status
