"""Filters: MongoDB's query language, limited to the subset, checked and compiled once for each shape.

The shape of a filter is everything but its values: fields, operators and the types of the operands. A shape is checked and
turned into a tree once and then found again by its key, so that a repeated query costs one walk over the filter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, Protocol

from bson import Int64, ObjectId

from models.odm.errors import UnsupportedQuery
from models.odm.paths import Path
from models.odm.regex import compile_regex
from models.odm.types import to_utc_ms

MAX_IN: Final = 10_000
"""The most values that $in and $nin take."""

_MAX_SHAPES: Final = 2_000
_MAX_DEPTH: Final = 20

NULL, BOOL, NUMBER, STRING, OBJECT_ID, DATE, BINARY, ARRAY, OBJECT = "nbdsotyal"
"""The kinds of operands, as they appear in the key of a shape."""

_KINDS: Final[dict[type, str]] = {
    type(None): NULL, bool: BOOL, int: NUMBER, Int64: NUMBER, float: NUMBER, str: STRING, ObjectId: OBJECT_ID, datetime: DATE,
    bytes: BINARY, list: ARRAY,
}  # fmt: skip
_COMPARISONS: Final = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})
_LOGICAL: Final = frozenset({"$and", "$or"})

Filter = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One operator on one path; its operand is the value in `slot`, of `kind` (for $in: what to know of the list)."""

    path: Path
    operator: str
    slot: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """All ($and) or any ($or) of `nodes`. An $and within an $and is part of it."""

    operator: str
    nodes: tuple["Node", ...]


Node = Condition | Junction


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A checked filter without its values. `plans` is where an engine keeps what it makes of it."""

    root: Junction
    plans: dict[Any, Any] = field(default_factory=dict)

    def equalities(self) -> list[Condition]:
        """The conditions that every match fulfils by holding exactly the operand."""
        return [node for node in self.root.nodes if isinstance(node, Condition) and node.operator == "$eq"]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A filter ready to be run: its shape, the values for the shape's slots, and the filter as MongoDB takes it."""

    shape: Shape
    values: list[Any]
    filter: Filter


class PathResolver(Protocol):
    """What finds a path by its name; raises UnsupportedQuery for one that no document has."""

    def path(self, name: str) -> Path: ...


class FilterCompiler:
    """Checks and compiles the filters on one model."""

    def __init__(self, resolver: PathResolver) -> None:
        self._resolver = resolver
        self._shapes: dict[tuple[Any, ...], Shape] = {}

    def compile(self, filter: Filter | None) -> Query:
        """The query that `filter` means.

        Raises:
            UnsupportedQuery: it uses something outside the subset, or a field that the model does not have.
        """
        if not filter:
            filter = {}
        key: list[Any] = []
        values: list[Any] = []
        try:
            _read(filter, key, values, 0)
        except _NotPlainError:
            filter = _plain(filter)
            key, values = [], []
            _read(filter, key, values, 0)
        shape_key = tuple(key)
        shape = self._shapes.get(shape_key)
        if shape is None:
            if len(self._shapes) >= _MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[shape_key] = Shape(self._junction("$and", iter(shape_key), [0]))
        return Query(shape, values, filter)

    def _junction(self, operator: str, key: Iterator[Any], slot: list[int]) -> Junction:
        """The tree that the items of a key stand for; `slot` counts the values given out."""
        nodes: list[Node] = []
        for item in key:
            if item is _END:
                break
            if item in _LOGICAL:
                branches = []
                for opening in key:
                    if opening is _END:
                        break
                    branches.append(self._junction("$and", key, slot))
                if item == "$and" or len(branches) == 1:
                    nodes.extend(node for branch in branches for node in branch.nodes)
                else:
                    nodes.append(Junction(item, tuple(branches)))
                continue
            nodes.append(Condition(self._resolver.path(item), next(key), slot[0], next(key)))
            slot[0] += 1
        return Junction(operator, tuple(nodes))


_END: Final = object()
_BEGIN: Final = object()


class _NotPlainError(Exception):
    """An operand is not of one of BSON's own types and has to be converted first."""


def _read(filter: Filter, key: list[Any], values: list[Any], depth: int) -> None:
    """Appends what makes up the shape of `filter` to `key`, and its operands to `values`."""
    if depth > _MAX_DEPTH:
        raise UnsupportedQuery(f"a filter is nested more than {_MAX_DEPTH} deep")
    for name, operand in filter.items():
        if name in _LOGICAL:
            key.append(name)
            if not isinstance(operand, list | tuple) or not operand:
                raise UnsupportedQuery(f"{name} takes a list of at least one filter")
            for branch in operand:
                if not isinstance(branch, Mapping):
                    raise UnsupportedQuery(f"{name} takes a list of filters")
                key.append(_BEGIN)
                _read(branch, key, values, depth + 1)
                key.append(_END)
            key.append(_END)
            continue
        if not isinstance(name, str) or name.startswith("$"):
            raise UnsupportedQuery(f"{name} is not supported at the top of a filter")
        kind = _KINDS.get(type(operand))
        if kind is not None:
            key += (name, "$eq", kind)
            values.append(_checked(operand, kind))
        elif isinstance(operand, Mapping):
            if operand and any(isinstance(inner, str) and inner.startswith("$") for inner in operand):
                _read_operators(name, operand, key, values)
            else:
                key += (name, "$eq", OBJECT)
                values.append(_document(operand))
        else:
            raise _NotPlainError


def _read_operators(name: str, operators: Filter, key: list[Any], values: list[Any]) -> None:
    for operator, operand in operators.items():
        if operator in _COMPARISONS:
            kind = _KINDS.get(type(operand))
            if kind is None:
                if not isinstance(operand, Mapping):
                    raise _NotPlainError
                kind, operand = OBJECT, _document(operand)
            if kind in (ARRAY, OBJECT) and operator not in ("$eq", "$ne"):
                raise UnsupportedQuery(f"{operator} does not take a list or a sub-document")
            value = _checked(operand, kind)
        elif operator in ("$in", "$nin"):
            value, kind = _members(operator, operand)
        elif operator == "$exists":
            if not isinstance(operand, bool):
                raise UnsupportedQuery("$exists takes True or False")
            value, kind = operand, "+" if operand else "-"
        elif operator == "$regex":
            if not isinstance(operand, str):
                raise UnsupportedQuery("$regex takes the pattern as a string")
            options = operators.get("$options", "")
            value = compile_regex(operand, options if isinstance(options, str) else repr(options))
            kind = "p" if value.prefix else "r"
        elif operator == "$options" and "$regex" in operators:
            continue
        else:
            raise UnsupportedQuery(f"{operator} is not supported")
        key += (name, operator, kind)
        values.append(value)


def _members(operator: str, operand: Any) -> tuple[list[Any], str]:
    """The operand of $in and how it shows in a shape: the number of values, rounded up, and whether null or nested ones occur."""
    if not isinstance(operand, list | tuple | set | frozenset):
        raise UnsupportedQuery(f"{operator} takes a list")
    if len(operand) > MAX_IN:
        raise UnsupportedQuery(f"{operator} takes at most {MAX_IN} values")
    if not isinstance(operand, list):
        raise _NotPlainError
    values: list[Any] = []
    has_null = nested = False
    for item in operand:
        kind = _KINDS.get(type(item))
        if kind is None:
            if not isinstance(item, Mapping):
                raise _NotPlainError
            kind, item = OBJECT, _document(item)
        if kind in (ARRAY, OBJECT):
            nested = True
        if kind == NULL:
            has_null = True
        else:
            values.append(_checked(item, kind))
    size = 1 << (len(values) - 1).bit_length() if values else 0
    return values, f"{size}{'n' if has_null else ''}{'x' if nested else ''}"


def _checked(value: Any, kind: str) -> Any:
    if kind == NUMBER:
        if value != value:
            raise UnsupportedQuery("NaN cannot be looked for")
        if not isinstance(value, float) and not -(2**63) <= value < 2**63:
            raise UnsupportedQuery("an integer is beyond 64 bits")
    elif kind == DATE:
        if value.tzinfo is UTC and not value.microsecond % 1000:
            return value
        try:
            return to_utc_ms(value)
        except ValueError as error:
            raise UnsupportedQuery(str(error)) from None
    elif kind == ARRAY:
        return [_literal(item) for item in value]
    return value


def _document(operand: Mapping[Any, Any]) -> dict[str, Any]:
    for name in operand:
        if not isinstance(name, str) or name.startswith("$"):
            raise UnsupportedQuery(f"{name!r} is not supported within a sub-document")
    return {name: _literal(item) for name, item in operand.items()}


def _literal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _document(value)
    kind = _KINDS.get(type(value))
    if kind is None:
        raise _NotPlainError
    return _checked(value, kind)


def _plain(value: Any) -> Any:
    """`value` with enums, subclasses of plain types, tuples and sets replaced by what BSON holds."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    if type(value) in _KINDS:
        return value
    base: Any
    for base in (int, float, str, bytes):
        if isinstance(value, base):
            return base(value)
    raise UnsupportedQuery(f"values of type {type(value).__name__} cannot be looked for")
