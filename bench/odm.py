"""How fast is the ODM on SQLite, against mongomock, nx-27017 and SQLite without an ODM?

`python -m bench.odm [--documents N] [--quick]`. All hold the same N (100,000) messages in 20 rooms. Ours validates what goes in and
gives Document instances; the others store and give plain dicts: mongomock in this process, nx-27017 through pymongo, and "bare"
with the statements and the BSON that ours uses, written out by hand. Figures are the medians of all calls. The contestants take
turns; a slow one makes only as many calls a round as fit into a second, as the table says. Expected: reading by id and
by index at least 10 times as fast as mongomock and nx-27017, a single insert at least 5 times as fast as nx-27017, and the last 50
messages of a room within 3 times the bare time.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import bson
import mongomock
from bson import ObjectId
from bson.codec_options import CodecOptions
from pymongo import MongoClient

from bench.support.tables import print_table
from models.odm import ASC, DESC, Document, Index, connect
from tests.support.nx import nx_27017

ROOMS: Final = 20
OPTIONS: Final[CodecOptions[Any]] = CodecOptions(tz_aware=True)
NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Message(Document):
    """A chat message. Its room is named by a string, for nx-27017 does not find an ObjectId outside of `_id`."""

    class Settings:
        collection = "messages"
        indexes = [Index(("room", ASC), ("seq", ASC), unique=True)]

    room: str
    seq: int
    author: str
    body: str
    kind: str = "text"
    created_at: datetime = NOW
    deleted: bool = False


def room(number: int) -> str:
    return f"room-{number % ROOMS}"


def fields(number: int) -> dict[str, Any]:
    """Message `number` without its id: messages go round the rooms, and `seq` rises in each."""
    body = f"Message {number}, of the usual length."
    return {"room": room(number), "seq": number // ROOMS, "author": f"user-{number % 97}", "body": body}


def raw(number: int) -> dict[str, Any]:
    """The same as it is stored."""
    return {"_id": ObjectId(), **fields(number), "kind": "text", "created_at": NOW, "deleted": False}


class Contestant(Protocol):
    """Something that stores messages. Numbers say which message or room; `ids` are those that `load` stored."""

    name: str
    ids: list[ObjectId]

    def load(self, numbers: range) -> None: ...
    def insert(self, number: int) -> None: ...
    def bulk_insert(self, numbers: range) -> None: ...
    def get(self, id: ObjectId) -> Any: ...
    def last_50(self, number: int) -> list[Any]: ...
    def update(self, id: ObjectId, number: int) -> None: ...
    def count(self, number: int) -> int: ...


class Ours:
    name = "ODM on SQLite"

    def __init__(self, folder: Path) -> None:
        self.ids: list[ObjectId] = []
        self.database = connect(f"sqlite:///{folder / 'ours.db'}", [Message])

    def load(self, numbers: range) -> None:
        documents = [Message(**fields(number)) for number in numbers]
        self.ids += [document.id for document in documents]
        Message.insert_many(documents)

    def insert(self, number: int) -> None:
        Message(**fields(number)).insert()

    def bulk_insert(self, numbers: range) -> None:
        Message.insert_many([Message(**fields(number)) for number in numbers])

    def get(self, id: ObjectId) -> Any:
        return Message.get(id)

    def last_50(self, number: int) -> list[Any]:
        return Message.find({"room": room(number)}, sort=[("seq", DESC)], limit=50)

    def update(self, id: ObjectId, number: int) -> None:
        Message.update_one({"_id": id}, {"$set": {"body": f"Edited {number}"}})

    def count(self, number: int) -> int:
        return Message.count({"room": room(number), "seq": {"$gte": 100, "$lt": 200}})


class Bare:
    """What one would write by hand: the same table, the same statements, the same BSON."""

    name = "bare sqlite3"

    def __init__(self, folder: Path) -> None:
        self.ids: list[ObjectId] = []
        self.connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -16000", "mmap_size = 268435456"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("PRAGMA wal_autocheckpoint = 4000")
        self.connection.execute("CREATE TABLE messages (rid INTEGER PRIMARY KEY, id NOT NULL UNIQUE, room, seq, doc BLOB NOT NULL)")
        self.connection.execute("CREATE UNIQUE INDEX room_seq ON messages (room, seq)")

    def load(self, numbers: range) -> None:
        documents = [raw(number) for number in numbers]
        self.ids += [document["_id"] for document in documents]
        self._store(documents)

    def _store(self, documents: list[dict[str, Any]]) -> None:
        rows = [(document["_id"].binary, document["room"], document["seq"], bson.encode(document)) for document in documents]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO messages (id, room, seq, doc) VALUES (?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def insert(self, number: int) -> None:
        document = raw(number)
        self.connection.execute(
            "INSERT INTO messages (id, room, seq, doc) VALUES (?, ?, ?, ?)",
            (document["_id"].binary, document["room"], document["seq"], bson.encode(document)),
        )

    def bulk_insert(self, numbers: range) -> None:
        self._store([raw(number) for number in numbers])

    def get(self, id: ObjectId) -> Any:
        rows = self.connection.execute("SELECT doc FROM messages WHERE id = ?", (id.binary,)).fetchall()
        return bson.decode(rows[0][0], OPTIONS)

    def last_50(self, number: int) -> list[Any]:
        rows = self.connection.execute("SELECT doc FROM messages WHERE room = ? ORDER BY seq DESC LIMIT 50", (room(number),))
        return [bson.decode(row[0], OPTIONS) for row in rows.fetchall()]

    def update(self, id: ObjectId, number: int) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        rows = self.connection.execute("SELECT rid, doc FROM messages WHERE id = ?", (id.binary,)).fetchall()
        document = bson.decode(rows[0][1], OPTIONS) | {"body": f"Edited {number}"}
        self.connection.execute("UPDATE messages SET doc = ? WHERE rid = ?", (bson.encode(document), rows[0][0]))
        self.connection.execute("COMMIT")

    def count(self, number: int) -> int:
        sql = "SELECT count(*) FROM messages WHERE room = ? AND seq >= 100 AND seq < 200"
        return int(self.connection.execute(sql, (room(number),)).fetchall()[0][0])


class Pymongo:
    """A collection with pymongo's interface."""

    def __init__(self, name: str, collection: Any) -> None:
        self.name, self.collection = name, collection
        self.ids: list[ObjectId] = []

    def load(self, numbers: range) -> None:
        documents = [raw(number) for number in numbers]
        self.ids += [document["_id"] for document in documents]
        self.collection.insert_many(documents)

    def insert(self, number: int) -> None:
        self.collection.insert_one(raw(number))

    def bulk_insert(self, numbers: range) -> None:
        self.collection.insert_many([raw(number) for number in numbers])

    def get(self, id: ObjectId) -> Any:
        return self.collection.find_one({"_id": id})

    def last_50(self, number: int) -> list[Any]:
        return list(self.collection.find({"room": room(number)}).sort([("seq", -1)]).limit(50))

    def update(self, id: ObjectId, number: int) -> None:
        self.collection.update_one({"_id": id}, {"$set": {"body": f"Edited {number}"}})

    def count(self, number: int) -> int:
        return int(self.collection.count_documents({"room": room(number), "seq": {"$gte": 100, "$lt": 200}}))


BULK: Final = 1000
SECONDS: Final = 1.0
OPERATIONS: Final[dict[str, int]] = {"insert": 300, "bulk insert, per document": 3, "get by id": 500, "last 50 of a room": 100,
                                     "update by id": 200, "count by index": 100}  # fmt: skip
ROUNDS: Final = 5


def call(contestant: Contestant, operation: str, number: int) -> Callable[[], Any]:
    """One call of an operation; `number` is above all those before it."""
    id = contestant.ids[number * 7919 % len(contestant.ids)]
    calls: dict[str, Callable[[], Any]] = {
        "insert": lambda: contestant.insert(number),
        "bulk insert, per document": lambda: contestant.bulk_insert(range(number, number + BULK)),
        "get by id": lambda: contestant.get(id),
        "last 50 of a room": lambda: contestant.last_50(number),
        "update by id": lambda: contestant.update(id, number),
        "count by index": lambda: contestant.count(number),
    }
    return calls[operation]


Figures = dict[str, dict[str, float]]


def measure(contestants: list[Contestant], documents: int, quick: bool) -> tuple[Figures, dict[str, dict[str, int]]]:
    """The median microseconds of a call (or of a document), and the number of calls, by operation and contestant."""
    times: dict[str, dict[str, list[float]]] = {op: {c.name: [] for c in contestants} for op in OPERATIONS}
    number = documents
    for _ in range(2 if quick else ROUNDS):
        for operation, calls in OPERATIONS.items():
            step = BULK if operation.startswith("bulk") else 1
            for contestant in contestants:
                runs = [call(contestant, operation, number + at * step) for at in range(calls)]
                end = time.perf_counter() + SECONDS
                for run in runs:
                    began = time.perf_counter()
                    run()
                    now = time.perf_counter()
                    times[operation][contestant.name].append((now - began) / step * 1e6)
                    if now > end:
                        break
            number += calls * BULK
    figures = {op: {name: statistics.median(spent) for name, spent in by.items()} for op, by in times.items()}
    return figures, {op: {name: len(spent) for name, spent in by.items()} for op, by in times.items()}


def checked(contestants: list[Contestant]) -> None:
    """Raises AssertionError where they do not all give the same answers, for then there is nothing to compare."""
    for contestant in contestants:
        found = contestant.last_50(3)
        seqs = [each["seq"] if isinstance(each, dict) else each.seq for each in found]
        assert len(seqs) == 50, contestant.name
        assert seqs == sorted(seqs, reverse=True), contestant.name
        assert contestant.count(3) == 100, contestant.name
        assert contestant.get(contestant.ids[5]) is not None, contestant.name


def main() -> int:
    """Returns 1 where an expectation does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="10,000 documents and 2 rounds")
    options = parser.parse_args()
    documents = min(options.documents, 10_000) if options.quick else options.documents
    if documents < 200 * ROOMS:
        parser.error(f"at least {200 * ROOMS} documents")
    client: MongoClient[dict[str, Any]]
    with tempfile.TemporaryDirectory() as folder, nx_27017() as server, MongoClient(server.url, tz_aware=True) as client:
        nx: Any = client.bench.messages
        nx.create_index([("room", 1), ("seq", 1)], unique=True)
        # mongomock gets no unique index: it compares each new document with all the others for one.
        mock: Any = mongomock.MongoClient(tz_aware=True)
        contestants: list[Contestant] = [
            Ours(Path(folder)), Bare(Path(folder)), Pymongo("mongomock", mock.bench.messages), Pymongo("nx-27017", nx),
        ]  # fmt: skip
        for contestant in contestants:
            for start in range(0, documents, 5000):
                contestant.load(range(start, min(start + 5000, documents)))
        checked(contestants)
        figures, made = measure(contestants, documents, options.quick)
    names = [contestant.name for contestant in contestants]
    ours = names[0]
    rows: list[list[object]] = []
    for operation, by in figures.items():
        rows.append([operation, *(f"{by[name]:,.1f} ({made[operation][name]:,})" for name in names),
                     *(f"{by[name] / by[ours]:,.1f}x" for name in names[1:])])  # fmt: skip
    print(f"Median microseconds a call (and the number of calls), {documents:,} documents in {ROOMS} rooms\n")
    print_table(["", *names, *(f"{name} / ours" for name in names[1:])], rows)
    print()
    return report(figures, *names)


def report(figures: Figures, ours: str, bare: str, mock: str, nx: str) -> int:
    """Prints which expectations hold; 1 where one does not."""
    expectations = [
        (f"{operation}: at least 10 times as fast as {other}", figures[operation][other] / figures[operation][ours] >= 10)
        for operation in ("get by id", "last 50 of a room", "count by index")
        for other in (mock, nx)
    ]
    insert, last = figures["insert"], figures["last 50 of a room"]
    expectations.append((f"insert: at least 5 times as fast as {nx}", insert[nx] / insert[ours] >= 5))
    expectations.append((f"last 50 of a room: within 3 times {bare}", last[ours] / last[bare] <= 3))
    for what, holds in expectations:
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {what}")
    return 0 if all(holds for _, holds in expectations) else 1


if __name__ == "__main__":
    sys.exit(main())
