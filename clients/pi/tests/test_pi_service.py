"""What init finds and writes, the systemd unit, and what the device says of itself."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pi_device_server import TOKEN, DeviceServer
from pi_support import HERE, QUICK, CountingDriver, eventually
from test_pi_bme280 import ADC, HUMIDITY, TRIMMING, FakeBus

from fieldroom_pi import __version__
from fieldroom_pi.config import DriverConfig, load_config
from fieldroom_pi.config_file import write_config
from fieldroom_pi.detect import detect
from fieldroom_pi.device_status import device_status
from fieldroom_pi.drivers import make_driver
from fieldroom_pi.errors import DriverError
from fieldroom_pi.service import Notifier, unit

TREES = HERE / "data" / "sysfs"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A Pi with something on every bus; gives the folder that has its sys and dev."""
    for tree in ("w1-thermometers", "iio-mix", "raspberry-pi-4"):
        shutil.copytree(TREES / tree, tmp_path / "sys", dirs_exist_ok=True)
    dht = tmp_path / "sys/bus/iio/devices/iio:device2"
    shutil.copytree(TREES / "dht22/bus/iio/devices/iio:device0", dht)
    (tmp_path / "dev").mkdir()
    for name in ("i2c-1", "i2c-20", "spidev0.0"):
        (tmp_path / "dev" / name).touch()
    return tmp_path


def test_init_finds_what_is_attached_and_what_it_writes_makes_drivers(machine: Path, tmp_path: Path) -> None:
    buses: list[FakeBus] = []

    def open_bus(number: int) -> FakeBus:
        assert number == 1, "the graphics' buses are left alone"
        buses.append(FakeBus(0x60, TRIMMING, ADC, HUMIDITY))
        return buses[-1]

    found, hints = detect(machine / "sys", machine / "dev", open_bus)
    assert hints == []
    assert [item.what for item in found] == [
        "7 thermometer(s) on the 1-Wire bus",
        "a DHT sensor",
        "an analogue-to-digital converter, with channel 0",
        "bme280, which the kernel serves",
        "BME280 at 0x76 of I2C bus 1",
    ]
    assert buses[0].writes == [], "looking changes nothing"
    assert buses[0].closed
    file = tmp_path / "config.toml"
    write_config(file, "http://fieldroom.local:5000", TOKEN, [item.toml for item in found])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    drivers = load_config(file, {}).drivers
    assert [driver.type for driver in drivers] == ["host", "ds18b20", "dht22", "mcp3008", "iio", "bme280"]
    for driver in drivers:
        make_driver(driver.type, driver.options)


def test_a_machine_with_nothing_attached_gets_a_configuration_of_the_machine_itself(tmp_path: Path) -> None:
    assert detect(tmp_path, tmp_path) == ([], [])
    write_config(tmp_path / "config.toml", "http://localhost", TOKEN, [])
    assert [driver.type for driver in load_config(tmp_path / "config.toml", {}).drivers] == ["host"]


def test_a_bus_that_cannot_be_looked_at_is_a_hint_and_no_failure(machine: Path) -> None:
    def refuse(number: int) -> FakeBus:
        raise DriverError("the package smbus2 is missing")

    found, hints = detect(machine / "sys", machine / "dev", refuse)
    assert hints == ["the package smbus2 is missing"]
    assert len(found) == 4


def test_the_unit_opens_only_the_devices_that_are_configured() -> None:
    plain = unit("/opt/fieldroom-pi/bin/fieldroom-pi", [DriverConfig("host", {})])
    assert "PrivateDevices=yes" in plain
    assert "ExecStart=/opt/fieldroom-pi/bin/fieldroom-pi run" in plain
    wired = unit(
        "/usr/bin/fieldroom-pi",
        [DriverConfig("bme280", {"bus": 3}), DriverConfig("mcp3008", {}), DriverConfig("bmp280", {"bus": 3})],
    )
    assert "PrivateDevices" not in wired
    assert wired.count("DeviceAllow=/dev/i2c-3 rw") == 1
    assert "DeviceAllow=/dev/spidev0.0 rw" in wired
    assert "SupplementaryGroups=i2c spi\n" in wired


@pytest.mark.parametrize("drivers", [[], [DriverConfig("bme280", {}), DriverConfig("mcp3008", {})]])
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path, drivers: list[DriverConfig]) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("this machine has no systemd-analyze")
    file = tmp_path / "fieldroom-pi.service"
    file.write_text(unit("/bin/true", drivers))
    done = subprocess.run([verify, "verify", str(file)], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "fieldroom-pi.service" in line]
    assert told == []


def test_install_service_prints_a_unit_for_this_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[[drivers]]\ntype = "bme280"\n')
    command = [sys.executable, "-m", "fieldroom_pi", "install-service", "--print", "--config", str(file)]
    environ = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"LoadCredential=config.toml:{file}" in done.stdout
    assert "DeviceAllow=/dev/i2c-1 rw" in done.stdout
    missing = subprocess.run([*command[:-1], str(tmp_path / "no")], env=environ, capture_output=True, check=False)
    assert missing.returncode == 78


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(10)
        yield listener


def test_the_service_manager_hears_that_it_is_ready_and_alive(
    manager: socket.socket, tmp_path: Path, free_port: int
) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(HERE.parent),
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "FIELDROOM_SERVER": f"http://127.0.0.1:{free_port}",
        "FIELDROOM_TOKEN": TOKEN,
        "FIELDROOM_STATE_DIR": str(tmp_path / "state"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "fieldroom_pi", "run"], env=environ, stderr=subprocess.DEVNULL
    ) as client:
        try:
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"
            client.terminate()
            while (message := manager.recv(100)) == b"WATCHDOG=1":
                pass
            assert message == b"STOPPING=1"
        finally:
            client.kill()


def test_without_a_service_manager_or_with_a_deaf_one_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).alive()
    Notifier({"NOTIFY_SOCKET": "@nobody-listens-here"}).alive()


def test_the_device_says_its_battery_and_its_signal_where_it_has_them(tmp_path: Path) -> None:
    supply = tmp_path / "class/power_supply/BAT0"
    supply.mkdir(parents=True)
    (supply / "type").write_text("Battery\n")
    (supply / "capacity").write_text("87\n")
    mouse = tmp_path / "class/power_supply/A-mouse"
    mouse.mkdir()
    for name, content in (("type", "Battery"), ("scope", "Device"), ("capacity", "5")):
        (mouse / name).write_text(content)
    (tmp_path / "net").mkdir()
    (tmp_path / "net/wireless").write_text(
        "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
        " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
        " wlan0: 0000   55.  -56.  -256        0      0      0      0      0        0\n"
    )
    (tmp_path / "uptime").write_text("4711.92 9000.10\n")
    assert device_status(tmp_path, tmp_path) == {"battery_percent": 87, "rssi_dbm": -56, "uptime_seconds": 4711}
    assert device_status(tmp_path / "none", tmp_path / "none") == {}


def test_announce_tells_the_version_and_a_server_that_does_not_take_it_gets_none(
    device_server: DeviceServer, start_agent: Callable[..., object]
) -> None:
    agent = start_agent(device_server.url, CountingDriver())
    eventually(lambda: device_server.stored, "readings")
    assert device_server.told["version"] == f"fieldroom-pi {__version__}"
    assert device_server.told["status"].keys() >= {"uptime_seconds"}
    agent.stop()
    before = len(device_server.stored)
    device_server.told = {}
    device_server.behaviour.only_sensors = True
    start_agent(device_server.url, CountingDriver())
    eventually(lambda: len(device_server.stored) > before, "readings at a server of the first version")
    assert device_server.told == {}


def test_the_device_says_how_it_is_now_and_then(
    device_server: DeviceServer, start_agent: Callable[..., object]
) -> None:
    start_agent(device_server.url, CountingDriver(), timing=replace(QUICK, status=0.05))
    eventually(lambda: len(device_server.reports) >= 3, "reports")
    assert device_server.reports[0].keys() >= {"uptime_seconds", "queued_readings"}
    assert len(device_server.connects) == 1
