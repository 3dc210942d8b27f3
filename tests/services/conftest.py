"""A database in this process, on each engine, for services without an application around them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.accounts import User
from models.devices import Device, Sensor
from models.odm import Database
from schemas.sensors import AnnouncedSensor
from services.platform import current
from services.push import Push
from services.telemetry import devices, sensors
from services.telemetry.ingest import Source
from tests.support.nx import emptied, mongodb_url
from tests.support.platforms import running
from tests.support.realtime import Recorder


@pytest.fixture(scope="session")
def service_mongodb() -> Iterator[str]:
    """A MongoDB for the tests of services."""
    with mongodb_url("fieldroom_test_services") as url:
        yield url


@pytest.fixture(params=["sqlite", "mongodb"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engines to run a test on; a module that tests nothing of them may say otherwise."""
    name: str = request.param
    return name


@pytest.fixture
def db(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Database]:
    """The empty database of a platform that the test runs in."""
    environment = {}
    if engine == "mongodb":
        environment["DATABASE_URL"] = emptied(request.getfixturevalue("service_mongodb"))
    with running(tmp_path, **environment) as platform:
        yield platform.database


@pytest.fixture
def told(db: Database) -> Recorder:
    """What services tell connected people."""
    return current().provide(Push, Recorder())


@pytest.fixture
def alice(db: Database) -> User:
    """A user without any rights of her own."""
    return User(username="alice", username_key="alice", nickname="Alice", password_hash="-").insert()


@pytest.fixture
def device(alice: User) -> Device:
    """A device of Alice's."""
    return devices.create(alice, "Greenhouse")[0]


@pytest.fixture
def announce(device: Device) -> Callable[..., dict[str, Sensor]]:
    """Announces sensors of these keys and gives them by key."""

    def make(*keys: str) -> dict[str, Sensor]:
        sensors.announce(device, [AnnouncedSensor(key=key, name=key, unit="°C", kind="temperature") for key in keys])
        return {sensor.key: sensor for sensor in Sensor.find({"device_id": device.id})}

    return make


@pytest.fixture
def source(device: Device) -> Source:
    """What a connection of the device remembers."""
    return Source.of(device)
