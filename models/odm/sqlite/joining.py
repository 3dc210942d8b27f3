"""Reading in the order of a multikey index: from its side table to the documents.

With Index("room_id", "terms", ("seq", DESC)) the newest messages of a room that hold a word are the first rows of one range
of the index. A subquery would find all that hold it before the first is sorted.
"""

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
    on_document = Translator(layout, {}).junction(rest)
    where = joined([*on_key, on_document], " AND ")
    # CROSS JOIN is how SQLite is told to begin with the side table.
    source = f"{multikey.table} CROSS JOIN {layout.table} ON _rid = _of"
    return Join(source, where, order)
