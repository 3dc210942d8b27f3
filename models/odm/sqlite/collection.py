"""A collection on SQLite: reads, writes, and the named aggregations."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from models.odm.engine import Bucket
from models.odm.filters import Query
from models.odm.order import MISSING, Rank, leaves, rank, sort_key
from models.odm.paths import Path
from models.odm.sqlite.keys import decode, to_ms
from models.odm.sqlite.statements import select
from models.odm.sqlite.writing import SqliteWrites


class SqliteCollection(SqliteWrites):
    """All operations of the documents of one class on SQLite."""

    def count_by(self, path: Path, query: Query) -> dict[Any, int]:
        column = self._layout.column(path)
        if column is not None:
            plan = select(self._layout, query, column, (), False)
            if plan.exact:
                self._note_read()
                where = f" WHERE {plan.where.sql}" if plan.where.sql else ""
                sql = f"SELECT {column}, count(*) FROM {self._layout.table}{where} GROUP BY {column}"
                return {decode(key): count for key, count in self._pool.read(sql, plan.parameters(query, 0, 0))}
        counts: dict[Any, int] = {}
        for values in self._values(path, query):
            for value in values:
                if value is not MISSING or path.scalar:
                    key = None if value is MISSING else value
                    counts[key] = counts.get(key, 0) + 1
        return counts

    def distinct(self, path: Path, query: Query) -> list[Any]:
        column = self._layout.column(path)
        if column is not None:
            plan = select(self._layout, query, column, (), False)
            if plan.exact:
                self._note_read()
                where = f" WHERE {plan.where.sql}" if plan.where.sql else ""
                sql = f"SELECT DISTINCT {column} FROM {self._layout.table}{where} ORDER BY {column}"
                rows = self._pool.read(sql, plan.parameters(query, 0, 0))
                return [decode(key) for (key,) in rows if key is not None]
        found = {sort_key(value): value for values in self._values(path, query) for value in values if value is not MISSING}
        return [found[key] for key in sorted(found)]

    def bucket_by_time(self, query: Query, time: Path, value: Path, width_ms: int) -> list[Bucket]:
        points = [
            (when if isinstance(when, int) else to_ms(when), amount)
            for when, amount in self._points(query, time, value)
            if isinstance(when, int | datetime) and rank(amount) is Rank.NUMBER
        ]
        points.sort(key=lambda point: point[0])
        buckets: list[Bucket] = []
        start = 0
        while start < len(points):
            ts = points[start][0] // width_ms * width_ms
            end = start
            while end < len(points) and points[end][0] < ts + width_ms:
                end += 1
            buckets.append(_bucket(ts, [amount for _, amount in points[start:end]]))
            start = end
        return buckets

    def _points(self, query: Query, time: Path, value: Path) -> Iterable[tuple[Any, Any]]:
        """(time, value) of each match: from columns where there are some."""
        self._note_read()
        columns = [self._layout.column(time), self._layout.column(value)]
        if None not in columns:
            plan = select(self._layout, query, ", ".join(map(str, columns)), ((time, 1),), False)
            if plan.exact:
                rows = self._pool.read(plan.sql, plan.parameters(query, 0, 0))
                return [(decode(when), decode(amount)) for when, amount in rows]
        in_order = ((time, 1),) if columns[0] is not None else ()
        plan = select(self._layout, query, "_doc", in_order, False)
        return ((leaves(raw, time.parts)[0], leaves(raw, value.parts)[0]) for raw in self._matching(plan, query))

    def _values(self, path: Path, query: Query) -> Iterator[list[Any]]:
        """For each match the values at `path`, the elements where it is a list."""
        self._note_read()
        plan = select(self._layout, query, "_doc", (), False)
        for raw in self._matching(plan, query):
            values: list[Any] = []
            for leaf in leaves(raw, path.parts):
                if isinstance(leaf, list):
                    values += leaf
                else:
                    values.append(leaf)
            yield values

    def _note_read(self) -> None:
        if self.engine.counters:
            self.engine.count_read()


def _bucket(ts: int, values: list[Any]) -> Bucket:
    exact = all(isinstance(value, int) for value in values)
    return Bucket(
        ts=ts,
        count=len(values),
        sum=sum(values) if exact else math.fsum(values),
        min=min(values),
        max=max(values),
        first=values[0],
        last=values[-1],
    )
