"""Two servers that share their database and Redis."""

from collections.abc import Iterator

import pytest

from tests.support.nx import mongodb_url
from tests.support.redis import redis_server
from tests.support.server import Server


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "mongodb"])
def pair(
    request: pytest.FixtureRequest, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two servers that share everything but their process."""
    data = tmp_path_factory.mktemp("pair")
    database = f"sqlite:///{data / 'shared.sqlite3'}"
    if request.param == "mongodb":
        database = request.getfixturevalue("pair_mongodb")
    shared = {"REDIS_URL": redis_url, "DATABASE_URL": database, "SECRET_KEY": "one secret for both of them"}
    with Server(data / "one", **shared) as one, Server(data / "two", **shared) as two:
        yield one, two
    assert "Traceback" not in one.output + two.output


@pytest.fixture(scope="module")
def pair_mongodb() -> Iterator[str]:
    with mongodb_url("fieldroom_pair") as url:
        yield url
