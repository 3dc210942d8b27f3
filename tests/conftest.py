"""The servers that tests share: real processes on free ports, one for each way the platform runs."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.examples import register_profiles
from tests.support.nx import mongodb_url
from tests.support.people import Person
from tests.support.processes import starts_others
from tests.support.server import Server

# (ASYNC_MODE, database): the default, the other green mode, plain threads, and the MongoDB wire.
STACKS = [("eventlet", "sqlite"), ("gevent", "sqlite"), ("threading", "sqlite"), ("eventlet", "mongodb")]


register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "server: starts other programs; found by tests/support/processes.py, left out by `make check`"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may run beside each other (pytest -n 2 --dist loadgroup): the stacks of the shared servers, and all other modules.

    One browser at a time: two of them are more than two cores draw in time. That group is the longest and so comes first; then
    what waits for servers more than it works, so that at the end many short groups are left to go round.
    """
    for item in items:
        if starts_others(item):
            item.add_marker("server")
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    sizes = Counter(map(_group, items))
    items.sort(key=lambda item: (_rank(item), -sizes[_group(item)]))


def _group(item: pytest.Item) -> str:
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    stack = parameters.get("server")
    module = item.nodeid.partition("::")[0]
    return "-".join(stack) if stack else "browser" if "/browser/" in module else module


def _rank(item: pytest.Item) -> int:
    group = _group(item)
    order = ("browser", "tests/processes/", "tests/realtime/", *("-".join(stack) for stack in STACKS))
    return next((rank for rank, begins in enumerate(order) if group.startswith(begins)), len(order))


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
