"""The SELECTs of a collection: planned once for each shape of a query, and then only bound to values."""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from dataclasses import dataclass

from models.odm.engine import SortPaths
from models.odm.filters import Query
from models.odm.indexes import DESC
from models.odm.paths import Path
from models.odm.sqlite.joining import join
from models.odm.sqlite.keys import Key
from models.odm.sqlite.layout import Layout
from models.odm.sqlite.planner import Translation, translate


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT for one shape.

    Attributes:
        sql: all of it, with LIMIT and OFFSET parameters at the end where `windowed`.
        where: the translated filter. exact: whether no document needs to be looked at to know that it matches.
        sorted: whether the rows come in the asked order.
        windowed: whether SQL counts off skip and limit, for everything else is decided in SQL as well.
    """

    sql: str
    where: Translation
    exact: bool
    sorted: bool
    windowed: bool

    def parameters(self, query: Query, limit: int, skip: int) -> list[Key]:
        """The values for the parameters of `sql`."""
        parameters = self.where.parameters(query.values)
        if self.windowed:
            parameters += (limit or -1, skip)
        return parameters


def select(layout: Layout, query: Query, columns: str, sort: SortPaths, windowed: bool) -> Select:
    """The Select of `columns` (SQL) for a query in an order; `windowed`: with a limit or a skip."""
    where = translate(layout, query)
    key = (layout.id_column, where.sql, columns, sort, windowed)
    found = query.shape.plans.get(key)
    if found is None:
        found = query.shape.plans[key] = _plan(layout, query, where, columns, sort, windowed)
    return found


def _plan(layout: Layout, query: Query, where: Translation, columns: str, sort: SortPaths, windowed: bool) -> Select:
    order = order_by(layout, sort)
    source = layout.table
    if (joined := join(layout, query.shape.root, sort)) is not None:
        source, where, order = joined.source, joined.where, joined.order
    in_sql = where.exact and order is not None
    sql = f"SELECT {columns} FROM {source}"
    if where.sql:
        sql += f" WHERE {where.sql}"
    sql += order or ""
    if windowed and in_sql:
        sql += " LIMIT ? OFFSET ?"
    return Select(sql, where, where.exact, order is not None, windowed and in_sql)


def order_by(layout: Layout, sort: SortPaths) -> str | None:
    """The ORDER BY of a sort (with a blank before it, or empty); None where a field of it has no column."""
    parts: list[str] = []
    for path, direction in sort:
        column = layout.column(path)
        if column is None:
            return None
        parts.append(f"{column} DESC" if direction == DESC else column)
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def covering_columns(layout: Layout, paths: tuple[Path, ...]) -> list[tuple[str, str]] | None:
    """The (name, column) pairs that give a projection without the document; None where a path has no column."""
    pairs = [("_id", layout.id_column)]
    for path in paths:
        column = layout.column(path)
        if column is None or len(path.parts) > 1:
            return None
        if path.name != "_id":
            pairs.append((path.name, column))
    return pairs
