"""MongoDB for tests: the server of TEST_MONGODB_URI, or else one that starts in a second.

There are two of the latter. nx-27017 (PyPI) keeps its data on disk and is an implementation independent of ours; but it
does not find documents by an ObjectId in any field other than `_id`, so nothing that refers to something runs on it. The
server in mongo_wire has mongomock's semantics, enforces validators, and forgets everything when it ends.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

_START_SECONDS = 20
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WireServer:
    """A server process on 127.0.0.1 that speaks MongoDB's protocol. It can be killed and started again on its port."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.port = free_port()
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of the server, without a database."""
        return f"mongodb://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [part.replace("{port}", str(self.port)) for part in self._command]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=Path(__file__).parents[2], preexec_fn=_die_with_parent
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                client: MongoClient[dict[str, Any]]
                with MongoClient(self.url, serverSelectionTimeoutMS=200) as client:
                    client.admin.command("ping")
                return
            except PyMongoError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.kill()
                    raise RuntimeError(f"{command[0]} does not start: {self._log.read_text()}") from None

    def kill(self) -> None:
        """Ends it at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


def _die_with_parent() -> None:
    """Has Linux kill the server when the tests are killed, who then cannot do it themselves."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def nx_27017() -> Iterator[WireServer]:
    """A running nx-27017 with a data folder of its own that outlives a restart."""
    with TemporaryDirectory(prefix="nx-") as folder:
        here = Path(folder)
        program = [str(Path(sys.executable).with_name("nx-27017")), "--port", "{port}", "--data-dir", str(here / "data")]
        files = ["--log-file", str(here / "nx.log"), "--pid-file", str(here / "nx.pid")]
        yield from _running(WireServer([*program, *files], here / "output"))


@contextmanager
def mongomock_server(*flags: str) -> Iterator[WireServer]:
    """A running server of mongo_wire, empty; `flags` as that takes them."""
    with TemporaryDirectory(prefix="mongo-wire-") as folder:
        command = [sys.executable, "-m", "tests.support.mongo_wire", "{port}", *flags]
        yield from _running(WireServer(command, Path(folder) / "output"))


def _running(server: WireServer) -> Iterator[WireServer]:
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def mongodb_url(database: str) -> Iterator[str]:
    """The URL of an empty database of that name: on the server of TEST_MONGODB_URI, or on a mongomock_server of its own."""
    given = os.environ.get("TEST_MONGODB_URI")
    if given is None:
        with mongomock_server() as server:
            # mongomock looks at every document for every index: on a busy machine a large insert takes its time.
            yield with_database(server.url, database) + "?connectTimeoutMS=60000"
        return
    client: MongoClient[dict[str, Any]]
    with MongoClient(given) as client:
        client.drop_database(database)
        try:
            yield with_database(given, database)
        finally:
            client.drop_database(database)


def emptied(url: str) -> str:
    """`url`, once nothing is left in its collections; they stay with their indexes, to be made once and not for every test."""
    client: MongoClient[dict[str, Any]]
    with MongoClient(url) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            database[name].delete_many({})
    return url


def with_database(url: str, database: str) -> str:
    """`url` with its database replaced."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
