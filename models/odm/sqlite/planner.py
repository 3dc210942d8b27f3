"""A filter as SQL, as far as columns decide it.

Each shape is planned once. A condition on a column translates exactly; where one has no column, SQL narrows by the others
and the matcher decides on the documents. `Translation.exact` says which it is.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from models.odm.filters import ARRAY, NULL, NUMBER, OBJECT, Condition, Junction, Node, Query
from models.odm.regex import Regex
from models.odm.sqlite.keys import BRACKETS, ENCODERS, Key
from models.odm.sqlite.layout import Layout, Multikey, PartialTerm

Bind = Callable[[list[Any], list[Key]], None]

_SQL: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_LOWER: Final = frozenset({"$gt", "$gte"})


@dataclass(frozen=True, slots=True)
class Translation:
    """An SQL condition that every match fulfils, what binds its parameters, and whether only matches do."""

    sql: str
    binds: tuple[Bind, ...]
    exact: bool

    def parameters(self, values: list[Any]) -> list[Key]:
        out: list[Key] = []
        for bind in self.binds:
            bind(values, out)
        return out


_TRUE: Final = Translation("", (), True)
_UNKNOWN: Final = Translation("", (), False)


def translate(layout: Layout, query: Query) -> Translation:
    """The translation of a query, planned once for its shape (and which partial indexes its values allow)."""
    key: Any = layout.where_key
    literals: dict[int, PartialTerm] = {}
    if layout.partial_terms:
        literals = _partial_literals(layout, query)
        if literals:
            key = (layout.where_key, *((slot, term.sql) for slot, term in literals.items()))
    found = query.shape.plans.get(key)
    if found is None:
        found = query.shape.plans[key] = Translator(layout, literals).junction(query.shape.root)
    return found


def _partial_literals(layout: Layout, query: Query) -> dict[int, PartialTerm]:
    """The slots whose condition is, value included, a term of a partial index."""
    candidates = query.shape.plans.get("partial")
    if candidates is None:
        candidates = query.shape.plans["partial"] = [
            (node.slot, term)
            for node in query.shape.root.nodes
            if isinstance(node, Condition)
            for term in layout.partial_terms
            if term.path.name == node.path.name and term.operator == node.operator
        ]
    return {slot: term for slot, term in candidates if _identical(query.values[slot], term.value)}


def _identical(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


class Translator:
    """Translates the tree of one shape."""

    def __init__(self, layout: Layout, literals: dict[int, PartialTerm]) -> None:
        self._layout = layout
        self._literals = literals

    def junction(self, junction: Junction) -> Translation:
        """$and: what can be said of some of its conditions; $or: only what can be said of all."""
        if junction.operator == "$or":
            parts = [self._node(node, ()) for node in junction.nodes]
            if any(not part.sql for part in parts):
                return Translation("", (), all(part.exact for part in parts))
            return joined(parts, " OR ")
        siblings = tuple(node for node in junction.nodes if isinstance(node, Condition))
        return joined([self._node(node, siblings) for node in junction.nodes], " AND ")

    def _node(self, node: Node, siblings: tuple[Condition, ...]) -> Translation:
        if isinstance(node, Junction):
            return self.junction(node)
        column = self._layout.column(node.path)
        if column is not None:
            return self._column(node, column, siblings)
        if node.path.scalar:
            return _UNKNOWN
        multikey, equalities = self._multikey(node, siblings)
        return _UNKNOWN if multikey is None else self._array(node, multikey, equalities)

    def _column(self, condition: Condition, column: str, siblings: tuple[Condition, ...]) -> Translation:
        if column == "_rid":
            return _compare_number(condition)
        term = self._literals.get(condition.slot)
        if term is not None:
            return Translation(term.sql, (), True)
        guarded = not any(
            other.path.name == condition.path.name
            and other.kind == condition.kind
            and other.operator in _SQL
            and (other.operator in _LOWER) != (condition.operator in _LOWER)
            for other in siblings
        )
        return compare(condition, column, guarded)

    def _multikey(self, condition: Condition, siblings: tuple[Condition, ...]) -> tuple[Multikey | None, list[Condition]]:
        """The side table that serves a condition best: the one with most equalities before (and beside) the array."""
        best: tuple[Multikey | None, list[Condition]] = (None, [])
        for multikey in self._layout.multikeys:
            if multikey.array.name != condition.path.name or multikey.partial:
                continue
            equal = [
                other
                for path in multikey.paths
                if path.scalar
                for other in siblings
                if other.path.name == path.name and other.operator == "$eq"
            ]
            leading = {other.path.name for other in equal} | {condition.path.name}
            before = multikey.paths[: multikey.paths.index(multikey.array)]
            if all(path.name in leading for path in before) and (best[0] is None or len(equal) > len(best[1])):
                best = multikey, equal
        return best

    def _array(self, condition: Condition, multikey: Multikey, equalities: list[Condition]) -> Translation:
        """A condition on an array: some element fulfils it ($ne, $nin: none does)."""
        operator, kind = condition.operator, condition.kind
        if operator == "$exists" or kind in (ARRAY, OBJECT) or "x" in kind:
            return _UNKNOWN
        negated = operator in ("$ne", "$nin")
        if negated:
            condition = Condition(condition.path, {"$ne": "$eq", "$nin": "$in"}[operator], condition.slot, kind)
            equalities = []
        parts = [compare(each, multikey.columns[each.path.name], True) for each in (condition, *equalities)]
        where = joined(parts, " AND ")
        inside = "NOT IN" if negated else "IN"
        return Translation(f"_rid {inside} (SELECT _of FROM {multikey.table} WHERE {where.sql})", where.binds, where.exact)


def joined(parts: list[Translation], operator: str) -> Translation:
    """The parts with ` AND ` or ` OR ` between them; those that say nothing are left out."""
    said = [part for part in parts if part.sql]
    sql = operator.join(part.sql for part in said)
    if len(said) > 1 and operator == " OR ":
        sql = f"({sql})"
    return Translation(sql, tuple(bind for part in said for bind in part.binds), all(part.exact for part in parts))


def compare(condition: Condition, column: str, guarded: bool) -> Translation:
    """A condition as a comparison of a column; `guarded`: keep other types out of a range."""
    operator, kind, slot = condition.operator, condition.kind, condition.slot
    if operator == "$exists":
        return Translation(f"{column} IS {'NOT ' if kind == '+' else ''}NULL", (), True)
    if operator in ("$in", "$nin"):
        return _membership(operator, kind, slot, column)
    if operator == "$regex":
        if kind != "p":
            return Translation(f"{column} >= '' AND {column} < x''", (), False)
        return Translation(f"{column} >= ? AND {column} < ?", (_bind_prefix(slot),), False)
    if kind in (ARRAY, OBJECT):
        # A column of plain values holds none of these.
        return Translation("0" if operator == "$eq" else "1", (), True)
    if kind == NULL:
        never = operator in ("$gt", "$lt")
        return Translation("0" if never else f"{column} IS {'NOT ' if operator == '$ne' else ''}NULL", (), True)
    bind = (_bind(slot),)
    if operator == "$eq":
        return Translation(f"{column} = ?", bind, True)
    if operator == "$ne":
        return Translation(f"{column} IS NOT ?", bind, True)
    sql = f"{column} {_SQL[operator]} ?"
    lower, upper = BRACKETS[kind]
    if guarded and operator in _LOWER:
        sql += f" AND {column} < {upper}"
    elif guarded and lower is not None:
        sql += f" AND {column} >= {lower}"
    return Translation(sql, bind, True)


def _compare_number(condition: Condition) -> Translation:
    """A condition on a column that only holds integers, and to which SQLite would convert the text of an integer."""
    operator, kind = condition.operator, condition.kind
    if operator in ("$in", "$nin"):
        return _membership(operator, kind, condition.slot, "_rid", only_numbers=True)
    if operator == "$exists" or kind == NUMBER:
        return compare(condition, "_rid", False)
    return Translation("1" if operator == "$ne" else "0", (), True)


def _membership(operator: str, kind: str, slot: int, column: str, *, only_numbers: bool = False) -> Translation:
    has_null = "n" in kind
    size = int(kind.rstrip("nx"))
    marks = ", ".join("?" * size)
    bind = (_bind_list(slot, size, only_numbers=only_numbers),) if size else ()
    if operator == "$in":
        sql = f"{column} IN ({marks})" if size else "0"
        if has_null:
            sql = f"({sql} OR {column} IS NULL)"
        return Translation(sql, bind, True)
    sql = f"{column} NOT IN ({marks})" if size else "1"
    sql = f"({sql} AND {column} IS NOT NULL)" if has_null else f"({sql} OR {column} IS NULL)"
    return Translation(sql, bind, True)


def _bind(slot: int) -> Bind:
    encoders = ENCODERS

    def bind(values: list[Any], out: list[Key]) -> None:
        value = values[slot]
        out.append(encoders[type(value)](value))

    return bind


def _bind_list(slot: int, size: int, *, only_numbers: bool) -> Bind:
    def bind(values: list[Any], out: list[Key]) -> None:
        keys = [ENCODERS[type(value)](value) for value in values[slot]]
        if only_numbers:
            # A blob is equal to no integer, whatever is in it.
            keys = [b"" if isinstance(key, str) else key for key in keys]
        # The number of marks is rounded up, so that few different statements serve all lengths.
        out += keys
        out += keys[-1:] * (size - len(keys))

    return bind


def _bind_prefix(slot: int) -> Bind:
    def bind(values: list[Any], out: list[Key]) -> None:
        regex = values[slot]
        assert isinstance(regex, Regex)
        out += (regex.prefix, _after(regex.prefix))

    return bind


def _after(prefix: str) -> Key:
    """The smallest column value above every text that begins with `prefix`."""
    while prefix:
        following = ord(prefix[-1]) + 1
        if following == 0xD800:
            following = 0xE000
        if following <= 0x10FFFF:
            return prefix[:-1] + chr(following)
        prefix = prefix[:-1]
    return b""
