"""A database in one SQLite file."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.odm.engine import Collection, Engine, SortPaths
from models.odm.errors import DatabaseUnavailable
from models.odm.filters import DATE, Query
from models.odm.schema import Schema
from models.odm.sqlite.collection import SqliteCollection
from models.odm.sqlite.keys import BRACKETS, encode
from models.odm.sqlite.layout import Layout, quote
from models.odm.sqlite.migration import migrate
from models.odm.sqlite.pool import Pool
from utils.clock import now
from utils.concurrency import offload

_SWEEP_CHUNK = 1000


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
        self._layouts: dict[str, Layout] = {}
        self._collections: dict[str, SqliteCollection] = {}

    def open(self, schemas: Sequence[Schema]) -> dict[str, Collection]:
        self._layouts = {schema.collection: Layout(schema) for schema in schemas}
        self._pool.unique_fields = {
            key: (layout.name, fields)
            for layout in self._layouts.values()
            for key, fields in {**layout.unique_fields, f"{layout.name}.{layout.id_column}": ("_id",)}.items()
        }
        migrate(self._pool, list(self._layouts.values()))
        self._collections = {name: SqliteCollection(self, self._pool, layout) for name, layout in self._layouts.items()}
        return dict(self._collections)

    def close(self) -> None:
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
