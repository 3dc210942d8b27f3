"""A MongoDB database: a replica set or a sharded cluster, or a single server."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import MongoClient, errors, monitoring

from models.odm.codec import Raw
from models.odm.engine import Collection, Engine, SortPaths
from models.odm.filters import Query
from models.odm.mongodb.collection import MongoCollection
from models.odm.mongodb.errors import translated
from models.odm.mongodb.preparation import prepare
from models.odm.schema import Schema

DEFAULT_DATABASE: Final = "fieldroom"

_READS: Final = frozenset({"find", "getMore", "aggregate", "count", "distinct"})
_WRITES: Final = frozenset({"insert", "update", "delete", "findAndModify", "bulkWrite"})
_DEFAULTS: Final[dict[str, Any]] = {
    "appname": "fieldroom",
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 30_000,
    "waitQueueTimeoutMS": 5_000,
    "retryWrites": True,
    "retryReads": True,
}


class MongoEngine(Engine):
    """The database that a mongodb URL names (`fieldroom` where it names none).

    Args:
        url: as pymongo takes it; what it says about timeouts and so on counts more than our defaults.
        options: further keyword arguments of pymongo's MongoClient.
    """

    scheme = "mongodb"

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        super().__init__()
        named = url.partition("?")[2].lower()
        defaults = {name: value for name, value in _DEFAULTS.items() if f"{name.lower()}=" not in named}
        try:
            self._client: MongoClient[Raw] = MongoClient(
                url, tz_aware=True, event_listeners=[_Counter(self)], **{**defaults, **options}
            )
            self._database = self._client.get_default_database(DEFAULT_DATABASE)
        except (errors.ConfigurationError, TypeError) as error:
            raise ValueError(f"the database URL is wrong: {error}") from error
        self._collections: dict[str, MongoCollection] = {}

    def open(self, schemas: Sequence[Schema]) -> dict[str, Collection]:
        self.ping()
        prepare(self._database, list(schemas))
        self._collections = {
            schema.collection: MongoCollection(self, schema, self._database[schema.collection]) for schema in schemas
        }
        return dict(self._collections)

    def close(self) -> None:
        self._client.close()

    def ping(self) -> None:
        with translated():
            self._database.command("ping")

    def stats(self) -> dict[str, Any]:
        with translated():
            counts = {name: self._database[name].estimated_document_count() for name in self._collections}
            sizes = self._database.command("dbStats")
        return {"collections": counts, "bytes": int(sizes.get("storageSize", 0) + sizes.get("indexSize", 0))}

    def sweep_expired(self) -> int:
        """Nothing: the server deletes what has expired by itself, about once a minute."""
        return 0

    def explain(self, schema: Schema, query: Query, sort: SortPaths, limit: int) -> list[str]:
        return self._collections[schema.collection].explain(query, sort, limit)


class _Counter(monitoring.CommandListener):
    """Counts the commands that are sent, for `count_queries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self._engine.counters:
            if event.command_name in _READS:
                self._engine.count_read()
            elif event.command_name in _WRITES:
                self._engine.count_write()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Needed by the interface."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Needed by the interface."""
