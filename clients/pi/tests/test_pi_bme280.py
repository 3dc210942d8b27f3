"""BME280 and BMP280 over an I2C bus that answers from register dumps."""

from __future__ import annotations

import struct

import pytest

from fieldroom_pi.drivers import make_driver
from fieldroom_pi.drivers.bme280 import Bme280Driver
from fieldroom_pi.errors import ConfigError, DriverError

# The BMP280 data sheet's own example (BST-BMP280-DS001, 3.12): 25.08 °C and 100653.27 Pa.
DATASHEET = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
DATASHEET_ADC = {"t": 519888, "p": 415148}

# A BME280's constants; what they give was worked out with another implementation of the data sheet.
TRIMMING = (28009, 25654, 50, 39145, -10750, 3024, 5667, -120, -7, 15500, -14600, 6000)
HUMIDITY = bytes([0x6A, 0x01, 0x00, 0x14, 0x0A, 0x00, 0x1E])
ADC = {"t": 532512, "p": 331488, "h": 28112}


class FakeBus:
    """256 registers of one chip. A conversion takes effect when ctrl_meas asks for it, as in the chip."""

    def __init__(self, chip: int, trimming: tuple[int, ...], adc: dict[str, int], humidity: bytes = b"") -> None:
        self.registers = bytearray(256)
        self.registers[0xD0] = chip
        self.registers[0x88 : 0x88 + 24] = struct.pack("<HhhHhhhhhhhh", *trimming)
        self.registers[0xA1] = 75
        self.registers[0xE1 : 0xE1 + len(humidity)] = humidity
        self.registers[0xF7:0xFF] = bytes([0x80, 0, 0, 0x80, 0, 0, 0x80, 0])
        self.adc = adc
        self.unplugged = False
        self.stuck = False
        self.closed = False
        self.writes: list[tuple[int, int]] = []

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        if self.unplugged or i2c_addr != 0x76:
            raise OSError(121, "Remote I/O error")
        assert length <= 32, "a block transfer of SMBus carries 32 bytes"
        return list(self.registers[register : register + length])

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        if self.unplugged:
            raise OSError(121, "Remote I/O error")
        self.writes.append((register, value))
        if register == 0xF4 and value & 0b11 == 0b01:
            t, p, h = self.adc["t"], self.adc["p"], self.adc.get("h", 0)
            self.registers[0xF7:0xFF] = bytes(
                [p >> 12, p >> 4 & 255, (p & 15) << 4, t >> 12, t >> 4 & 255, (t & 15) << 4, h >> 8, h & 255]
            )
            self.registers[0xF3] = 0x08 if self.stuck else 0

    def close(self) -> None:
        self.closed = True


def opened(bus: FakeBus, key: str = "bme280") -> Bme280Driver:
    driver = Bme280Driver(key=key, opener=lambda number: bus)
    driver.open()
    return driver


def test_a_bmp280_gives_what_its_data_sheet_works_out() -> None:
    driver = opened(FakeBus(0x58, DATASHEET, DATASHEET_ADC), key="bmp280")
    assert [(sensor.key, sensor.unit) for sensor in driver.sensors()] == [
        ("bmp280_temperature", "°C"),
        ("bmp280_pressure", "hPa"),
    ]
    values = driver.read()
    assert values["bmp280_temperature"] == pytest.approx(25.08, abs=0.005)
    assert values["bmp280_pressure"] == pytest.approx(1006.5327, abs=0.001)
    assert len(values) == 2


def test_a_bme280_gives_temperature_pressure_and_humidity_of_one_conversion() -> None:
    bus = FakeBus(0x60, TRIMMING, ADC, HUMIDITY)
    driver = opened(bus)
    values = driver.read()
    assert values["bme280_temperature"] == pytest.approx(25.805, abs=0.001)
    assert values["bme280_pressure"] == pytest.approx(1000.805, abs=0.001)
    assert values["bme280_humidity"] == pytest.approx(39.353, abs=0.001)
    # The setting for humidity counts only from the next write to ctrl_meas on.
    assert bus.writes[-2:] == [(0xF2, 1), (0xF4, 0x25)]


def test_negative_humidity_constants_are_read_as_twelve_signed_bits() -> None:
    humidity = HUMIDITY[:3] + bytes([0xF1, 0x3D, 0xF3]) + HUMIDITY[6:]
    driver = opened(FakeBus(0x60, TRIMMING, {**ADC, "h": 20000}, humidity))
    assert driver._trimming is not None
    assert driver._trimming.h == (75, 362, 0, -227, -205, 30)
    assert driver.read()["bme280_humidity"] == 100.0


def test_a_chip_that_is_unplugged_is_a_fault_and_works_again_when_opened_again() -> None:
    bus = FakeBus(0x60, TRIMMING, ADC, HUMIDITY)
    driver = opened(bus)
    bus.unplugged = True
    with pytest.raises(DriverError, match="no answer at address 0x76 of I2C bus 1"):
        driver.read()
    driver.close()
    assert bus.closed
    with pytest.raises(DriverError, match="check the wiring"):
        driver.open()
    driver.close()
    bus.unplugged = False
    driver.open()
    assert len(driver.read()) == 3


def test_a_chip_that_never_finishes_does_not_hold_up_its_thread_for_ever() -> None:
    bus = FakeBus(0x60, TRIMMING, ADC, HUMIDITY)
    driver = opened(bus)
    bus.stuck = True
    with pytest.raises(DriverError, match="does not finish"):
        driver.read()


def test_a_conversion_that_did_not_take_place_is_not_a_value() -> None:
    driver = opened(FakeBus(0x60, TRIMMING, {"t": 0x80000, "p": 0x80000, "h": 0x8000}, HUMIDITY))
    with pytest.raises(DriverError, match="did not measure"):
        driver.read()


def test_a_value_outside_of_the_chips_range_is_a_fault_of_that_sensor_alone() -> None:
    values = opened(FakeBus(0x60, TRIMMING, {**ADC, "p": 1000}, HUMIDITY)).read()
    assert "outside" in str(values["bme280_pressure"])
    assert values["bme280_temperature"] == pytest.approx(25.805, abs=0.001)


@pytest.mark.parametrize(
    ("bus", "why"),
    [
        (FakeBus(0x61, TRIMMING, ADC), "neither"),
        (FakeBus(0x60, (0,) * 12, ADC), "empty"),
        (FakeBus(0x60, (0xFFFF, *[-1] * 2, 0xFFFF, *[-1] * 8), ADC), "empty"),
    ],
)
def test_another_chip_or_a_broken_one_is_refused_on_opening(bus: FakeBus, why: str) -> None:
    with pytest.raises(DriverError, match=why):
        opened(bus)


def test_options_name_the_sensors_after_the_chip_that_was_configured() -> None:
    assert make_driver("bmp280", {"address": 0x77}).name == "bmp280"
    assert make_driver("bme280", {"key": "attic", "name": "Attic", "bus": 3}).name == "attic"


@pytest.mark.parametrize("options", [{"address": 0x40}, {"bus": "1"}, {"pin": 4}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        make_driver("bme280", options)
