"""MongoDB's semantics of filters and sorts in as few lines as they take, straight from the manual, sharing nothing with the ODM."""

import re
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from bson import ObjectId

Document = dict[str, Any]

_ORDER = [type(None), (int, float), str, dict, list, bytes, ObjectId, bool, datetime]


def type_order(value: Any) -> int:
    if isinstance(value, bool):
        return 7
    return next(at for at, kind in enumerate(_ORDER) if isinstance(value, kind))  # type: ignore[arg-type]


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1 in MongoDB's order of values."""
    order = (type_order(left) > type_order(right)) - (type_order(left) < type_order(right))
    if order or left is None:
        return order
    if isinstance(left, dict):
        left, right = ([(type_order(v), k, v) for k, v in d.items()] for d in (left, right))
        return compare_sequences(left, right)
    if isinstance(left, list):
        return compare_sequences([(0, "", v) for v in left], [(0, "", v) for v in right])
    if isinstance(left, bytes) and len(left) != len(right):
        return -1 if len(left) < len(right) else 1
    return int(left > right) - int(left < right)


def compare_sequences(left: list[Any], right: list[Any]) -> int:
    for (type_a, name_a, a), (type_b, name_b, b) in zip(left, right, strict=False):
        head = ((type_a, name_a) > (type_b, name_b)) - ((type_a, name_a) < (type_b, name_b))
        if order := head or compare(a, b):
            return order
    return (len(left) > len(right)) - (len(left) < len(right))


def values_at(document: Any, path: str) -> list[Any]:
    """What a condition on `path` looks at: [] stands for a missing field, and arrays count whole and by element."""
    head, _, rest = path.partition(".")
    if isinstance(document, list):
        return [value for item in document if isinstance(item, dict) for value in values_at(item, path)]
    if not isinstance(document, dict) or head not in document:
        return [...]
    value = document[head]
    if rest:
        return values_at(value, rest)
    return [value, *value] if isinstance(value, list) else [value]


def matches(document: Document, filter: Document) -> bool:
    """Whether the document matches."""
    for name, condition in filter.items():
        if name == "$and":
            if not all(matches(document, inner) for inner in condition):
                return False
        elif name == "$or":
            if not any(matches(document, inner) for inner in condition):
                return False
        else:
            operators = condition if isinstance(condition, dict) and any(k[:1] == "$" for k in condition) else {"$eq": condition}
            for operator, operand in operators.items():
                if not holds(values_at(document, name), operator, operand, operators):
                    return False
    return True


def holds(values: list[Any], operator: str, operand: Any, operators: Document) -> bool:
    if operator in ("$ne", "$nin"):
        return not holds(values, {"$ne": "$eq", "$nin": "$in"}[operator], operand, operators)
    if operator == "$exists":
        return any(value is not ... for value in values) is operand
    if operator == "$in":
        return any(holds(values, "$eq", item, operators) for item in operand)
    if operator == "$regex":
        flags = re.IGNORECASE if "i" in operators.get("$options", "") else 0
        return any(isinstance(value, str) and re.search(operand, value, flags) is not None for value in values)
    if operator == "$options":
        return True
    present = [None if value is ... else value for value in values]
    same_type = [value for value in present if type_order(value) == type_order(operand)]
    wanted = {"$eq": (0,), "$gt": (1,), "$gte": (0, 1), "$lt": (-1,), "$lte": (-1, 0)}[operator]
    return any(compare(value, operand) in wanted for value in same_type)


def sort_value(document: Document, path: str, direction: int) -> Any:
    """Of an array its least element (its greatest, descending); an empty one sorts before null."""
    head, _, rest = path.partition(".")
    found: list[Any] = []

    def collect(node: Any, parts: list[str]) -> None:
        if not parts:
            found.extend(node if isinstance(node, list) and node else [...] if isinstance(node, list) else [node])
        elif isinstance(node, list):
            for item in node:
                if isinstance(item, dict):
                    collect(item, parts)
        elif isinstance(node, dict) and parts[0] in node:
            collect(node[parts[0]], parts[1:])
        else:
            found.append(None)

    collect(document, [head, *rest.split(".")] if rest else [head])
    ordered = sorted(found or [...], key=cmp_to_key(compare_with_empty))
    return ordered[0] if direction > 0 else ordered[-1]


def compare_with_empty(left: Any, right: Any) -> int:
    if left is ... or right is ...:
        return (right is ...) - (left is ...)
    return compare(left, right)


def in_order(documents: list[Document], sort: list[tuple[str, int]]) -> list[Document]:
    """The documents in the order of `sort`."""

    def by_all(left: Document, right: Document) -> int:
        for path, direction in sort:
            order = compare_with_empty(sort_value(left, path, direction), sort_value(right, path, direction))
            if order:
                return order * direction
        return 0

    return sorted(documents, key=cmp_to_key(by_all))


def apply(document: Document, update: Document) -> Document:
    """The document after an update of plain (undotted) fields."""
    result = dict(document)
    for operator, fields in update.items():
        for name, operand in fields.items():
            old = result.get(name, ...)
            if operator == "$unset" or (operator == "$set" and operand is None):
                result.pop(name, None)
            elif operator == "$set":
                result[name] = operand
            elif operator == "$inc":
                result[name] = operand if old is ... else old + operand
            elif operator in ("$min", "$max"):
                better = old is ... or compare(operand, old) == (-1 if operator == "$min" else 1)
                result[name] = operand if better else old
            elif operator == "$push":
                result[name] = [operand] if old is ... else [*old, operand]
            elif operator == "$addToSet":
                items = [] if old is ... else old
                result[name] = items if any(compare(item, operand) == 0 for item in items) else [*items, operand]
            elif operator == "$pull" and old is not ...:
                result[name] = [item for item in old if compare(item, operand)]
    return result
