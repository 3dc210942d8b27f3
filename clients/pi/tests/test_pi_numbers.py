"""Programs that print a number, and files that hold one."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from pi_support import eventually

from fieldroom_pi.drivers import make_driver
from fieldroom_pi.drivers.base import Driver
from fieldroom_pi.errors import ConfigError, DriverError


def command(command: object, **options: object) -> Driver:
    return make_driver("command", {"command": command, "key": "x", **options})


@pytest.mark.parametrize(
    ("words", "options", "value"),
    [
        (["echo", "21.5"], {}, 21.5),
        ("echo -3", {}, -3.0),
        ("echo 1e3", {"scale": 0.001, "offset": 2}, 3.0),
        (["echo", "temp=48.3'C"], {"pattern": "temp=([0-9.]+)"}, 48.3),
        (["printf", "a 1\nb 2\n"], {"pattern": "^b (.*)$"}, 2.0),
        (["echo", "up 17 days"], {"pattern": "[0-9]+"}, 17.0),
        (["echo", '{"main": {"list": [{"t": "7.5"}]}}'], {"json": "main.list.0.t"}, 7.5),
        ("echo $((6 * 7))", {"shell": True}, 42.0),
    ],
)
def test_the_number_that_a_program_prints(words: object, options: dict[str, object], value: float) -> None:
    assert command(words, **options).read() == {"x": value}


@pytest.mark.parametrize(
    ("words", "options", "why"),
    [
        (["sh", "-c", "echo 5; echo no sensor >&2; exit 3"], {}, "exit status 3: no sensor"),
        (["/no/such/program"], {}, "No such file"),
        (["true"], {}, "not a number"),
        (["echo", "warm"], {}, "'warm'"),
        (["echo", "nan"], {}, "finite"),
        (["echo", "5"], {"pattern": "t=(.*)"}, "pattern"),
        (["echo", "{}"], {"json": "a.b"}, "no a.b"),
        (["echo", "oops"], {"json": "a"}, "not JSON"),
        (["echo", '{"a": true}'], {"json": "a"}, "not a number"),
        (["yes"], {}, "more than 65536"),
    ],
)
def test_a_program_that_fails_says_why(words: object, options: dict[str, object], why: str) -> None:
    with pytest.raises(DriverError, match=why):
        command(words, timeout_s=20, **options).read()


def test_a_text_is_not_given_to_a_shell_unless_asked_for(tmp_path: Path) -> None:
    made = tmp_path / "made"
    with pytest.raises(DriverError):
        command(f"echo 1; touch {made}").read()
    assert not made.exists()


def test_a_program_that_hangs_is_killed_with_everything_that_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    driver = command(["sh", "-c", f"sleep 600 & echo $! > {pid_file}; wait"], timeout_s=0.5)
    began = time.monotonic()
    with pytest.raises(DriverError, match=r"within 0\.5 s"):
        driver.read()
    assert time.monotonic() - began < 5
    child = int(pid_file.read_text())
    eventually(lambda: not alive(child), "the end of the program's child")


def test_a_program_that_closes_its_output_and_stays_is_killed_too() -> None:
    code = "import os, time; os.write(1, b'5'); os.close(1); os.close(2); time.sleep(600)"
    with pytest.raises(DriverError, match="no end within"):
        command([sys.executable, "-c", code], timeout_s=1).read()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(
    ("content", "options", "value"),
    [
        ("48686\n", {"scale": 0.001}, 48.686),
        ("  7.25  ", {}, 7.25),
        ("MemTotal: 12 kB\nMemFree:  345 kB\n", {"pattern": r"MemFree:\s+(\d+)"}, 345.0),
    ],
)
def test_the_number_in_a_file(tmp_path: Path, content: str, options: dict[str, object], value: float) -> None:
    file = tmp_path / "value"
    file.write_text(content)
    driver = make_driver("file", {"path": str(file), "key": "level", "unit": "cm", "name": "Water", **options})
    assert driver.read() == {"level": pytest.approx(value)}
    (sensor,) = driver.sensors()
    assert (sensor.key, sensor.name, sensor.unit, sensor.kind) == ("level", "Water", "cm", "number")


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), ("", "not a number"), ("dry", "'dry'")])
def test_a_file_without_a_number_is_a_fault(tmp_path: Path, content: str | None, why: str) -> None:
    file = tmp_path / "value"
    if content is not None:
        file.write_text(content)
    with pytest.raises(DriverError, match=why):
        make_driver("file", {"path": str(file), "key": "level"}).read()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"key": "x"}, "command"),
        ({"command": "", "key": "x"}, "command"),
        ({"command": "echo 'x", "key": "x"}, "quoted"),
        ({"command": ["echo", 5], "key": "x"}, "command"),
        ({"command": ["echo"], "shell": True, "key": "x"}, "command"),
        ({"command": "echo 1"}, "key"),
        ({"command": "echo 1", "key": "A B"}, "key"),
        ({"command": "echo 1", "key": "x", "timeout_s": 0}, "timeout_s"),
        ({"command": "echo 1", "key": "x", "pattern": "("}, "pattern"),
        ({"command": "echo 1", "key": "x", "pattern": "1", "json": "a"}, "not both"),
        ({"command": "echo 1", "key": "x", "scale": True}, "scale"),
        ({"command": "echo 1", "key": "x", "shell": "yes"}, "shell"),
        ({"command": "echo 1", "key": "x", "cwd": "/"}, "cwd"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        make_driver("command", options)
