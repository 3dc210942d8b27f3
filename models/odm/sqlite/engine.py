"""A database in one SQLite file."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import bson

from models.odm.codec import Raw
from models.odm.engine import Collection, Engine, SortPaths
from models.odm.errors import DatabaseUnavailable
from models.odm.filters import DATE, Query
from models.odm.indexes import Index
from models.odm.schema import Schema
from models.odm.sqlite import catalog, removing
from models.odm.sqlite.catalog import BSON_OPTIONS
from models.odm.sqlite.collection import SqliteCollection
from models.odm.sqlite.keeping import quote
from models.odm.sqlite.keys import BRACKETS, encode
from models.odm.sqlite.layout import Layout
from models.odm.sqlite.ledger import SqliteLedger
from models.odm.sqlite.pool import Pool
from models.odm.sqlite.preparation import build_indexes, lay_out, layouts_for
from models.odm.sqlite.writing import update_row
from utils.clock import now
from utils.concurrency import offload

_SWEEP_CHUNK: Final = 1000
_REWRITE_CHUNK: Final = 200
# Unfair as the file's lock is, others get it only while nobody wants it.
_PAUSE: Final = 0.001


class SqliteEngine(Engine):
    """SQLite at `path`.

    Args:
        path: the file, made with its folder where it lacks.
        options: `synchronous` ("normal", the default: a killed process loses nothing, a power cut may lose the last
            commits; "full": nor does a power cut, at some 0.1 ms and more a commit) and `busy_timeout_ms` (10,000): how
            long to wait for another process that writes.
    """

    scheme = "sqlite"

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        super().__init__()
        unknown = options.keys() - {"synchronous", "busy_timeout_ms"}
        if unknown:
            raise ValueError(f"unknown option of a sqlite URL: {', '.join(sorted(unknown))}")
        synchronous = str(options.get("synchronous", "normal")).upper()
        if synchronous not in ("NORMAL", "FULL"):
            raise ValueError("synchronous is full or normal")
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(f"the folder cannot be made ({error})") from error
        self._pool = Pool(path, synchronous=synchronous, busy_timeout=int(options.get("busy_timeout_ms", 10_000)) / 1000)
        self.ledger = SqliteLedger(self._pool)
        self._layouts: dict[str, Layout] = {}
        self._collections: dict[str, SqliteCollection] = {}

    def is_empty(self, schemas: Sequence[Schema]) -> bool:
        tables = {str(row[0]) for row in self._pool.read("SELECT name FROM sqlite_master WHERE type = 'table'")}
        there = [quote(schema.collection) for schema in schemas if schema.collection in tables]
        return not any(self._pool.read(f"SELECT 1 FROM {table} LIMIT 1") for table in there)

    def prepare(self, schemas: Sequence[Schema], no_others: Callable[[str], None]) -> None:
        self._layouts = layouts_for(self._pool, schemas)
        self._pool.unique_fields = {
            key: (layout.name, fields)
            for layout in self._layouts.values()
            for key, fields in {**layout.unique_fields, f"{layout.name}.{layout.id_column}": ("_id",)}.items()
        }
        lay_out(self._pool, list(self._layouts.values()), no_others)
        self._pool.watch_schema(self._keep_all)

    def build_indexes(self, schemas: Sequence[Schema]) -> None:
        build_indexes(self._pool, list(self._layouts.values()))

    def collections(self, schemas: Sequence[Schema]) -> dict[str, Collection]:
        self._collections = {name: SqliteCollection(self, self._pool, layout) for name, layout in self._layouts.items()}
        return dict(self._collections)

    def _keep_all(self, connection: sqlite3.Connection) -> None:
        """Has the next writes keep up to date whatever the file holds by now, our own or another version's."""
        for layout in self._layouts.values():
            found = catalog.keeping(connection, layout.name)
            if not found.keeps_the_same(layout.keeping):
                layout.keeping = found

    def rewrite(self, collection: str, change: Callable[[Raw], Raw], after: Any) -> Any:
        with self._pool.transaction() as connection:
            if not catalog.all_columns(connection, collection):
                return None
            keeping = catalog.keeping(connection, collection)
            rows = connection.execute(
                f"SELECT _rid, _doc FROM {keeping.table} WHERE _rid > ? ORDER BY _rid LIMIT {_REWRITE_CHUNK}",
                (catalog.NOTHING_FILLED if after is None else after,),
            ).fetchall()
            for rid, blob in rows:
                old = bson.decode(blob, BSON_OPTIONS)
                update_row(connection, keeping, rid, old, change(old))
        time.sleep(_PAUSE)
        return rows[-1][0] if len(rows) == _REWRITE_CHUNK else None

    def drop_index(self, collection: str, index: Index) -> None:
        removing.drop_index(self._pool, collection, index, self._layouts.get(collection))

    def drop_collection(self, collection: str) -> None:
        removing.drop_collection(self._pool, collection)

    def lacking(self, collection: str, field: str) -> Any:
        table = quote(collection)
        for batch in self._pool.read_batches(f"SELECT _doc FROM {table}", ()):
            for (blob,) in batch:
                raw = bson.decode(blob, BSON_OPTIONS)
                if field not in raw:
                    return raw["_id"]
        return None

    def leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        return removing.leftovers(self._pool, self._layouts.values())

    def drop_leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        return removing.drop_leftovers(self._pool, list(self._layouts.values()))

    def narrow(self, schemas: Sequence[Schema]) -> None:
        """Nothing: the file itself accepts every document."""

    def close(self) -> None:
        self.ledger.leave()
        self._pool.close()

    def ping(self) -> None:
        self._pool.read("SELECT count(*) FROM sqlite_master")

    def stats(self) -> dict[str, Any]:
        # SQLite counts by reading every page: not on the thread that serves everyone.
        return offload(self._counted)

    def _counted(self) -> dict[str, Any]:
        counts = {
            name: int(self._pool.read(f"SELECT count(*) FROM {layout.table}")[0][0]) for name, layout in self._layouts.items()
        }
        files = [self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal")]
        return {"collections": counts, "bytes": sum(file.stat().st_size for file in files if file.exists())}

    def sweep_expired(self) -> int:
        """Deletes what a TTL index says is over, in short transactions so that other writers get in between."""
        swept = 0
        for layout in self._layouts.values():
            for index in layout.schema.indexes:
                if index.ttl_seconds is None:
                    continue
                column = quote(index.fields[0])
                limit = encode(now() - timedelta(seconds=index.ttl_seconds))
                sql = (
                    f"DELETE FROM {layout.table} WHERE _rid IN (SELECT _rid FROM {layout.table} "
                    f"WHERE {column} >= {BRACKETS[DATE][0]} AND {column} <= ? LIMIT {_SWEEP_CHUNK})"
                )
                while True:
                    if self.counters:
                        self.count_write()
                    deleted = self._pool.write_one(sql, (limit,))
                    swept += deleted
                    if deleted < _SWEEP_CHUNK:
                        break
        return swept

    def explain(self, schema: Schema, query: Query, sort: SortPaths, limit: int) -> list[str]:
        return self._collections[schema.collection].explain(query, sort, limit)

    def integrity_errors(self) -> list[str]:
        """What SQLite's own check of the file finds wrong; nothing, for a sound one. Reads all of it."""
        found = [str(row[0]) for row in self._pool.read("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found
