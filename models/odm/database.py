"""Opening a database, and saying which one the running code works on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from models.odm.document import Document, active_collections
from models.odm.engine import Collection, Engine
from models.odm.filters import Filter
from models.odm.migrations import Migration
from models.odm.results import QueryCounts
from models.odm.schema import Sort
from models.odm.upgrading import Upgrade


class Database:
    """An open database, and the document classes that live in it.

    Several can be open in one process: documents are read from and written to the one that is active where the code runs.
    """

    def __init__(self, engine: Engine, collections: Mapping[type[Document], Collection], upgrade: Upgrade) -> None:
        self.engine = engine
        self.upgrade = upgrade
        self._collections = dict(collections)

    @contextmanager
    def active(self) -> Iterator[Self]:
        """Makes documents mean this database while the block is open, in this thread (or green thread) alone."""
        before = active_collections.set(self._collections)
        try:
            yield self
        finally:
            active_collections.reset(before)

    def activate(self) -> None:
        """The same for good: for a script, or a thread of its own, that works on one database."""
        active_collections.set(self._collections)

    def share(self, document: type[Document], owner: type[Document]) -> None:
        """Lets `document`, a newer or older form of `owner`, read and write its collection."""
        self._collections[document] = self._collections[owner]

    @property
    def url_scheme(self) -> str:
        """`sqlite` or `mongodb`."""
        return self.engine.scheme

    def close(self) -> None:
        """Closes it; what still works on it gets an OdmError. Closing twice is harmless."""
        self.engine.close()

    def ping(self) -> None:
        """Asks the database whether it answers.

        Raises:
            DatabaseUnavailable: it does not.
        """
        self.engine.ping()

    def stats(self) -> dict[str, Any]:
        """{"collections": {name: number of documents}, "bytes": size on disk}."""
        return self.engine.stats()

    def sweep_expired(self) -> int:
        """Deletes documents that a TTL index says are over; returns how many. MongoDB does so itself: 0."""
        return self.engine.sweep_expired()

    def explain(
        self, document: type[Document], filter: Filter | None = None, *, sort: Sort | None = None, limit: int = 0
    ) -> list[str]:
        """How the engine would run `find`: on SQLite the steps of EXPLAIN QUERY PLAN."""
        schema = document.schema_of
        return self.engine.explain(schema, schema.filters.compile(filter), schema.sort(sort), limit)

    @contextmanager
    def count_queries(self) -> Iterator[QueryCounts]:
        """Counts the round trips to the engine, of all threads, while the block is open."""
        counts = QueryCounts()
        self.engine.counters.append(counts)
        try:
            yield counts
        finally:
            # By identity: two blocks with the same numbers are not the same block.
            self.engine.counters[:] = [counter for counter in self.engine.counters if counter is not counts]


def connect(url: str, documents: Sequence[type[Document]], **options: Any) -> Database:
    """`open_database`, and makes it the one that the caller's thread works on from now on."""
    database = open_database(url, documents, **options)
    database.activate()
    return database


def open_database(
    url: str, documents: Sequence[type[Document]], *, migrations: Sequence[Migration] = (), **options: Any
) -> Database:
    """Opens the database at `url` and adds the collections and indexes that `documents` need.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path` or `mongodb://host/database` (`mongodb+srv` too).
        documents: all classes that are used.
        migrations: all that this program knows, in order; those that are due are run.
        options: of the engine, as in the query of a sqlite URL: see SqliteEngine and MongoEngine.

    Raises:
        ValueError: the URL or an option is wrong.
        DatabaseUnavailable: the database cannot be opened.
        NotUnique: a unique index that a model newly declares does not hold for the documents there.
        DatabaseTooNew, MigrationBlocked: see models.odm.upgrading.
    """
    schemas = [document.schema_of for document in documents]
    names = [schema.collection for schema in schemas]
    if len(set(names)) < len(names):
        raise ValueError("two document classes name the same collection")
    engine = _engine(url, options)
    try:
        upgrade = Upgrade(engine, schemas, migrations)
        collections = upgrade.open()
    except BaseException:
        engine.close()
        raise
    return Database(engine, {document: collections[name] for document, name in zip(documents, names, strict=True)}, upgrade)


def _engine(url: str, options: dict[str, Any]) -> Engine:
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        from models.odm.sqlite import SqliteEngine

        parts = urlsplit(url)
        path = unquote(parts.path[1:])
        if parts.netloc or not path or path.endswith("/"):
            raise ValueError("a sqlite URL is sqlite:///relative/path or sqlite:////absolute/path")
        return SqliteEngine(Path(path), {**dict(parse_qsl(parts.query)), **options})
    if scheme in ("mongodb", "mongodb+srv"):
        from models.odm.mongodb import MongoEngine

        return MongoEngine(url, options)
    raise ValueError(f"a database URL begins with sqlite:// or mongodb://, not {scheme}://")
