"""The configuration: a TOML file, the environment over it, defaults under it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fieldroom_pi.errors import ConfigError

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib  # type: ignore[no-redef]

FILE_NAME = "config.toml"
SYSTEM_FILE = Path("/etc/fieldroom-pi") / FILE_NAME
SYSTEM_STATE = Path("/var/lib/fieldroom-pi")

INTERVAL_MS = range(100, 3_600_000 + 1)
"""The intervals between readings that are allowed, in milliseconds."""

# Two batches and some: below, the part in flight would leave no room for what is new.
_MIN_QUEUE = 1_000

_KEYS = ("server", "token", "interval_ms", "state_dir", "ca_file", "queue", "drivers")
_QUEUE_KEYS = ("max_readings", "synchronous")


@dataclass(frozen=True)
class DriverConfig:
    """One ``[[drivers]]`` table: its type and everything else in it."""

    type: str
    options: Mapping[str, object]


@dataclass(frozen=True)
class Config:
    """Everything that can be set.

    server: URL of the server; token: the device's; both empty when not set. interval_ms: time between readings;
    state_dir: where the queue lives; ca_file: certificates to trust instead of the system's;
    max_readings, synchronous: the queue's bound and SQLite's ``synchronous``; drivers: what to read;
    token_file: the file that the token came from, None when it came from the environment.
    """

    server: str
    token: str
    interval_ms: int
    state_dir: Path
    ca_file: str | None
    max_readings: int
    synchronous: str
    drivers: Sequence[DriverConfig]
    token_file: Path | None


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration.

    path: the file, which must exist; None for the first that exists of ``default_files``, if any. FIELDROOM_SERVER,
    FIELDROOM_TOKEN, FIELDROOM_STATE_DIR and FIELDROOM_INTERVAL (milliseconds) come before what the file says.
    Raises ConfigError for anything missing, unknown or wrong.
    """
    file = path if path is not None else next(filter(_exists, default_files(environ)), None)
    raw = _read(file) if file is not None else {}
    where = str(file) if file is not None else "environment"
    _refuse_unknown(where, raw, _KEYS)
    queue = raw.get("queue", {})
    if not isinstance(queue, dict):
        raise ConfigError(f"{where}: queue must be a table, [queue]")
    _refuse_unknown(f"{where}: queue", queue, _QUEUE_KEYS)
    synchronous = _text(where, queue, "synchronous") or "full"
    if synchronous not in ("full", "normal"):
        raise ConfigError(f"{where}: queue.synchronous must be full or normal, not {synchronous!r}")
    state_dir = environ.get("FIELDROOM_STATE_DIR") or _text(where, raw, "state_dir")
    return Config(
        server=check_server("FIELDROOM_SERVER", environ["FIELDROOM_SERVER"])
        if environ.get("FIELDROOM_SERVER")
        else check_server(f"{where}: server", _text(where, raw, "server")),
        token=check_token("FIELDROOM_TOKEN", environ["FIELDROOM_TOKEN"])
        if environ.get("FIELDROOM_TOKEN")
        else check_token(f"{where}: token", _text(where, raw, "token")),
        interval_ms=_interval(where, raw, environ),
        state_dir=Path(state_dir).expanduser() if state_dir else default_state_dir(environ),
        ca_file=_text(where, raw, "ca_file") or None,
        max_readings=_integer(f"{where}: queue.max_readings", queue.get("max_readings", 500_000), _MIN_QUEUE, 10**8),
        synchronous=synchronous,
        drivers=_drivers(where, raw.get("drivers", [{"type": "host"}])),
        token_file=None if environ.get("FIELDROOM_TOKEN") else file,
    )


def default_files(environ: Mapping[str, str]) -> list[Path]:
    """Where a configuration is looked for, in this order."""
    files = []
    if environ.get("CREDENTIALS_DIRECTORY"):
        # systemd's LoadCredential: the unit runs without the right to read the file in /etc itself.
        files.append(Path(environ["CREDENTIALS_DIRECTORY"]) / FILE_NAME)
    return [*files, user_file(environ), SYSTEM_FILE]


def user_file(environ: Mapping[str, str]) -> Path:
    """The configuration of the present user."""
    home = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "fieldroom-pi" / FILE_NAME


def default_state_dir(environ: Mapping[str, str]) -> Path:
    """systemd's StateDirectory, or where the unit keeps it if that is there for us, or the user's own."""
    if environ.get("STATE_DIRECTORY"):
        return Path(environ["STATE_DIRECTORY"].split(":")[0])
    if os.access(SYSTEM_STATE, os.W_OK):
        return SYSTEM_STATE
    home = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "fieldroom-pi"


def readable_by_others(file: Path) -> bool:
    """Whether somebody besides the file's owner can read it."""
    return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def check_server(name: str, value: str) -> str:
    """A server's URL without a slash at its end; an empty one stays empty. Raises ConfigError."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username or any(c.isspace() for c in value):
        raise ConfigError(f"{name} must be a URL such as http://fieldroom.local:5000, not {value!r}")
    return value.rstrip("/")


def check_token(name: str, value: str) -> str:
    """A token as the server shows it; an empty one stays empty. Raises ConfigError, which does not repeat it."""
    if not value.isascii() or any(c.isspace() or not c.isprintable() for c in value) or len(value) > 512:
        raise ConfigError(f"{name} is not a device token: it holds spaces or other characters that no token has")
    return value


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _read(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def _refuse_unknown(where: str, table: Mapping[str, object], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: there is no setting {key!r}; there is {', '.join(known)}")


def _text(where: str, table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key} must be text in quotes")
    return value


def _integer(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return value


def _interval(where: str, raw: Mapping[str, object], environ: Mapping[str, str]) -> int:
    name, value = f"{where}: interval_ms", raw.get("interval_ms", 10_000)
    if environ.get("FIELDROOM_INTERVAL"):
        name, value = "FIELDROOM_INTERVAL (milliseconds)", environ["FIELDROOM_INTERVAL"]
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
    return _integer(name, value, INTERVAL_MS[0], INTERVAL_MS[-1])


def _drivers(where: str, raw: object) -> list[DriverConfig]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise ConfigError(f"{where}: drivers must be tables, each begun with [[drivers]]")
    drivers = []
    for item in raw:
        options = dict(item)
        type_name = options.pop("type", None)
        if not isinstance(type_name, str):
            raise ConfigError(f'{where}: each [[drivers]] needs a type, such as type = "host"')
        drivers.append(DriverConfig(type_name, options))
    return drivers
