"""The servers that tests share: real processes on free ports, one for each way the platform runs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.nx import mongodb_url
from tests.support.people import Person
from tests.support.server import Server

# (ASYNC_MODE, database): the default, the other green mode, plain threads, and the MongoDB wire.
STACKS = [("eventlet", "sqlite"), ("gevent", "sqlite"), ("threading", "sqlite"), ("eventlet", "mongodb")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may run beside each other (pytest -n 2 --dist loadgroup): the stacks of the shared servers, and all other modules.

    One browser at a time: two of them are more than two cores draw in time.
    """
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        stack = parameters.get("server")
        module = item.nodeid.partition("::")[0]
        group = "-".join(stack) if stack else "browser" if "/browser/" in module else module
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session", params=STACKS, ids=lambda stack: "-".join(stack))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server; every test that uses it runs once for each stack."""
    mode, engine = request.param
    environment = {"ASYNC_MODE": mode}
    if engine == "mongodb":
        environment["DATABASE_URL"] = request.getfixturevalue("mongodb_database")
    with Server(tmp_path_factory.mktemp(f"{mode}-{engine}"), **environment) as running:
        yield running
    assert "Traceback" not in running.output, running.output


@pytest.fixture(scope="session")
def mongodb_database() -> Iterator[str]:
    """The URL of an empty MongoDB database: TEST_MONGODB_URI's, or one on nx-27017."""
    with mongodb_url("fieldroom_test_server") as url:
        yield url


@pytest.fixture
def person(server: Server) -> Iterator[Callable[..., Person]]:
    """Makes people who are signed in and connected; hangs up for them at the end."""
    made: list[Person] = []

    def make(name: str | None = None, **profile: Any) -> Person:
        made.append(Person(server.url, name, **profile))
        return made[-1]

    yield make
    for each in made:
        each.close()
