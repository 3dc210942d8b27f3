"""Brings a file to the layout that the models ask for: what lacks is made and filled from the documents, what no model
declares any more is dropped. All of it is one transaction, so a second process that starts at the same time waits and then
finds everything done.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

import sqlite3
from typing import Final

import bson

from models.odm.sqlite.keys import encode
from models.odm.sqlite.layout import Layout, quote
from models.odm.sqlite.pool import Pool
from models.odm.sqlite.reading import BSON_OPTIONS

ENCODING: Final = 1
"""The version of the column values in `keys`; a file with another one has all its columns filled anew."""


def migrate(pool: Pool, layouts: list[Layout]) -> None:
    """Makes the file fit `layouts`.

    Raises:
        DuplicateKey: a new unique index does not hold for the documents that are there.
    """
    with pool.transaction() as connection:
        encoding = int(connection.execute("PRAGMA user_version").fetchall()[0][0])
        for layout in layouts:
            _migrate_one(connection, layout, refill=encoding not in (0, ENCODING))
        connection.execute(f"PRAGMA user_version = {ENCODING}")


def _migrate_one(connection: sqlite3.Connection, layout: Layout, *, refill: bool) -> None:
    existing = _objects(connection, layout.name)
    if layout.name not in existing:
        connection.execute(layout.create)
    elif _has_integer_ids(connection, layout) != layout.has_integer_ids:
        _rebuild(connection, layout, existing)
        existing = _objects(connection, layout.name)
    wanted = {**layout.indexes}
    for name, (kind, sql) in existing.items():
        if kind == "index" and wanted.get(name) != sql:
            connection.execute(f"DROP INDEX {quote(name)}")
    _migrate_columns(connection, layout, refill=refill)
    _migrate_multikeys(connection, layout, existing, refill=refill)
    present = _objects(connection, layout.name)
    for name, sql in wanted.items():
        if name not in present:
            connection.execute(sql)


def _has_integer_ids(connection: sqlite3.Connection, layout: Layout) -> bool:
    return "_id" not in {row[1] for row in connection.execute(f"PRAGMA table_info({layout.table})")}


def _rebuild(connection: sqlite3.Connection, layout: Layout, existing: dict[str, tuple[str, str]]) -> None:
    """Copies a collection whose ids are of another type now; its indexes and side tables are made anew afterwards."""
    for name, (kind, _) in existing.items():
        if kind == "trigger":
            connection.execute(f"DROP TRIGGER {quote(name)}")
    for name, (kind, _) in existing.items():
        if kind == "table" and name != layout.name:
            connection.execute(f"DROP TABLE {quote(name)}")
    old = quote(f"{layout.name}:before")
    connection.execute(f"ALTER TABLE {layout.table} RENAME TO {old}")
    connection.execute(layout.create)
    for (blob,) in connection.execute(f"SELECT _doc FROM {old} ORDER BY _rid"):
        raw = bson.decode(blob, BSON_OPTIONS)
        connection.execute(layout.insert, (encode(raw["_id"]), *layout.keys(raw), blob))
    connection.execute(f"DROP TABLE {old}")


def _objects(connection: sqlite3.Connection, collection: str) -> dict[str, tuple[str, str]]:
    """The tables, indexes and triggers of a collection that carry SQL of ours: name -> (type, sql)."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: (kind, sql) for kind, name, sql in rows if name == collection or name.startswith((f"{collection}|", f"{collection}:"))
    }


def _migrate_columns(connection: sqlite3.Connection, layout: Layout, *, refill: bool) -> None:
    present = {row[1] for row in connection.execute(f"PRAGMA table_info({layout.table})")}
    # A column that nobody keeps up to date any more would be wrong when it is declared again.
    for name in present - {"_rid", "_id", "_doc"} - layout.columns.keys():
        connection.execute(f"ALTER TABLE {layout.table} DROP COLUMN {quote(name)}")
    missing = layout.columns.keys() - present
    for name in layout.columns:
        if name in missing:
            connection.execute(f"ALTER TABLE {layout.table} ADD COLUMN {quote(name)}")
    if (missing or refill) and layout.columns:
        rids = connection.execute(f"SELECT _rid FROM {layout.table}").fetchall()
        for (rid,) in rids:
            blob = connection.execute(f"SELECT _doc FROM {layout.table} WHERE _rid = ?", (rid,)).fetchall()[0][0]
            connection.execute(layout.fill, (*layout.keys(bson.decode(blob, BSON_OPTIONS)), rid))


def _migrate_multikeys(
    connection: sqlite3.Connection, layout: Layout, existing: dict[str, tuple[str, str]], *, refill: bool
) -> None:
    wanted = {quote(name): name for name in existing}
    for multikey in layout.multikeys:
        name = wanted.get(multikey.table)
        if name is not None and existing[name][1] == multikey.create and not refill:
            continue
        if name is not None:
            connection.execute(f"DROP TABLE {multikey.table}")
            connection.execute(f"DROP TRIGGER IF EXISTS {multikey.trigger_name}")
        connection.execute(multikey.create)
        connection.execute(multikey.trigger)
        for rid, blob in connection.execute(f"SELECT _rid, _doc FROM {layout.table}"):
            rows = multikey.rows(bson.decode(blob, BSON_OPTIONS))
            connection.executemany(multikey.insert, [(rid, n, *row) for n, row in enumerate(rows)])
    kept = {multikey.table for multikey in layout.multikeys}
    for name, (kind, _) in existing.items():
        if kind == "table" and name != layout.name and quote(name) not in kept:
            connection.execute(f"DROP TRIGGER IF EXISTS {quote(f'{name}:delete')}")
            connection.execute(f"DROP TABLE {quote(name)}")
