"""The command line: ``fieldroom-pi init``, ``run``, ``test``, ``status`` and ``install-service``."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fieldroom_pi import __version__
from fieldroom_pi.clock import Clock
from fieldroom_pi.config import (
    SYSTEM_FILE,
    Config,
    check_server,
    check_token,
    load_config,
    readable_by_others,
    user_file,
)
from fieldroom_pi.config_file import write_config
from fieldroom_pi.detect import detect
from fieldroom_pi.drivers import make_driver
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import ConfigError, ConnectionFailed, DriverError, QueueInUse, TokenRefused
from fieldroom_pi.service import UNIT_FILE, unit
from fieldroom_pi.status import as_lines, read_status

_log = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_CONFIG = 78
"""sysexits.h, EX_CONFIG: the service manager need not try again before somebody has changed the configuration."""

_TEST_WITHIN_S = 30.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 1 for a failure, 2 for wrong usage, 78 for a wrong configuration."""
    args = _parser().parse_args(argv)
    try:
        return int(args.command(args))
    except ConfigError as error:
        print(f"fieldroom-pi: {error}", file=sys.stderr)
        return EXIT_CONFIG
    except (QueueInUse, OSError, sqlite3.Error) as error:
        print(f"fieldroom-pi: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fieldroom-pi", description="Send this machine's sensors to Fieldroom.")
    parser.add_argument("--version", action="version", version=f"fieldroom-pi {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    init = commands.add_parser("init", help="ask for the server and the token, and write the configuration")
    init.add_argument("--server", help="the server's URL")
    init.add_argument("--token", help="the device's token; '-' reads it from standard input")
    init.add_argument("--force", action="store_true", help="replace a configuration that is there")
    init.add_argument("--no-check", action="store_true", help="do not try the token at the server")
    init.add_argument("--no-detect", action="store_true", help="do not look for attached sensors")
    init.set_defaults(command=_init)

    run = commands.add_parser("run", help="read the sensors and send the readings, until stopped")
    run.add_argument(
        "--exit-with-parent",
        nargs="?",
        type=int,
        const=0,
        metavar="PID",
        help="stop when the process that started this one ends; it may give its own PID",
    )
    run.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    run.set_defaults(command=_run)

    test = commands.add_parser("test", help="print each sensor once")
    test.set_defaults(command=_test)

    status = commands.add_parser("status", help="print what is queued, and when the server last acknowledged")
    status.add_argument("--json", action="store_true", help="as one JSON object")
    status.set_defaults(command=_status)

    service = commands.add_parser("install-service", help="write the systemd unit, and say how to start it")
    service.add_argument("--print", action="store_true", dest="print_only", help="print the unit instead")
    service.set_defaults(command=_install_service)

    for command in (init, run, test, status, service):
        command.add_argument("--config", type=Path, metavar="PATH", help="the configuration file")
    return parser


def _init(args: argparse.Namespace) -> int:
    path = args.config or (SYSTEM_FILE if os.geteuid() == 0 else user_file(os.environ))
    if path.exists() and not args.force:
        raise ConfigError(f"{path} is there already; --force replaces it")
    server = check_server("the server", args.server or input("Fieldroom server, such as http://fieldroom.local:5000: "))
    from_stdin = args.token == "-"  # noqa: S105 - a dash is no token
    token = sys.stdin.readline() if from_stdin else args.token or getpass.getpass("Device token: ")
    token = check_token("the token", token.strip())
    if not server or not token:
        raise ConfigError("a server and a token are needed")
    found, hints = ([], []) if args.no_detect else detect()
    write_config(path, server, token, [item.toml for item in found])
    print(f"wrote {path}")
    for item in found:
        print(f"found {item.what}")
    for hint in hints:
        print(f"not looked at: {hint}")
    return 0 if args.no_check else _check_connection(load_config(path, {}))


def _check_connection(config: Config) -> int:
    # Here and in _run: Socket.IO takes seconds to import on a Pi Zero, and the other commands do without it.
    from fieldroom_pi.connection import DeviceConnection

    connection = DeviceConnection(config.server, config.ca_file, 10.0, lambda _: {"ok": True}, lambda: None)
    try:
        connection.open(config.token)
    except TokenRefused:
        print(f"{config.server} does not accept this token", file=sys.stderr)
        return EXIT_FAILED
    except ConnectionFailed as error:
        print(f"{config.server} cannot be reached now: {error}", file=sys.stderr)
        return EXIT_FAILED
    finally:
        connection.close()
    print(f"{config.server} accepts this token")
    return 0


def _run(args: argparse.Namespace) -> int:
    from fieldroom_pi.agent import Agent, run_agent

    logging.basicConfig(
        level=args.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    # Not logging's own default: threads of a library that fail would write a traceback of many lines by themselves.
    threading.excepthook = _log_thread_failure
    config = load_config(args.config, os.environ)
    # A driver may start programs of its own; they have no business with the token.
    os.environ.pop("FIELDROOM_TOKEN", None)
    if not config.server or not config.token:
        raise ConfigError("no server or no token: run fieldroom-pi init, or set FIELDROOM_SERVER and FIELDROOM_TOKEN")
    if config.token_file is not None and readable_by_others(config.token_file):
        _log.warning("%s holds the token and others can read it: chmod 600 %s", config.token_file, config.token_file)
    return run_agent(Agent(config, _drivers(config)), args.exit_with_parent)


def _test(args: argparse.Namespace) -> int:
    failed = False
    for driver in _drivers(load_config(args.config, os.environ)):
        lines: list[str] = []
        reader = threading.Thread(target=_print_once, args=(driver, lines), daemon=True)
        reader.start()
        reader.join(_TEST_WITHIN_S)
        if reader.is_alive():
            lines.append(f"{driver.name}: FAILED: no answer within {_TEST_WITHIN_S:.0f} s")
        print("\n".join(lines))
        failed = failed or any("FAILED" in line for line in lines)
    return EXIT_FAILED if failed else 0


def _print_once(driver: Driver, lines: list[str]) -> None:
    try:
        driver.open()
        sensors = driver.sensors()
        values = driver.read()
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is what this command is to show
        lines.append(f"{driver.name}: FAILED: {error}")
        return
    finally:
        driver.close()
    if not sensors:
        lines.append(f"{driver.name}: no sensors found")
    for sensor in sensors:
        value = values.get(sensor.key)
        shown = f"FAILED: {value}" if isinstance(value, DriverError) else f"{value} {sensor.unit}".rstrip()
        lines.append(f"{driver.name}  {sensor.key:<24}{sensor.name:<28}{shown}")


def _status(args: argparse.Namespace) -> int:
    status = read_status(load_config(args.config, os.environ).state_dir)
    if args.json:
        print(json.dumps(asdict(status)))
    else:
        print("\n".join(as_lines(status, Clock().now_ms())))
    return 0


def _install_service(args: argparse.Namespace) -> int:
    path = args.config or SYSTEM_FILE
    if not path.exists():
        raise ConfigError(f"{path} is missing: run fieldroom-pi init first, as root")
    # Beside the interpreter: what started this may be a link, and a virtual environment's python must not be resolved.
    program = Path(sys.executable).parent / "fieldroom-pi"
    command = str(program) if program.exists() else f"{sys.executable} -m fieldroom_pi"
    text = unit(command, load_config(path, {}).drivers, path.absolute())
    if args.print_only:
        print(text, end="")
        return 0
    UNIT_FILE.write_text(text, encoding="utf-8")
    print(f"wrote {UNIT_FILE}; now: systemctl daemon-reload && systemctl enable --now fieldroom-pi")
    return 0


def _drivers(config: Config) -> list[Driver]:
    return [make_driver(driver.type, driver.options) for driver in config.drivers]


def _log_thread_failure(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread is not None else "unknown"
    _log.error("thread %s ended: %s: %s", name, args.exc_type.__name__, args.exc_value)
    _log.debug("", exc_info=(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value else None)
