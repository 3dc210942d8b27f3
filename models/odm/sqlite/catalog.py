"""What a file says of its own columns and side tables: how a side table is filled, and which of them are not filled yet.

    odm_catalog   collection, kind, name, definition, filled_to

A column that is complete needs no row. `filled_to` is the last row that was filled, NULL once all are; so a process that is
killed in the middle leaves behind where the next one goes on.
"""

import sqlite3
from typing import Any, Final

import bson
from bson.codec_options import CodecOptions

from models.odm.sqlite.keeping import Definition, Keeping, SideTable, quote

BSON_OPTIONS: Final[CodecOptions[Any]] = CodecOptions(tz_aware=True)
COLUMN, SIDE_TABLE = "column", "side table"
NOTHING_FILLED: Final = -(2**63)
OWN_COLUMNS: Final = frozenset({"_rid", "_id", "_doc"})

_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS odm_catalog (collection TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, "
    "definition BLOB, filled_to INTEGER, PRIMARY KEY (collection, kind, name)) WITHOUT ROWID"
)


def create(connection: sqlite3.Connection) -> None:
    """Makes the catalog where the file has none."""
    connection.execute(_CREATE)


def columns(connection: sqlite3.Connection, collection: str) -> list[str]:
    """The paths that have a column, in the table's order."""
    return [name for name in all_columns(connection, collection) if name not in OWN_COLUMNS]


def all_columns(connection: sqlite3.Connection, collection: str) -> list[str]:
    """All columns of a collection's table; none where there is no such table."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({quote(collection)})")]


def side_tables(connection: sqlite3.Connection, collection: str) -> dict[str, SideTable]:
    """The side tables of a collection, by name."""
    rows = connection.execute(
        "SELECT name, definition FROM odm_catalog WHERE collection = ? AND kind = ? ORDER BY name", (collection, SIDE_TABLE)
    ).fetchall()
    return {
        name: SideTable(Definition.from_raw(collection, name, bson.decode(blob, BSON_OPTIONS)))
        for name, blob in rows
        if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    }


def keeping(connection: sqlite3.Connection, collection: str) -> Keeping:
    """What the file keeps beside the documents of a collection."""
    names = all_columns(connection, collection)
    id_column = "_id" if "_id" in names else "_rid"
    paths = [name for name in names if name not in OWN_COLUMNS]
    return Keeping(collection, id_column, paths, list(side_tables(connection, collection).values()))


def note_column(connection: sqlite3.Connection, collection: str, name: str) -> None:
    """Says that a column has yet to be filled."""
    _note(connection, collection, COLUMN, name, None, NOTHING_FILLED)


def note_all(connection: sqlite3.Connection, collection: str) -> None:
    """Says that all columns and side tables of a collection have to be filled anew."""
    for name in columns(connection, collection):
        note_column(connection, collection, name)
    for table in side_tables(connection, collection).values():
        note_side_table(connection, table.definition, filled=False)


def note_side_table(connection: sqlite3.Connection, definition: Definition, *, filled: bool) -> None:
    """Says how a side table is filled, and whether it is."""
    blob = bson.encode(definition.to_raw())
    _note(connection, definition.collection, SIDE_TABLE, definition.name, blob, None if filled else NOTHING_FILLED)


def _note(
    connection: sqlite3.Connection, collection: str, kind: str, name: str, definition: bytes | None, filled_to: int | None
) -> None:
    connection.execute("INSERT OR REPLACE INTO odm_catalog VALUES (?, ?, ?, ?, ?)", (collection, kind, name, definition, filled_to))


def forget(connection: sqlite3.Connection, collection: str, kind: str, name: str) -> None:
    """Takes a column or side table that is gone out of the catalog."""
    connection.execute("DELETE FROM odm_catalog WHERE collection = ? AND kind = ? AND name = ?", (collection, kind, name))


def unfilled(connection: sqlite3.Connection, collection: str) -> tuple[int, set[str], set[str]]:
    """Up to which row all are filled, and the columns and side tables that are not complete."""
    rows = connection.execute(
        "SELECT kind, name, filled_to FROM odm_catalog WHERE collection = ? AND filled_to IS NOT NULL", (collection,)
    ).fetchall()
    waiting: dict[str, set[str]] = {COLUMN: set(), SIDE_TABLE: set()}
    for kind, name, _ in rows:
        waiting[kind].add(name)
    return min((row[2] for row in rows), default=0), waiting[COLUMN], waiting[SIDE_TABLE]


def filled(connection: sqlite3.Connection, collection: str, to: int | None) -> None:
    """Says that what was incomplete is filled up to that row; None: to the end."""
    connection.execute("UPDATE odm_catalog SET filled_to = ? WHERE collection = ? AND filled_to IS NOT NULL", (to, collection))
    if to is None:
        connection.execute("DELETE FROM odm_catalog WHERE collection = ? AND kind = ?", (collection, COLUMN))
