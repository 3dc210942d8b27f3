"""Pages of a query by keyset: each begins after the last row of the one before, so nothing is held in between."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from typing import Any

from models.odm.engine import SortPaths
from models.odm.filters import Query
from models.odm.indexes import DESC
from models.odm.sqlite.keys import Key
from models.odm.sqlite.layout import Layout
from models.odm.sqlite.planner import translate


class Pages:
    """The pages of one query, in the order of `sort` and then of the rows' own numbers.

    Attributes:
        where: the translated filter; where it is not exact the caller has to match the documents.
        in_sql: whether columns give the order; only then there are pages.
        ended: whether the last page was read.
    """

    def __init__(self, layout: Layout, query: Query, sort: SortPaths) -> None:
        self.where = translate(layout, query)
        self.ended = False
        self._layout = layout
        self._parameters = self.where.parameters(query.values)
        self._last: tuple[Key, ...] = ()
        order = sort or self._cheap_order(query)
        columns = [layout.column(path) for path, _ in order]
        self.in_sql = None not in columns
        descending = bool(order) and order[-1][1] == DESC
        # (column, whether it descends, whether it may be NULL)
        self._keys = [
            *((str(column), d == DESC, not path.required) for column, (path, d) in zip(columns, order, strict=True)),
            ("_rid", descending, False),
        ]

    def _cheap_order(self, query: Query) -> SortPaths:
        """Where the caller asks for no order: that of an index whose first fields the filter pins down."""
        pinned = {condition.path.name for condition in query.shape.equalities()}
        best: SortPaths = ()
        most = 0
        for index in self._layout.schema.indexes:
            paths = [(self._layout.schema.path(name), direction) for name, direction in index.keys]
            leading = next((at for at, (path, _) in enumerate(paths) if path.name not in pinned), len(paths))
            if leading > most and not index.partial and all(path.scalar for path, _ in paths):
                best, most = tuple(paths[leading:]), leading
        return best

    def statement(self, size: int) -> tuple[str, list[Key]]:
        """The SQL of the next page (columns: the document, then the keys) and its parameters."""
        conditions = [self.where.sql] if self.where.sql else []
        parameters = list(self._parameters)
        if self._last:
            after, bound = self._after()
            conditions.append(after)
            parameters += bound
        columns = ", ".join(column for column, _, _ in self._keys)
        order = ", ".join(f"{column} DESC" if descends else column for column, descends, _ in self._keys)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        parameters.append(size)
        return f"SELECT _doc, {columns} FROM {self._layout.table}{where} ORDER BY {order} LIMIT ?", parameters

    def advance(self, rows: list[Any], size: int) -> None:
        """Notes where the page `rows` ended."""
        self.ended = len(rows) < size
        if rows:
            self._last = tuple(rows[-1][1:])

    def _after(self) -> tuple[str, list[Key]]:
        """The condition of coming after the last row: lexicographic, NULL before everything."""
        branches: list[str] = []
        bound: list[Key] = []
        for at, ((column, descends, nullable), last) in enumerate(zip(self._keys, self._last, strict=True)):
            if last is None:
                step = "0" if descends else f"{column} IS NOT NULL"
            elif descends and nullable:
                step = f"({column} < ? OR {column} IS NULL)"
            else:
                step = f"{column} {'<' if descends else '>'} ?"
            same = "".join(f"{before} IS ? AND " for before, _, _ in self._keys[:at])
            branches.append(f"({same}{step})")
            bound += self._last[:at]
            if last is not None:
                bound.append(last)
        sql = f"({' OR '.join(branches)})"
        column, descends, nullable = self._keys[0]
        if self._last[0] is not None and not (descends and nullable):
            # Says nothing new, but it is what an index can be entered with.
            sql = f"{column} {'<=' if descends else '>='} ? AND {sql}"
            bound.insert(0, self._last[0])
        return sql, bound
