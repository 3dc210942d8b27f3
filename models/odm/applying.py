"""Applies an update to a stored document in Python, as MongoDB does on its server."""

from typing import Any

from models.odm.codec import Raw, to_bson
from models.odm.errors import InvalidDocument
from models.odm.order import MISSING, equal, leaves, sort_key
from models.odm.updates import Change, Update, same


def apply(update: Update, document: Raw, *, inserting: bool = False) -> Raw:
    """The document after `update`: a new one, or `document` itself where nothing changes. `document` is left as it is.

    Args:
        inserting: whether the document is being made by an upsert, so that $setOnInsert counts.

    Raises:
        InvalidDocument: the result would not fit the model, or an operator does not fit the stored value.
    """
    changed = False
    result = dict(document)
    for change in update.changes:
        if change.operator == "$setOnInsert" and not inserting:
            continue
        old = leaves(result, change.path.parts)[0]
        new = _changed(change, old)
        if new is old or same(old, new):
            continue
        changed = True
        store(result, change.path.parts, new)
        if change.recheck is not None:
            change.recheck(result.get(change.path.root))
    return result if changed else document


def _changed(change: Change, old: Any) -> Any:
    operator, operand = change.operator, change.operand
    if operator in ("$set", "$setOnInsert"):
        return operand
    if operator == "$unset":
        return MISSING
    if operator == "$inc":
        if old is MISSING:
            return operand
        if isinstance(old, bool) or not isinstance(old, int | float):
            raise _mismatch(change, "is not a number")
        return to_bson(old + operand)
    if operator in ("$min", "$max"):
        if old is MISSING:
            return operand
        smaller = sort_key(operand) < sort_key(old)
        return operand if smaller == (operator == "$min") and not equal(operand, old) else old
    return _changed_list(change, old)


def _changed_list(change: Change, old: Any) -> Any:
    operator, operand = change.operator, change.operand
    if old is MISSING:
        return MISSING if operator == "$pull" else [operand]
    if not isinstance(old, list):
        raise _mismatch(change, "is not a list")
    if operator == "$push":
        return [*old, operand]
    if operator == "$addToSet":
        return old if any(equal(item, operand) for item in old) else [*old, operand]
    kept = [item for item in old if not operand(item)]
    return old if len(kept) == len(old) else kept


def store(document: Raw, parts: tuple[str, ...], value: Any) -> None:
    """Puts `value` (MISSING: nothing) at the path; sub-documents on the way are copied, and made where they lack."""
    node = document
    for part in parts[:-1]:
        below = node.get(part)
        if below is None:
            if value is MISSING:
                return
            below = {}
        elif not isinstance(below, dict):
            raise InvalidDocument(f"{'.'.join(parts)}: {part} is not a sub-document")
        node[part] = below = dict(below)
        node = below
    if value is MISSING:
        node.pop(parts[-1], None)
    else:
        node[parts[-1]] = value


def _mismatch(change: Change, what: str) -> InvalidDocument:
    message = f"the stored value {what}, so {change.operator} does not apply"
    return InvalidDocument(f"{change.path.name}: {message}", {change.path.name: message})
