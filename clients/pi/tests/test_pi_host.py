"""What the host driver reads from machines of several kinds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pi_support import HERE

from fieldroom_pi.drivers import make_driver
from fieldroom_pi.drivers.cpu_temperature import find_cpu_temperature, read_temperature
from fieldroom_pi.drivers.host import HostDriver
from fieldroom_pi.errors import ConfigError, DriverError

TREES = HERE / "data" / "sysfs"


@pytest.mark.parametrize(
    ("tree", "celsius"),
    [
        ("raspberry-pi-4", 48.686),
        ("raspberry-pi-5", 52.35),
        ("intel-laptop", 61.0),
        ("intel-server-without-zones", 49.0),
        ("amd-desktop", 55.125),
        ("zone-switched-off", 31.0),
    ],
)
def test_the_processor_is_picked_out_of_all_temperatures(tree: str, celsius: float) -> None:
    driver = HostDriver(metrics=["cpu_temperature"], sysfs=TREES / tree)
    (sensor,) = driver.sensors()
    assert (sensor.key, sensor.unit, sensor.kind) == ("cpu_temperature", "°C", "temperature")
    assert driver.read() == {"cpu_temperature": celsius}


@pytest.mark.parametrize("tree", ["virtual-machine", "no-such-tree"])
def test_a_machine_without_a_temperature_sensor_does_not_list_one(tree: str) -> None:
    driver = HostDriver(sysfs=TREES / tree)
    assert [sensor.key for sensor in driver.sensors()] == ["cpu_percent", "load_1m", "memory_percent", "disk_percent"]
    assert set(driver.read()) == {"cpu_percent", "load_1m", "memory_percent", "disk_percent"}


def test_this_machine_gives_plausible_values() -> None:
    values = HostDriver(metrics=["cpu_percent", "load_1m", "memory_percent", "disk_percent", "uptime"]).read()
    for key in ("cpu_percent", "memory_percent", "disk_percent"):
        assert 0 <= values[key] <= 100
    assert values["load_1m"] >= 0
    assert values["memory_percent"] > 0
    assert values["uptime"] > 0


def test_a_temperature_that_fails_leaves_the_other_values(tmp_path: Path) -> None:
    sysfs = tmp_path / "sys"
    shutil.copytree(TREES / "raspberry-pi-4", sysfs)
    driver = HostDriver(sysfs=sysfs)
    assert driver.read()["cpu_temperature"] == 48.686
    shutil.rmtree(sysfs / "class")
    values = driver.read()
    assert isinstance(values["cpu_temperature"], DriverError)
    assert values["memory_percent"] > 0


def test_a_temperature_that_moved_to_another_file_is_found_again(tmp_path: Path) -> None:
    sysfs = tmp_path / "sys"
    shutil.copytree(TREES / "amd-desktop", sysfs)
    driver = HostDriver(metrics=["cpu_temperature"], sysfs=sysfs)
    assert driver.read() == {"cpu_temperature": 55.125}
    (sysfs / "class/hwmon/hwmon1").rename(sysfs / "class/hwmon/hwmon7")
    assert driver.read() == {"cpu_temperature": 55.125}


@pytest.mark.parametrize("content", ["", "warm\n", "900000\n", "-100000\n"])
def test_a_file_without_a_plausible_temperature_is_an_error(tmp_path: Path, content: str) -> None:
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text(content)
    assert find_cpu_temperature(tmp_path) is None
    with pytest.raises(DriverError, match="temp"):
        read_temperature(zone / "temp")


def test_options_choose_the_metrics_and_the_disk(tmp_path: Path) -> None:
    driver = make_driver("host", {"metrics": ["disk_percent", "uptime"], "disk": str(tmp_path)})
    assert set(driver.read()) == {"disk_percent", "uptime"}


@pytest.mark.parametrize(
    "options",
    [
        {"metric": ["uptime"]},
        {"metrics": []},
        {"metrics": "uptime"},
        {"metrics": ["humidity"]},
        {"disk": 1},
        {"sysfs": "sys"},
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        make_driver("host", options)


def test_an_unknown_driver_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"'barometer'.*host"):
        make_driver("barometer", {})
