"""Reading a collection on SQLite."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from collections.abc import Iterator
from typing import Any

import bson

from models.odm.codec import Raw
from models.odm.engine import Collection, Engine, SortPaths
from models.odm.filters import Query
from models.odm.matching import matcher
from models.odm.order import path_sort_key
from models.odm.paths import Path
from models.odm.projecting import project
from models.odm.sqlite.catalog import BSON_OPTIONS
from models.odm.sqlite.joining import side_table
from models.odm.sqlite.keys import ENCODERS, decode, encode
from models.odm.sqlite.layout import Layout
from models.odm.sqlite.paging import Pages
from models.odm.sqlite.pool import Pool
from models.odm.sqlite.statements import Select, covering_columns, select


class SqliteReads(Collection):
    """What does not change a collection."""

    def __init__(self, engine: Engine, pool: Pool, layout: Layout) -> None:
        self.engine = engine
        self._pool = pool
        self._layout = layout
        self._get_sql = f"SELECT _doc FROM {layout.table} WHERE {layout.id_column} = ?"

    def get(self, id: Any) -> Raw | None:
        if self.engine.counters:
            self.engine.count_read()
        encoder = ENCODERS.get(type(id))
        key = encode_id(id) if encoder is None else encoder(id)
        if self._layout.has_integer_ids and not isinstance(key, int | float):
            # SQLite would take the text of an integer for the integer.
            return None
        rows = self._pool.read(self._get_sql, (key,))
        return bson.decode(rows[0][0], BSON_OPTIONS) if rows else None

    def find(
        self, query: Query, sort: SortPaths = (), limit: int = 0, skip: int = 0, projection: tuple[Path, ...] = ()
    ) -> list[Raw]:
        if self.engine.counters:
            self.engine.count_read()
        if projection and (pairs := covering_columns(self._layout, projection)) is not None:
            plan = select(self._layout, query, ", ".join(column for _, column in pairs), sort, bool(limit or skip))
            if plan.exact and plan.sorted:
                names = [name for name, _ in pairs]
                rows = self._pool.read(plan.sql, plan.parameters(query, limit, skip))
                return [{n: decode(key) for n, key in zip(names, row, strict=True) if key is not None} for row in rows]
        plan = select(self._layout, query, "_doc", sort, bool(limit or skip))
        if plan.exact and plan.sorted:
            rows = self._pool.read(plan.sql, plan.parameters(query, limit, skip))
            found = bson.decode_all(b"".join([row[0] for row in rows]), BSON_OPTIONS)
        else:
            found = self._window(self._matching(plan, query), sort if not plan.sorted else (), limit, skip)
        return [project(raw, projection) for raw in found] if projection else found

    def stream(self, query: Query, sort: SortPaths, batch_size: int) -> Iterator[Raw]:
        pages = Pages(self._layout, query, sort)
        if not pages.in_sql:
            yield from self._stream_sorted(query, sort, batch_size)
            return
        matches = None if pages.where.exact else matcher(query)
        while not pages.ended:
            if self.engine.counters:
                self.engine.count_read()
            sql, parameters = pages.statement(batch_size)
            rows = self._pool.read(sql, parameters)
            pages.advance(rows, batch_size)
            for raw in bson.decode_all(b"".join([row[0] for row in rows]), BSON_OPTIONS):
                if matches is None or matches(raw):
                    yield raw

    def _stream_sorted(self, query: Query, sort: SortPaths, batch_size: int) -> Iterator[Raw]:
        """For an order that no column gives: keeps the sort key and row of each match, and only those."""
        if self.engine.counters:
            self.engine.count_read()
        plan = select(self._layout, query, "_doc, _rid", (), False)
        keyed = [
            (tuple(path_sort_key(raw, path.parts, direction) for path, direction in sort), rid)
            for raw, rid in self._matching_rows(plan, query)
        ]
        for at in reversed(range(len(sort))):
            keyed.sort(key=lambda item: item[0][at], reverse=sort[at][1] < 0)
        for start in range(0, len(keyed), batch_size):
            rids = [rid for _, rid in keyed[start : start + batch_size]]
            marks = ", ".join("?" * len(rids))
            rows = dict(self._pool.read(f"SELECT _rid, _doc FROM {self._layout.table} WHERE _rid IN ({marks})", rids))
            for rid in rids:
                if rid in rows:
                    yield bson.decode(rows[rid], BSON_OPTIONS)

    def count(self, query: Query, limit: int = 0) -> int:
        if self.engine.counters:
            self.engine.count_read()
        plan = select(self._layout, query, "_doc", (), False)
        if not plan.exact:
            found = 0
            for found, _ in enumerate(self._matching(plan, query), start=1):
                if found == limit:
                    break
            return found
        side = side_table(self._layout, query.shape.root) if self._layout.multikeys else None
        table, condition = (self._layout.table, plan.where) if side is None else (side.source, side.where)
        where = f" WHERE {condition.sql}" if condition.sql else ""
        parameters = condition.parameters(query.values)
        if limit:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM {table}{where} LIMIT ?)"
            parameters.append(limit)
        else:
            sql = f"SELECT count(*) FROM {table}{where}"
        return int(self._pool.read(sql, parameters)[0][0])

    def explain(self, query: Query, sort: SortPaths, limit: int) -> list[str]:
        """The steps of SQLite's plan for `find`."""
        plan = select(self._layout, query, "_doc", sort, bool(limit))
        rows = self._pool.read(f"EXPLAIN QUERY PLAN {plan.sql}", plan.parameters(query, limit, 0))
        return [str(row[3]) for row in rows]

    def _matching(self, plan: Select, query: Query) -> Iterator[Raw]:
        return (raw for raw, *_ in self._matching_rows(plan, query))

    def _matching_rows(self, plan: Select, query: Query) -> Iterator[tuple[Any, ...]]:
        """The rows of `plan`, whose first column is the document, decoded, that match."""
        matches = matcher(query)
        for batch in self._pool.read_batches(plan.sql, plan.parameters(query, 0, 0)):
            for blob, *rest in batch:
                raw = bson.decode(blob, BSON_OPTIONS)
                if plan.exact or matches(raw):
                    yield (raw, *rest)

    def _window(self, found: Iterator[Raw], sort: SortPaths, limit: int, skip: int) -> list[Raw]:
        """The part of `found` that skip and limit ask for, sorted first where `sort` is given."""
        window: list[Raw] = []
        if sort:
            window = in_order(list(found), sort)
            return window[skip : skip + limit] if limit else window[skip:]
        for position, raw in enumerate(found):
            if position >= skip:
                window.append(raw)
                if len(window) == limit:
                    break
        return window


def in_order(documents: list[Raw], sort: SortPaths) -> list[Raw]:
    """`documents` sorted as MongoDB sorts."""
    for path, direction in reversed(sort):
        documents.sort(key=lambda raw: path_sort_key(raw, path.parts, direction), reverse=direction < 0)
    return documents


def encode_id(value: Any) -> Any:
    """The column value of an id whose type is a subclass of a plain one; others match no document."""
    for base in (str, int, float):
        if isinstance(value, base):
            return encode(base(value))
    return None
