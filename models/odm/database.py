"""Opening a database and binding document classes to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from models.odm.document import Document
from models.odm.engine import Engine
from models.odm.filters import Filter
from models.odm.migrations import Migration
from models.odm.results import QueryCounts
from models.odm.schema import Sort
from models.odm.upgrading import Upgrade


class Database:
    """An open database, and the document classes that live in it."""

    def __init__(self, engine: Engine, documents: Sequence[type[Document]], upgrade: Upgrade) -> None:
        self.engine = engine
        self.documents = tuple(documents)
        self.upgrade = upgrade

    @property
    def url_scheme(self) -> str:
        """`sqlite` or `mongodb`."""
        return self.engine.scheme

    def close(self) -> None:
        """Closes it and unbinds the classes that are still bound to it. Closing twice is harmless."""
        for document in self.documents:
            bound = document.__dict__.get("_bound")
            if bound is not None and bound.engine is self.engine:
                document.bind(None)
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


def connect(url: str, documents: Sequence[type[Document]], *, migrations: Sequence[Migration] = (), **options: Any) -> Database:
    """Opens the database at `url`, adds the collections and indexes that `documents` need, and binds the classes to it.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path` or `mongodb://host/database` (`mongodb+srv` too).
        documents: all classes that are used; a class that is bound already is bound to this database from now on.
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
    for document, name in zip(documents, names, strict=True):
        document.bind(collections[name])
    return Database(engine, documents, upgrade)


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
