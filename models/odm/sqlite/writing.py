"""Changing a collection on SQLite: each operation is one write transaction."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import bson
from bson.errors import BSONError

from models.odm.applying import apply
from models.odm.codec import Raw
from models.odm.engine import Engine, SortPaths
from models.odm.errors import InvalidDocument, OdmError
from models.odm.filters import Query
from models.odm.matching import matcher
from models.odm.preserving import carried, known_fields
from models.odm.results import BulkResult, InsertResult
from models.odm.sqlite.catalog import BSON_OPTIONS
from models.odm.sqlite.keeping import Keeping
from models.odm.sqlite.keys import Key, encode
from models.odm.sqlite.layout import Layout
from models.odm.sqlite.pool import Pool
from models.odm.sqlite.reading import SqliteReads, in_order
from models.odm.sqlite.rows import row_encoder
from models.odm.sqlite.statements import select
from models.odm.updates import Update

MAX_DOCUMENT_BYTES: Final = 16 * 1024 * 1024
"""The largest document, as in MongoDB."""

Row = tuple[int, Raw]


def to_blob(raw: Raw) -> bytes:
    """The BSON of a document.

    Raises:
        InvalidDocument: BSON does not hold it, or it is larger than MongoDB allows.
    """
    try:
        blob = bson.encode(raw)
    except (BSONError, OverflowError, UnicodeError, TypeError, RecursionError) as error:
        raise InvalidDocument(f"BSON does not hold the document: {error}") from None
    if len(blob) > MAX_DOCUMENT_BYTES:
        raise InvalidDocument("the document is larger than 16 MiB")
    return blob


def update_row(connection: sqlite3.Connection, keeping: Keeping, rid: int, old: Raw, new: Raw) -> bool:
    """Stores `new` in place of `old`; whether anything had to be written. Indexes are touched only where keys differ."""
    if new is old:
        return False
    blob = to_blob(new)
    # An update leaves what it does not change the very same object.
    touched = {name for name in old.keys() | new.keys() if old.get(name) is not new.get(name)}
    keys = {at: read(new) for at, (root, read) in enumerate(keeping.readers) if root in touched}
    changed = tuple(at for at, key in keys.items() if key != keeping.readers[at][1](old))
    connection.execute(keeping.update(changed), (*[keys[at] for at in changed], blob, rid))
    for table in keeping.side_tables:
        if table.roots.isdisjoint(touched):
            continue
        rows = table.rows(new)
        if rows != table.rows(old):
            connection.execute(table.delete, (rid,))
            connection.executemany(table.insert, [(rid, n, *row) for n, row in enumerate(rows)])
    return True


class _Row(NamedTuple):
    """A document as parameters of the INSERT of one Keeping."""

    raw: Raw
    keeping: Keeping
    parameters: list[Key]


class SqliteWrites(SqliteReads):
    """What changes a collection."""

    def __init__(self, engine: Engine, pool: Pool, layout: Layout) -> None:
        super().__init__(engine, pool, layout)
        self._by_id = f"SELECT _rid, _doc FROM {layout.table} WHERE {layout.id_column} = ?"
        self._row_blob: Callable[[tuple[Any, ...]], bytes] | None = None
        self._known = known_fields(layout.schema.model)

    def insert(self, raw: Raw) -> None:
        self._note_write()
        row = self._encoded(raw)
        with self._pool.transaction() as connection:
            self._insert_row(connection, row)

    def insert_many(self, raws: Sequence[Raw], ordered: bool) -> InsertResult:
        self._note_write()
        rows = [self._encoded(raw) for raw in raws]
        duplicates: list[int] = []
        with self._pool.transaction() as connection:
            for position, row in enumerate(rows):
                try:
                    self._insert_row(connection, row)
                except sqlite3.IntegrityError:
                    duplicates.append(position)
                    if ordered:
                        return InsertResult(position, duplicates)
        return InsertResult(len(rows) - len(duplicates), duplicates)

    def insert_rows(self, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> InsertResult:
        if self._layout.keeping.plain and self._layout.has_integer_ids:
            self._note_write()
            blob = self._row_blob = self._row_blob or row_encoder(names, rows[0])
            stored = [(row[0], blob(row)) for row in rows]
            with self._pool.transaction() as connection:
                if self._layout.keeping.plain:
                    return self._insert_plain(connection, stored)
        return self.insert_many([dict(zip(names, row, strict=True)) for row in rows], ordered=False)

    def _insert_plain(self, connection: sqlite3.Connection, stored: Sequence[tuple[Any, bytes]]) -> InsertResult:
        connection.execute("SAVEPOINT rows")
        try:
            connection.executemany(self._layout.keeping.insert, stored)
        except sqlite3.IntegrityError:
            connection.execute("ROLLBACK TO rows")
            return self._insert_new(connection, stored)
        connection.execute("RELEASE rows")
        return InsertResult(len(stored))

    def _insert_new(self, connection: sqlite3.Connection, stored: Sequence[tuple[Any, bytes]]) -> InsertResult:
        """Those of the rows, each an id and a document, whose ids are not taken."""
        sql = self._layout.keeping.insert + " ON CONFLICT DO NOTHING"
        duplicates = [at for at, row in enumerate(stored) if not connection.execute(sql, row).rowcount]
        return InsertResult(len(stored) - len(duplicates), duplicates)

    def replace(self, raw: Raw) -> bool:
        self._note_write()
        with self._pool.transaction() as connection:
            row = connection.execute(self._by_id, (encode(raw["_id"]),)).fetchall()
            if not row:
                return False
            rid, blob = row[0]
            old = bson.decode(blob, BSON_OPTIONS)
            self._update_row(connection, rid, old, carried(self._known, old, raw))
        return True

    def update_one(self, query: Query, update: Update, upsert: bool) -> bool:
        return self.find_one_and_update(query, update, upsert, (), True) is not None

    def update_many(self, query: Query, update: Update) -> int:
        self._note_write()
        with self._pool.transaction() as connection:
            rids = self._matching_rids(connection, query)
            for rid in rids:
                blob = connection.execute(f"SELECT _doc FROM {self._layout.table} WHERE _rid = ?", (rid,)).fetchall()[0][0]
                old = bson.decode(blob, BSON_OPTIONS)
                self._update_row(connection, rid, old, apply(update, old))
        return len(rids)

    def find_one_and_update(self, query: Query, update: Update, upsert: bool, sort: SortPaths, return_new: bool) -> Raw | None:
        self._note_write()
        with self._pool.transaction() as connection:
            row = self._first(connection, query, sort)
            if row is None:
                if not upsert:
                    return None
                made, _ = self._layout.schema.upserted(query, update)
                self._insert_row(connection, self._encoded(made))
                return made if return_new else None
            rid, old = row
            new = apply(update, old)
            self._update_row(connection, rid, old, new)
        return new if return_new else old

    def delete_one(self, query: Query) -> bool:
        self._note_write()
        plan = select(self._layout, query, "_rid", (), True)
        if plan.windowed:
            sql = f"DELETE FROM {self._layout.table} WHERE _rid = ({plan.sql})"
            return self._pool.write_one(sql, plan.parameters(query, 1, 0)) > 0
        return self.find_one_and_delete(query, ()) is not None

    def delete_many(self, query: Query) -> int:
        self._note_write()
        plan = select(self._layout, query, "_doc", (), False)
        if plan.exact:
            where = f" WHERE {plan.where.sql}" if plan.where.sql else ""
            return self._pool.write_one(f"DELETE FROM {self._layout.table}{where}", plan.parameters(query, 0, 0))
        with self._pool.transaction() as connection:
            rids = self._matching_rids(connection, query)
            connection.executemany(f"DELETE FROM {self._layout.table} WHERE _rid = ?", [(rid,) for rid in rids])
        return len(rids)

    def find_one_and_delete(self, query: Query, sort: SortPaths) -> Raw | None:
        self._note_write()
        with self._pool.transaction() as connection:
            row = self._first(connection, query, sort)
            if row is None:
                return None
            connection.execute(f"DELETE FROM {self._layout.table} WHERE _rid = ?", (row[0],))
        return row[1]

    def bulk_update(self, operations: Sequence[tuple[Query, Update]], upsert: bool) -> BulkResult:
        self._note_write()
        matched = modified = upserted = 0
        failure: OdmError | None = None
        with self._pool.transaction() as connection:
            for query, update in operations:
                connection.execute("SAVEPOINT one")
                try:
                    row = self._first(connection, query, ())
                    if row is None and upsert:
                        made, _ = self._layout.schema.upserted(query, update)
                        self._insert_row(connection, self._encoded(made))
                        upserted += 1
                    elif row is not None:
                        changed = self._update_row(connection, row[0], row[1], apply(update, row[1]))
                        matched += 1
                        modified += changed
                except (sqlite3.IntegrityError, OdmError) as error:
                    connection.execute("ROLLBACK TO one")
                    failure = failure or (error if isinstance(error, OdmError) else self._pool.duplicate(error))
                connection.execute("RELEASE one")
        if failure is not None:
            raise failure
        return BulkResult(matched, modified, upserted)

    def _note_write(self) -> None:
        if self.engine.counters:
            self.engine.count_write()

    def _encoded(self, raw: Raw) -> "_Row":
        """What is stored of a document: made before the transaction begins, to keep that short."""
        keeping = self._layout.keeping
        return _Row(raw, keeping, [encode(raw["_id"]), *keeping.keys(raw), to_blob(raw)])

    def _insert_row(self, connection: sqlite3.Connection, row: "_Row") -> None:
        keeping = self._layout.keeping
        if row.keeping is not keeping:
            # Since the row was made another version has come to the file, with columns of its own.
            row = self._encoded(row.raw)
        rid = connection.execute(keeping.insert, row.parameters).lastrowid
        assert rid is not None
        try:
            for table in keeping.side_tables:
                connection.executemany(table.insert, [(rid, n, *key) for n, key in enumerate(table.rows(row.raw))])
        except sqlite3.IntegrityError:
            connection.execute(f"DELETE FROM {self._layout.table} WHERE _rid = ?", (rid,))
            raise

    def _update_row(self, connection: sqlite3.Connection, rid: int, old: Raw, new: Raw) -> bool:
        """Stores `new` in place of `old`; whether anything had to be written."""
        return update_row(connection, self._layout.keeping, rid, old, new)

    def _first(self, connection: sqlite3.Connection, query: Query, sort: SortPaths) -> Row | None:
        plan = select(self._layout, query, "_rid, _doc", sort, True)
        parameters = plan.parameters(query, 1, 0)
        if plan.windowed:
            rows = connection.execute(plan.sql, parameters).fetchall()
            return (rows[0][0], bson.decode(rows[0][1], BSON_OPTIONS)) if rows else None
        matches = matcher(query)
        found: list[tuple[Raw, int]] = []
        cursor = connection.execute(plan.sql, parameters)
        for rid, blob in cursor:
            raw = bson.decode(blob, BSON_OPTIONS)
            if plan.exact or matches(raw):
                found.append((raw, rid))
                if plan.sorted:
                    break
        cursor.close()
        if not found:
            return None
        rids = {id(raw): rid for raw, rid in found}
        first = in_order([raw for raw, _ in found], sort if not plan.sorted else ())[0]
        return rids[id(first)], first

    def _matching_rids(self, connection: sqlite3.Connection, query: Query) -> list[int]:
        plan = select(self._layout, query, "_rid, _doc", (), False)
        parameters = plan.parameters(query, 0, 0)
        if plan.exact:
            plan = select(self._layout, query, "_rid", (), False)
            return [row[0] for row in connection.execute(plan.sql, parameters)]
        matches = matcher(query)
        return [rid for rid, blob in connection.execute(plan.sql, parameters) if matches(bson.decode(blob, BSON_OPTIONS))]
