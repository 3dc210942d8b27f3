"""Thermometers on the 1-Wire bus, from recorded sysfs trees."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pi_support import HERE

from fieldroom_pi.drivers import make_driver
from fieldroom_pi.drivers.ds18b20 import Ds18b20Driver, crc8
from fieldroom_pi.errors import ConfigError, DriverError

TREE = HERE / "data" / "sysfs" / "w1-thermometers"
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
WARM = "48 05 4b 46 7f ff 08 10 {crc:02x} : crc={crc:02x} YES\n48 05 4b 46 7f ff 08 10 {crc:02x} t=84500\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TREE, tmp_path / "sys"))


def test_every_thermometer_on_the_bus_is_a_sensor_with_its_rom_code_as_its_key() -> None:
    driver = make_driver("ds18b20", {"sysfs": str(TREE), "names": {"28-0316a2795aff": "Fridge"}})
    sensors = {sensor.key: sensor for sensor in driver.sensors()}
    assert len(sensors) == 7
    assert sensors["28-0316a2795aff"].name == "Fridge"
    assert {(sensor.unit, sensor.kind) for sensor in sensors.values()} == {("°C", "temperature")}


@pytest.mark.parametrize(
    ("key", "celsius"), [("28-0316a2795aff", 23.125), ("28-031097794af1", -10.125), ("10-000802b5a0e1", -1.25)]
)
def test_temperatures_above_and_below_zero_with_and_without_the_scratchpad(key: str, celsius: float) -> None:
    assert Ds18b20Driver(sysfs=TREE).read()[key] == celsius


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("28-3c01d6079e2b", "power-on"),
        ("28-01193a44fa4c", "CRC"),
        ("28-000000000bad", "shorted"),
        ("28-00000c8a4b01", "no number"),
    ],
)
def test_what_is_no_measurement_is_a_fault_that_says_why_and_leaves_the_others_alone(key: str, why: str) -> None:
    values = Ds18b20Driver(sysfs=TREE).read()
    assert isinstance(values[key], DriverError)
    assert why in str(values[key])
    assert values["28-0316a2795aff"] == 23.125


def test_an_answer_whose_bytes_do_not_fit_their_crc_is_refused_although_the_kernel_says_yes(tree: Path) -> None:
    slave = tree / "bus/w1/devices/28-0316a2795aff/w1_slave"
    slave.write_text(slave.read_text().replace("72 01", "73 01"))
    assert "CRC" in str(Ds18b20Driver(sysfs=tree).read()["28-0316a2795aff"])


def test_85_degrees_are_taken_from_a_sensor_that_was_as_warm_before(tree: Path) -> None:
    key = "28-0316a2795aff"
    slave = tree / "bus/w1/devices" / key / "w1_slave"
    driver = Ds18b20Driver(sysfs=tree)
    crc = crc8(bytes.fromhex("48054b467fff0810"))
    slave.write_text(WARM.format(crc=crc))
    assert driver.read()[key] == 84.5
    slave.write_text(POWER_ON)
    assert driver.read()[key] == 85.0


def test_a_thermometer_that_is_unplugged_and_plugged_in_again(tree: Path) -> None:
    driver = Ds18b20Driver(sysfs=tree)
    device = tree / "bus/w1/devices/28-0316a2795aff"
    device.rename(tree / "elsewhere")
    assert "28-0316a2795aff" not in driver.read()
    (tree / "elsewhere").rename(device)
    assert driver.read()["28-0316a2795aff"] == 23.125


def test_a_machine_without_the_bus_says_how_to_switch_it_on(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="dtoverlay=w1-gpio"):
        Ds18b20Driver(sysfs=tmp_path).sensors()


@pytest.mark.parametrize("options", [{"name": "x"}, {"names": {"28-1": 5}}, {"sysfs": "sys"}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        make_driver("ds18b20", options)
