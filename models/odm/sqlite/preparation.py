"""Adds to a file what the models ask for and it lacks: tables, columns, side tables, indexes. Nothing is dropped here.

A new column or side table is there before it is filled: from then on every process, of whatever version, keeps it up to date
(see keeping), and what was stored before is filled in by short transactions, between which others write. Where it got to is
in the catalog, so that the next process goes on where one was killed. An index is made once all of its columns are filled.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Final

import bson

from models.odm.errors import DuplicateKey, NotUnique, OdmError
from models.odm.indexes import Index
from models.odm.schema import Schema
from models.odm.sqlite import catalog
from models.odm.sqlite.catalog import BSON_OPTIONS
from models.odm.sqlite.keeping import quote
from models.odm.sqlite.keys import decode, encode
from models.odm.sqlite.layout import Layout, other_name
from models.odm.sqlite.pool import Pool

ENCODING: Final = 1
"""The version of the column values in `keys`; a file with another one has all its columns filled anew."""

_FILL_ROWS: Final = 500

NoOthers = Callable[[str], None]
"""Raises OdmError where processes of other versions have the file open; takes what they must not see."""


def layouts_for(pool: Pool, schemas: Sequence[Schema]) -> dict[str, Layout]:
    """How each collection lies, or is going to lie, in the file."""
    connection = pool.acquire()
    try:
        made = {}
        for schema in schemas:
            columns = pool.patiently(lambda name=schema.collection: catalog.all_columns(connection, name))  # type: ignore[misc]
            made[schema.collection] = Layout(schema, numbered="_id" not in columns)
        return made
    except sqlite3.Error as error:
        pool.fail(error)
    finally:
        pool.release(connection)


def lay_out(pool: Pool, layouts: Sequence[Layout], no_others: NoOthers) -> None:
    """Makes the tables, columns and side tables that lack, and fills them.

    Raises:
        OdmError: a change that other versions cannot live with is needed, and they have the file open.
    """
    with pool.transaction() as connection:
        catalog.create(connection)
        encoding = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if encoding > ENCODING:
            raise OdmError(f"{pool.path} was written by a newer version of the program; start that one")
        for layout in layouts:
            _lay_out_one(connection, layout, no_others)
        if 0 < encoding < ENCODING:
            no_others("the columns of indexed fields are written in another way")
            for layout in layouts:
                catalog.note_all(connection, layout.name)
        if encoding != ENCODING:
            connection.execute(f"PRAGMA user_version = {ENCODING}")
    for layout in layouts:
        while _fill_some(pool, layout):
            # Unfair as the file's lock is, others get it only while nobody wants it.
            time.sleep(0.001)


def _lay_out_one(connection: sqlite3.Connection, layout: Layout, no_others: NoOthers) -> None:
    existing = objects(connection, layout.name)
    if layout.name not in existing:
        connection.execute(layout.create)
    elif not layout.has_integer_ids and "_id" not in catalog.all_columns(connection, layout.name):
        no_others(f"{layout.name} gets ids that are no integers")
        _rebuild(connection, layout, existing)
        existing = objects(connection, layout.name)
    empty = not connection.execute(f"SELECT 1 FROM {layout.table} LIMIT 1").fetchone()
    present = catalog.columns(connection, layout.name)
    for name in [name for name in layout.columns if name not in present]:
        connection.execute(f"ALTER TABLE {layout.table} ADD COLUMN {quote(name)}")
        if not empty:
            catalog.note_column(connection, layout.name, name)
    _add_side_tables(connection, layout, existing, empty=empty)


def _add_side_tables(connection: sqlite3.Connection, layout: Layout, existing: dict[str, tuple[str, str]], *, empty: bool) -> None:
    kept = catalog.side_tables(connection, layout.name)
    for name, (kind, sql) in existing.items():
        if kind != "table" or name == layout.name or name in kept:
            continue
        # From before there was a catalog: ours if we declare the same, and else nobody knows any more what belongs in it.
        mine = next((multikey for multikey in layout.multikeys if multikey.name == name and multikey.create == sql), None)
        if mine is not None:
            catalog.note_side_table(connection, mine.definition, filled=True)
        else:
            connection.execute(f"DROP TRIGGER IF EXISTS {quote(f'{name}:delete')}")
            connection.execute(f"DROP TABLE {quote(name)}")
    kept = catalog.side_tables(connection, layout.name)
    for multikey in layout.multikeys:
        present = kept.get(multikey.name)
        if present is None:
            connection.execute(multikey.create)
            connection.execute(multikey.trigger)
            catalog.note_side_table(connection, multikey.definition, filled=empty)
        elif present.definition != multikey.definition:
            raise OdmError(
                f"{layout.name} has the index {multikey.index.name} over another list: a migration has to drop that (DropIndex)"
            )


def _fill_some(pool: Pool, layout: Layout) -> bool:
    """Fills what is not complete for some documents; whether there may be more."""
    if not pool.read("SELECT 1 FROM odm_catalog WHERE collection = ? AND filled_to IS NOT NULL", (layout.name,)):
        return False
    with pool.transaction() as connection:
        after, columns, tables = catalog.unfilled(connection, layout.name)
        rows = connection.execute(
            f"SELECT _rid, _doc FROM {layout.table} WHERE _rid > ? ORDER BY _rid LIMIT {_FILL_ROWS}", (after,)
        ).fetchall()
        keeping = catalog.keeping(connection, layout.name)
        at = tuple(position for position, name in enumerate(keeping.columns) if name in columns)
        names = ", ".join(f"{quote(keeping.columns[position])} = ?" for position in at)
        for rid, blob in rows:
            raw = bson.decode(blob, BSON_OPTIONS)
            if at:
                values = [keeping.readers[position][1](raw) for position in at]
                connection.execute(f"UPDATE {layout.table} SET {names} WHERE _rid = ?", (*values, rid))
            for table in keeping.side_tables:
                if table.name in tables:
                    connection.execute(table.delete, (rid,))
                    connection.executemany(table.insert, [(rid, n, *row) for n, row in enumerate(table.rows(raw))])
        catalog.filled(connection, layout.name, rows[-1][0] if len(rows) == _FILL_ROWS else None)
    return len(rows) == _FILL_ROWS


def build_indexes(pool: Pool, layouts: Sequence[Layout]) -> None:
    """Makes the indexes that lack, each in a transaction of its own.

    Raises:
        NotUnique: a new unique index does not hold for the documents that are there.
    """
    missing = [(layout, sql, name) for layout in layouts for name, sql in _missing_indexes(pool, layout)]
    for layout, sql, name in missing:
        try:
            with pool.transaction() as connection:
                connection.execute(sql)
        except DuplicateKey:
            index = next(
                index for index in layout.schema.indexes if index.unique and name.startswith(f"{layout.name}|{index.name}")
            )
            raise NotUnique(index.fields, layout.name, _twins(pool, layout, index)) from None


def _missing_indexes(pool: Pool, layout: Layout) -> list[tuple[str, str]]:
    """The (name, SQL) of the indexes to make. What is the same under another name is there; and where another version
    has a different one of that name, ours gets another name."""
    existing = {
        str(name): str(sql)
        for name, sql in pool.read("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    }
    there = {signature(name, sql) for name, sql in existing.items()}
    missing = []
    for name, sql in layout.indexes.items():
        if signature(name, sql) in there:
            continue
        called = other_name(name, unique=sql.startswith("CREATE UNIQUE")) if name in existing else name
        missing.append((name, sql.replace(f" INDEX {quote(name)} ", f" INDEX {quote(called)} ", 1)))
    return missing


def signature(name: str, sql: str) -> str:
    """An index without its name: two with the same are the same."""
    return sql.replace(f" INDEX {quote(name)} ", " INDEX ", 1)


def _twins(pool: Pool, layout: Layout, index: Index) -> list[object]:
    """The ids of two documents that keep an index from being unique, where columns tell."""
    columns = [layout.column(layout.schema.path(name)) for name in index.fields]
    if None in columns or index.partial:
        return []
    keys = ", ".join(map(str, columns))
    grouped = pool.read(f"SELECT min(_rid), max(_rid) FROM {layout.table} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1")
    ids = pool.read(f"SELECT {layout.id_column} FROM {layout.table} WHERE _rid IN (?, ?)", grouped[0]) if grouped else []
    return [decode(row[0]) for row in ids]


def _rebuild(connection: sqlite3.Connection, layout: Layout, existing: dict[str, tuple[str, str]]) -> None:
    """Copies a collection whose ids are no longer integers; its side tables are made anew afterwards."""
    for name, (kind, _) in existing.items():
        if kind == "trigger":
            connection.execute(f"DROP TRIGGER {quote(name)}")
    for name, (kind, _) in existing.items():
        if kind == "table" and name != layout.name:
            connection.execute(f"DROP TABLE {quote(name)}")
            catalog.forget(connection, layout.name, catalog.SIDE_TABLE, name)
    old = quote(f"{layout.name}:before")
    connection.execute(f"ALTER TABLE {layout.table} RENAME TO {old}")
    connection.execute(layout.create)
    for name in layout.columns:
        catalog.forget(connection, layout.name, catalog.COLUMN, name)
    columns = catalog.keeping(connection, layout.name)
    for (blob,) in connection.execute(f"SELECT _doc FROM {old} ORDER BY _rid"):
        raw = bson.decode(blob, BSON_OPTIONS)
        connection.execute(columns.insert, (encode(raw["_id"]), *columns.keys(raw), blob))
    connection.execute(f"DROP TABLE {old}")


def objects(connection: sqlite3.Connection, collection: str) -> dict[str, tuple[str, str]]:
    """The tables, indexes and triggers of a collection that carry SQL of ours: name -> (type, sql)."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: (kind, sql) for kind, name, sql in rows if name == collection or name.startswith((f"{collection}|", f"{collection}:"))
    }
