"""The systemd unit: hardened, with access to no more than the configured drivers need, and a watchdog."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from fieldroom_pi.config import SYSTEM_FILE, DriverConfig

UNIT_FILE = Path("/etc/systemd/system/fieldroom-pi.service")

_TEMPLATE = """\
[Unit]
Description=Sends this machine's sensors to Fieldroom
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={program} run
# The configuration holds the token and stays readable for root alone; the service gets a copy of its own.
LoadCredential=config.toml:{config}
StateDirectory=fieldroom-pi
StateDirectoryMode=0700
Restart=always
RestartSec=5
# 78: the configuration is wrong, which no restart cures.
RestartPreventExitStatus=78
WatchdogSec=90
TimeoutStopSec=15

# A user that exists while the service runs. Implies a read-only system, a private /tmp and no new privileges.
DynamicUser=yes
{devices}
ProtectHome=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
# adjtimex asks whether the clock is synchronised. Without a capability, of which there is none, it sets nothing.
SystemCallFilter=@system-service adjtimex clock_adjtime
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def unit(program: str, drivers: Sequence[DriverConfig], config: Path = SYSTEM_FILE) -> str:
    """The unit file. program: the command's absolute path; drivers: what is configured; config: the file with it."""
    return _TEMPLATE.format(program=program, config=config, devices=_devices(drivers))


def _devices(drivers: Sequence[DriverConfig]) -> str:
    nodes, groups = [], []
    for driver in drivers:
        if driver.type in ("bme280", "bmp280"):
            nodes.append(f"/dev/i2c-{driver.options.get('bus', 1)}")
            groups.append("i2c")
        if driver.type == "mcp3008" and driver.options.get("backend") != "iio":
            nodes.append(f"/dev/spidev{driver.options.get('bus', 0)}.{driver.options.get('device', 0)}")
            groups.append("spi")
    if not nodes:
        return "PrivateDevices=yes"
    allowed = [f"DeviceAllow={node} rw" for node in dict.fromkeys(nodes)]
    return "\n".join(["DevicePolicy=closed", *allowed, f"SupplementaryGroups={' '.join(dict.fromkeys(groups))}"])


class Notifier:
    """Tells systemd how the service is (sd_notify(3)); without systemd it does nothing."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte with which abstract addresses begin.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self) -> None:
        """The service runs."""
        self._send("READY=1")

    def alive(self) -> None:
        """The service still runs; not saying so for long makes systemd restart it."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.connect(self._address)
                sender.send(message.encode("ascii"))
        except OSError:
            # A service manager that does not listen is no reason to stop measuring.
            return
