"""The databases that the tests of documents run on: SQLite, and MongoDB.

MongoDB is the server of TEST_MONGODB_URI, or else two that start in a second: nx-27017 and one with mongomock's semantics
(see tests/support/nx.py). Where one of these differs from what MongoDB's manual says, the test is a strict xfail on it:
`@pytest.mark.deviates("nx", "what it does instead")`.
"""

import os
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient

from models import odm
from models.odm import Database, Document
from models.odm.document import active_collections
from tests.support.nx import WireServer, mongomock_server, nx_27017, with_database

SERVERS = ["mongodb"] if os.environ.get("TEST_MONGODB_URI") else ["nx", "mongomock"]
ENGINES = ["sqlite", *SERVERS]

Connect = Callable[..., Database]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "deviates(server, what): this server differs from MongoDB's manual in what it does")


@pytest.fixture(scope="session")
def nx() -> Iterator[WireServer]:
    """One nx-27017 for all tests."""
    with nx_27017() as server:
        yield server


@pytest.fixture(scope="session")
def mongomock() -> Iterator[WireServer]:
    """One server with mongomock's semantics for all tests."""
    with mongomock_server() as server:
        yield server


def expect_deviations(request: pytest.FixtureRequest, engine: str) -> None:
    """Makes the test a strict xfail where it is marked to deviate on `engine`."""
    for marker in request.node.iter_markers("deviates"):
        server, what = marker.args
        if server == engine:
            request.applymarker(pytest.mark.xfail(reason=f"{server}: {what}", strict=True))


def new_url(engine: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of an empty database of that engine."""
    if engine == "sqlite":
        return f"sqlite:///{folder / 'test.db'}"
    server = os.environ["TEST_MONGODB_URI"] if engine == "mongodb" else request.getfixturevalue(engine).url
    return with_database(server, f"test_{ObjectId()}")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """sqlite, mongodb, nx or mongomock: a test that uses it runs once on each."""
    expect_deviations(request, request.param)
    return str(request.param)


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    made = new_url(engine, request, tmp_path)
    yield made
    drop(made)


@pytest.fixture
def open_database(url: str) -> Iterator[Connect]:
    """Connects document classes to the test's database: open_database([Note]). May be called again for another program."""
    opened: list[Database] = []
    with ExitStack() as entered:

        def open_(documents: Sequence[type[Document]], **options: Any) -> Database:
            opened.append(odm.open_database(url, documents, **options))
            entered.enter_context(beside(opened[-1]))
            return opened[-1]

        yield open_
    for database in opened:
        database.close()


@contextmanager
def beside(database: Database) -> Iterator[None]:
    """Enters a database without leaving those whose classes it does not have: another version of the same program."""
    before = active_collections.set(ChainMap(database._collections, dict(active_collections.get({}))))
    try:
        yield
    finally:
        active_collections.reset(before)


def drop(url: str) -> None:
    """Leaves nothing of a test behind on a server that others use."""
    if url.startswith("mongodb") and os.environ.get("TEST_MONGODB_URI"):
        client: MongoClient[dict[str, Any]]
        with MongoClient(url) as client:
            client.drop_database(client.get_default_database())
