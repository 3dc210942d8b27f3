"""Sensors that the kernel serves: DHT22, MCP3008 and others, from recorded sysfs trees; MCP3008 through spidev too."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from pi_support import HERE

from fieldroom_pi.drivers import iio, make_driver
from fieldroom_pi.drivers.dht22 import Dht22Driver
from fieldroom_pi.drivers.mcp3008 import Mcp3008Driver, _channel
from fieldroom_pi.errors import ConfigError, DriverError

TREES = HERE / "data" / "sysfs"


class Flaky:
    """Stands in for the read of a sysfs file, which fails with these error numbers before it succeeds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.real = Path.read_text
        monkeypatch.setattr(Path, "read_text", lambda path, **options: self.read(path, **options))

    def read(self, path: Path, **options: str) -> str:
        if path.name.endswith("_input") and self.numbers:
            number = self.numbers.pop(0)
            raise OSError(number, errno.errorcode[number])
        return self.real(path, **options)


def test_a_dht22_gives_temperature_and_humidity() -> None:
    driver = make_driver("dht22", {"sysfs": str(TREES / "dht22")})
    assert [(s.key, s.unit, s.kind) for s in driver.sensors()] == [
        ("dht22_temperature", "°C", "temperature"),
        ("dht22_humidity", "%", "humidity"),
    ]
    assert driver.read() == {"dht22_temperature": 22.7, "dht22_humidity": 48.3}
    assert driver.min_interval_ms == 2_000


def test_a_spoilt_answer_of_a_dht22_is_asked_for_again_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    driver = Dht22Driver(sysfs=TREES / "dht22", rest=rests.append)
    Flaky(monkeypatch, errno.EIO, errno.ETIMEDOUT)
    assert driver.read() == {"dht22_temperature": 22.7, "dht22_humidity": 48.3}
    assert rests == [2.1, 2.1]


def test_a_dht22_that_never_answers_is_a_fault_after_four_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    driver = Dht22Driver(sysfs=TREES / "dht22", rest=rests.append)
    Flaky(monkeypatch, *[errno.ETIMEDOUT] * 4)
    values = driver.read()
    assert "ETIMEDOUT" in str(values["dht22_temperature"])
    assert len(rests) == 3
    assert values["dht22_humidity"] == 48.3


def test_an_error_that_another_attempt_does_not_cure_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Dht22Driver(sysfs=TREES / "dht22", rest=lambda seconds: pytest.fail("no rest"))
    Flaky(monkeypatch, errno.EACCES)
    assert "EACCES" in str(driver.read()["dht22_temperature"])


@pytest.mark.parametrize(("content", "value"), [("-5200\n", -5.2), ("0\n", 0.0)])
def test_frost_is_read_as_frost(tmp_path: Path, content: str, value: float) -> None:
    tree = Path(shutil.copytree(TREES / "dht22", tmp_path / "sys"))
    (tree / "bus/iio/devices/iio:device0/in_temp_input").write_text(content)
    assert Dht22Driver(sysfs=tree).read()["dht22_temperature"] == value


def test_humidity_above_100_is_a_fault_of_that_sensor_alone(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(TREES / "dht22", tmp_path / "sys"))
    (tree / "bus/iio/devices/iio:device0/in_humidityrelative_input").write_text("180000\n")
    values = Dht22Driver(sysfs=tree).read()
    assert "cannot be" in str(values["dht22_humidity"])
    assert values["dht22_temperature"] == 22.7


def test_a_missing_overlay_is_named() -> None:
    with pytest.raises(DriverError, match="dtoverlay=dht11"):
        Dht22Driver(sysfs=TREES / "virtual-machine").sensors()


def test_any_device_of_the_kernel_can_be_read_by_its_name() -> None:
    driver = make_driver("iio", {"device": "bme280", "key": "attic", "sysfs": str(TREES / "iio-mix")})
    assert driver.read() == {"attic_temperature": 24.31, "attic_humidity": 39.416, "attic_pressure": 1005.362109}
    assert {sensor.key for sensor in driver.sensors()} == set(driver.read())
    assert iio.find_device(TREES / "iio-mix", "iio:device1") is not None


def test_the_kernels_converter_gives_volts_and_what_they_stand_for() -> None:
    driver = make_driver(
        "mcp3008",
        {
            "sysfs": str(TREES / "iio-mix"),
            "channels": [
                {"channel": 0, "key": "battery", "scale": 2.0},
                {"channel": 1, "key": "tmp36", "unit": "°C", "kind": "temperature", "scale": 100, "offset": -50},
                {"channel": 3},
            ],
        },
    )
    driver.open()
    values = driver.read()
    assert values["battery"] == pytest.approx(3.3)
    assert values["tmp36"] == pytest.approx(1023 * 3.22265625 / 1000 * 100 - 50)
    assert values["mcp3008_3"] == pytest.approx(0.825)
    assert [(s.key, s.unit) for s in driver.sensors()] == [("battery", "V"), ("tmp36", "°C"), ("mcp3008_3", "V")]


class FakeSpi:
    """A converter with a code at each channel; checks that what it is sent is as in the data sheet's figure 6-1."""

    def __init__(self, codes: dict[int, int]) -> None:
        self.codes = codes
        self.floating = False
        self.closed = False

    def xfer2(self, values: list[int]) -> list[int]:
        start, command, rest = values
        assert (start, command & 0x8F, rest) == (1, 0x80, 0), "start bit, single-ended, channel"
        if self.floating:
            return [255, 255, 255]
        code = self.codes[command >> 4 & 7]
        # Seven bits before the null bit are undefined.
        return [0x5A, 0xF8 | code >> 8, code & 255]

    def close(self) -> None:
        self.closed = True


def spidev_driver(spi: FakeSpi, vref: float = 3.3) -> Mcp3008Driver:
    channels = [_channel({"channel": number}) for number in spi.codes]
    driver = Mcp3008Driver(channels, vref, backend="spidev", opener=lambda bus, device: spi)
    driver.open()
    return driver


def test_the_converter_on_spidev_gives_volts() -> None:
    spi = FakeSpi({0: 0, 3: 512, 7: 1023})
    driver = spidev_driver(spi, vref=5.0)
    assert driver.read() == {"mcp3008_0": 0.0, "mcp3008_3": 2.5, "mcp3008_7": pytest.approx(5 * 1023 / 1024)}
    driver.close()
    assert spi.closed


def test_a_line_that_nobody_drives_is_a_fault_and_not_full_scale() -> None:
    spi = FakeSpi({0: 1})
    driver = spidev_driver(spi)
    spi.floating = True
    assert "check the wiring" in str(driver.read()["mcp3008_0"])


def test_without_the_kernels_driver_and_without_the_library_it_says_what_to_install() -> None:
    driver = make_driver("mcp3008", {"channels": [{"channel": 0}], "sysfs": "/nonexistent"})
    with pytest.raises(DriverError, match=r"spi|SPI"):
        driver.open()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "channels"),
        ({"channels": [{"channel": 8}]}, "channel"),
        ({"channels": [{}]}, "channel"),
        ({"channels": [{"channel": 0, "scale": "2"}]}, "scale"),
        ({"channels": [{"channel": 0, "key": "Two Words"}]}, "key"),
        ({"channels": [{"channel": 0}], "vref": 12}, "vref"),
        ({"channels": [{"channel": 0}], "backend": "gpio"}, "backend"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        make_driver("mcp3008", options)
