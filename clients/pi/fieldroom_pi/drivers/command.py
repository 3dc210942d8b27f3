"""Any program that prints a number."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.drivers.numbers import Calibration, find_in_json, find_number
from fieldroom_pi.drivers.options import SENSOR_KEYS, Options
from fieldroom_pi.errors import ConfigError, DriverError
from fieldroom_pi.model import Sensor

_MAX_OUTPUT = 65_536
_MAX_TIMEOUT_S = 600
_OPTIONS = ("command", "shell", "timeout_s", "pattern", "json", "scale", "offset", *SENSOR_KEYS)


class CommandDriver(Driver):
    """One sensor, whose value a program prints.

    command: the program and its arguments, run without a shell; timeout_s: after which it is killed, with everything
    that it started; pattern, json: where in its output the number is, else the output is the number.
    """

    def __init__(
        self,
        command: Sequence[str],
        sensor: Sensor,
        timeout_s: float = 10.0,
        pattern: re.Pattern[str] | None = None,
        json_field: str = "",
        calibration: Calibration | None = None,
    ) -> None:
        self._command = list(command)
        self._sensor = sensor
        self._timeout_s = timeout_s
        self._pattern = pattern
        self._json_field = json_field
        self._calibration = calibration or Calibration()
        self.name = f"command {sensor.key}"

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> CommandDriver:
        """Options: ``command`` and ``key`` (needed), ``name``, ``unit``, ``kind``, ``shell``, ``timeout_s``,
        ``pattern`` or ``json``, ``scale``, ``offset``.

        ``command`` is a list, or a text that is split as a shell would, without running one. With ``shell = true`` the
        text is given to /bin/sh.
        """
        read = Options("command", options, _OPTIONS)
        timeout_s = read.number("timeout_s", 10.0)
        if not 0 < timeout_s <= _MAX_TIMEOUT_S:
            raise read.wrong("timeout_s", f"a number of seconds up to {_MAX_TIMEOUT_S}")
        pattern, json_field = read.pattern("pattern"), read.text("json")
        if pattern is not None and json_field:
            raise ConfigError("drivers: command takes pattern or json, not both")
        return cls(
            _words(read, options.get("command")), read.sensor(), timeout_s, pattern, json_field, Calibration.of(read)
        )

    def sensors(self) -> Sequence[Sensor]:
        """The one sensor."""
        return [self._sensor]

    def read(self) -> Mapping[str, float | DriverError]:
        """Run the program; its number, after calibration."""
        text = run_program(self._command, self._timeout_s)
        found = find_in_json(text, self._json_field) if self._json_field else find_number(text, self._pattern)
        return {self._sensor.key: self._calibration.apply(found)}


def _words(read: Options, command: object) -> list[str]:
    if read.flag("shell"):
        if not isinstance(command, str) or not command:
            raise read.wrong("command", "text in quotes, where shell is true")
        return ["/bin/sh", "-c", command]
    if isinstance(command, str):
        try:
            command = shlex.split(command)
        except ValueError as error:
            raise read.wrong("command", f"well quoted ({error})") from error
    if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
        raise read.wrong("command", "a program and its arguments")
    return command


def run_program(command: Sequence[str], timeout_s: float) -> str:
    """What a program prints. Raises DriverError if it cannot be started, fails, prints too much or takes too long."""
    try:
        # A session of its own: whatever the program starts is killed with it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise DriverError(f"{command[0]}: {error.strerror}") from error
    try:
        out, err = _collect(process, time.monotonic() + timeout_s, timeout_s)
    finally:
        _end(process)
    if process.returncode != 0:
        said = err.decode("utf-8", "replace").strip().splitlines()
        raise DriverError(f"exit status {process.returncode}" + (f": {said[-1][:200]}" if said else ""))
    return out.decode("utf-8", "replace")


def _collect(process: subprocess.Popen[bytes], deadline: float, timeout_s: float) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    output = {process.stdout: b"", process.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for stream in output:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise DriverError(f"no answer within {timeout_s:g} s; it was killed")
            for entry, _ in ready:
                stream = entry.fileobj  # type: ignore[assignment]
                piece = os.read(entry.fd, 8192)
                if not piece:
                    selector.unregister(stream)
                    continue
                output[stream] += piece
                if len(output[stream]) > _MAX_OUTPUT:
                    raise DriverError(f"it prints more than {_MAX_OUTPUT} bytes; it was killed")
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise DriverError(f"no end within {timeout_s:g} s; it was killed") from error
    return output[process.stdout], output[process.stderr]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
