"""A MongoDB database: a replica set or a sharded cluster, or a single server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pymongo import MongoClient, errors, monitoring

from models.odm.codec import Raw
from models.odm.engine import Collection, Engine, SortPaths
from models.odm.filters import Query
from models.odm.indexes import Index
from models.odm.mongodb import preparation, rewriting
from models.odm.mongodb.collection import MongoCollection
from models.odm.mongodb.errors import translated
from models.odm.mongodb.ledger import ALIVE_SECONDS, LEASE_SECONDS, MongoLedger
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
        options: further keyword arguments of pymongo's MongoClient; `lease_seconds` and `alive_seconds` are MongoLedger's.
    """

    scheme = "mongodb"

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        super().__init__()
        ours = {"lease_seconds": LEASE_SECONDS, "alive_seconds": ALIVE_SECONDS}
        times = {name: float(options.get(name, default)) for name, default in ours.items()}
        options = {name: value for name, value in options.items() if name not in ours}
        named = url.partition("?")[2].lower()
        defaults = {name: value for name, value in _DEFAULTS.items() if f"{name.lower()}=" not in named}
        try:
            self._client: MongoClient[Raw] = MongoClient(
                url, tz_aware=True, event_listeners=[_Counter(self)], **{**defaults, **options}
            )
            self._database = self._client.get_default_database(DEFAULT_DATABASE)
        except (errors.ConfigurationError, TypeError) as error:
            raise ValueError(f"the database URL is wrong: {error}") from error
        self.ledger = MongoLedger(self._database, **times)
        self._collections: dict[str, MongoCollection] = {}

    def is_empty(self, schemas: Sequence[Schema]) -> bool:
        with translated():
            return not any(self._database[schema.collection].find_one({}, {"_id": 1}) for schema in schemas)

    def prepare(self, schemas: Sequence[Schema], no_others: Callable[[str], None]) -> None:
        preparation.prepare_collections(self._database, list(schemas))

    def build_indexes(self, schemas: Sequence[Schema]) -> None:
        for schema in schemas:
            preparation.prepare_indexes(self._database, schema)

    def collections(self, schemas: Sequence[Schema]) -> dict[str, Collection]:
        self._collections = {
            schema.collection: MongoCollection(self, schema, self._database[schema.collection]) for schema in schemas
        }
        return dict(self._collections)

    def rewrite(self, collection: str, change: Callable[[Raw], Raw], after: Any) -> Any:
        with translated(collection):
            return rewriting.rewrite(self._database[collection], change, after)

    def drop_index(self, collection: str, index: Index) -> None:
        with translated(collection):
            for name in preparation.matching(self._database, collection, index):
                self._database[collection].drop_index(name)

    def drop_collection(self, collection: str) -> None:
        with translated(collection):
            self._database.drop_collection(collection)

    def lacking(self, collection: str, field: str) -> Any:
        with translated(collection):
            found = self._database[collection].find_one({field: {"$exists": False}}, {"_id": 1})
        return None if found is None else found["_id"]

    def leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        return [f"{schema.collection}.{name}" for schema in schemas for name in preparation.undeclared(self._database, schema)]

    def drop_leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        dropped = []
        for schema in schemas:
            for name in preparation.undeclared(self._database, schema):
                with translated(schema.collection):
                    self._database[schema.collection].drop_index(name)
                dropped.append(f"{schema.collection}.{name}")
        # One of a server from before MongoDB 5 may have stood in for ours.
        self.build_indexes(schemas)
        return dropped

    def narrow(self, schemas: Sequence[Schema]) -> None:
        preparation.narrow(self._database, list(schemas))

    def close(self) -> None:
        self.ledger.leave()
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
        if self._engine.counters and not _is_bookkeeping(event):
            if event.command_name in _READS:
                self._engine.count_read()
            elif event.command_name in _WRITES:
                self._engine.count_write()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Needed by the interface."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Needed by the interface."""


def _is_bookkeeping(event: monitoring.CommandStartedEvent) -> bool:
    """Whether it is the ledger's, which writes now and then whatever the program does."""
    return str(event.command.get(event.command_name)).startswith("odm_")
