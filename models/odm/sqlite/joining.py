"""Reading in the order of a multikey index: from its side table to the documents.

With Index("room_id", "terms", ("seq", DESC)) the newest messages of a room that hold a word are the first rows of one range
of the index. A subquery would find all that hold it before the first is sorted.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from dataclasses import dataclass

from models.odm.engine import SortPaths
from models.odm.filters import ARRAY, NULL, OBJECT, Condition, Junction
from models.odm.indexes import DESC
from models.odm.sqlite.layout import Layout, Multikey
from models.odm.sqlite.planner import Translation, Translator, compare, joined


@dataclass(frozen=True, slots=True)
class Join:
    """The FROM and ORDER BY of a query that a side table leads, and its whole WHERE."""

    source: str
    where: Translation
    order: str


def join(layout: Layout, root: Junction, sort: SortPaths) -> Join | None:
    """How to read in the order of a side table; None where none gives it."""
    conditions = [node for node in root.nodes if isinstance(node, Condition)]
    for multikey in layout.multikeys if sort else ():
        leading = _leading(multikey, conditions)
        if leading is None:
            continue
        order = _order(multikey, len(leading), sort, {condition.path.name for condition in leading})
        if order is not None:
            return _join(layout, multikey, root, leading, order)
    return None


def side_table(layout: Layout, root: Junction) -> Join | None:
    """The side table that alone holds a row for each document that matches; None where the documents are needed."""
    conditions = [node for node in root.nodes if isinstance(node, Condition)]
    for multikey in layout.multikeys:
        leading = _leading(multikey, conditions)
        if leading is not None and len(leading) == len(root.nodes):
            on_key = [compare(condition, multikey.columns[condition.path.name], True) for condition in leading]
            return Join(multikey.table, joined(on_key, " AND "), "")
    return None


def _leading(multikey: Multikey, conditions: list[Condition]) -> list[Condition] | None:
    """The equalities that pin the key down up to and including the array."""
    leading: list[Condition] = []
    for path in [] if multikey.partial else multikey.paths:
        found = next(
            (
                condition
                for condition in conditions
                if condition.path.name == path.name and condition.operator == "$eq" and condition.kind not in (NULL, ARRAY, OBJECT)
            ),
            None,
        )
        if found is None:
            return None
        leading.append(found)
        if path is multikey.array:
            return leading
    return None


def _order(multikey: Multikey, start: int, sort: SortPaths, pinned: set[str]) -> str | None:
    """The ORDER BY in columns of the side table, where its index gives the order from position `start` on."""
    wanted = [(path.name, direction) for path, direction in sort if path.name not in pinned or path is multikey.array]
    given = list(multikey.index.keys[start : start + len(wanted)])
    backwards = [(name, -direction) for name, direction in given]
    if not wanted or wanted not in (given, backwards):
        return None
    parts = [multikey.columns[name] + (" DESC" if direction == DESC else "") for name, direction in wanted]
    return f" ORDER BY {', '.join(parts)}"


def _join(layout: Layout, multikey: Multikey, root: Junction, leading: list[Condition], order: str) -> Join:
    array = leading[-1]
    rest = Junction("$and", tuple(node for node in root.nodes if node is not array))
    behind = [
        node
        for node in rest.nodes
        if isinstance(node, Condition) and node not in leading and node.path.name in multikey.columns and node.path.scalar
    ]
    on_key = [compare(condition, multikey.columns[condition.path.name], True) for condition in (*leading, *behind)]
    on_document = _BesideTranslator(layout, multikey).junction(rest)
    where = joined([*on_key, on_document], " AND ")
    # CROSS JOIN is how SQLite is told to begin with the side table.
    source = f"{multikey.table} CROSS JOIN {layout.table} ON _rid = _of"
    return Join(source, where, order)


class _BesideTranslator(Translator):
    """Translates what must hold of a document that a row of a side table led to."""

    def __init__(self, layout: Layout, leading: Multikey) -> None:
        super().__init__(layout, {})
        self._leading = leading

    def _array(self, condition: Condition, multikey: Multikey, equalities: list[Condition]) -> Translation:
        """A further element of the leading row's array is looked up row by row, by its whole key: of two frequent elements
        a subquery would gather all documents that hold the second before the first row is read."""
        leading = self._leading
        if multikey is not leading or condition.operator != "$eq" or condition.kind in (NULL, ARRAY, OBJECT):
            return super()._array(condition, multikey, equalities)
        element = compare(condition, f"_beside.{leading.columns[condition.path.name]}", True)
        same = [
            f"_beside.{leading.columns[path.name]} IS {leading.table}.{leading.columns[path.name]}"
            for path in leading.paths
            if path.scalar
        ]
        where = " AND ".join([*same, element.sql, f"_beside._of = {leading.table}._of"])
        return Translation(f"EXISTS (SELECT 1 FROM {leading.table} AS _beside WHERE {where})", element.binds, element.exact)
