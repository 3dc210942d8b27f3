"""MongoDB's comparison order: values of different types never compare as equal, and sort type by type.

Source: MongoDB Manual, "BSON Types: Comparison/Sort Order". Missing and null are one value here; numbers are compared by
value whatever their type; strings by their UTF-8 bytes, which is the order of code points.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any, Final

from bson import Int64, ObjectId

from models.odm.errors import UnsupportedQuery


class Rank(IntEnum):
    """The place of a type among the others."""

    NULL = 0
    NAN = 1
    NUMBER = 2
    STRING = 3
    OBJECT = 4
    ARRAY = 5
    BINARY = 6
    OBJECT_ID = 7
    BOOL = 8
    DATE = 9


class _Missing:
    """The value of a field that is not there. Not the same as null for $exists, the same for everything else."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()

_RANKS: Final[dict[type, Rank]] = {
    type(None): Rank.NULL,
    _Missing: Rank.NULL,
    int: Rank.NUMBER,
    Int64: Rank.NUMBER,
    float: Rank.NUMBER,
    str: Rank.STRING,
    dict: Rank.OBJECT,
    list: Rank.ARRAY,
    bytes: Rank.BINARY,
    ObjectId: Rank.OBJECT_ID,
    bool: Rank.BOOL,
    datetime: Rank.DATE,
}

COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def rank(value: Any) -> Rank:
    """The rank of the type of `value`, which is one that BSON holds."""
    found = _RANKS.get(type(value))
    if found is None:
        found = next((rank for kind, rank in _RANKS.items() if isinstance(value, kind)), None)
        if found is None:
            raise UnsupportedQuery(f"values of type {type(value).__name__} are not comparable")
    return Rank.NAN if found is Rank.NUMBER and value != value else found


def sort_key(value: Any) -> tuple[Any, ...]:
    """A tuple that sorts as MongoDB sorts `value`."""
    kind = rank(value)
    if kind in (Rank.NULL, Rank.NAN):
        return (kind,)
    if kind is Rank.OBJECT:
        return (kind, tuple((rank(item), name, sort_key(item)) for name, item in value.items()))
    if kind is Rank.ARRAY:
        return (kind, tuple(sort_key(item) for item in value))
    if kind is Rank.BINARY:
        return (kind, len(value), value)
    return (kind, value)


def equal(left: Any, right: Any) -> bool:
    """Whether MongoDB takes both for the same value: 1 is 1.0 but not True, and the order of keys matters."""
    kind = rank(left)
    if kind != rank(right):
        return False
    if kind in (Rank.NULL, Rank.NAN):
        return True
    if kind is Rank.OBJECT:
        return list(left) == list(right) and all(equal(left[name], right[name]) for name in left)
    if kind is Rank.ARRAY:
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def compares(name: str, value: Any, bound: Any) -> bool:
    """Whether `value` stands to `bound` as the operator `name` ($gt, $gte, $lt, $lte) says; only within one type."""
    kind = rank(value)
    if kind != rank(bound):
        return False
    if kind is Rank.NULL:
        return name in ("$gte", "$lte")
    if kind is Rank.BINARY:
        return COMPARISONS[name]((len(value), value), (len(bound), bound))
    return COMPARISONS[name](value, bound)


def leaves(node: Any, parts: tuple[str, ...], at: int = 0) -> list[Any]:
    """The values that the path `parts` leads to in `node`, MISSING where it leads nowhere.

    An array on the way stands for each of the documents in it; an array at the end is one value.
    """
    while at < len(parts):
        if isinstance(node, Mapping):
            node = node.get(parts[at], MISSING)
            if node is MISSING:
                return [MISSING]
            at += 1
        elif isinstance(node, list):
            return [leaf for item in node if isinstance(item, Mapping) for leaf in leaves(item, parts, at)]
        else:
            return [MISSING]
    return [node]


def path_sort_key(document: Mapping[str, Any], parts: tuple[str, ...], direction: int) -> tuple[Any, ...]:
    """What MongoDB sorts a document by at a path: of an array its smallest element, descending its largest."""
    keys: list[tuple[Any, ...]] = []
    for leaf in leaves(document, parts):
        if isinstance(leaf, list):
            keys += [sort_key(item) for item in leaf] or [_BEFORE_NULL]
        else:
            keys.append(sort_key(leaf))
    if not keys:
        return _BEFORE_NULL
    return min(keys) if direction > 0 else max(keys)


_BEFORE_NULL: Final = (-1,)
"""Where an empty array sorts."""
