"""Changes stored documents one after the other, while others write."""

from collections.abc import Callable
from typing import Any, Final

from pymongo.collection import Collection

from models.odm.codec import Raw

_CHUNK: Final = 200


def rewrite(collection: Collection[Raw], change: Callable[[Raw], Raw], after: Any) -> Any:
    """Stores what `change` makes of the next documents after the id `after`; returns the last id, None at the end."""
    rest = {} if after is None else {"_id": {"$gt": after}}
    found = list(collection.find(rest, sort=[("_id", 1)], limit=_CHUNK, batch_size=_CHUNK))
    for raw in found:
        _rewrite_one(collection, change, raw)
    return found[-1]["_id"] if len(found) == _CHUNK else None


def _rewrite_one(collection: Collection[Raw], change: Callable[[Raw], Raw], raw: Raw) -> None:
    stored: Raw | None = raw
    while stored is not None:
        new = change(stored)
        touched = [name for name in {**stored, **new} if stored.get(name, _NOTHING) != new.get(name, _NOTHING)]
        if not touched:
            return
        wanted = {name: new[name] for name in touched if name in new}
        gone = {name: "" for name in touched if name not in new}
        update = {operator: fields for operator, fields in (("$set", wanted), ("$unset", gone)) if fields}
        # Only where nobody has changed these fields since; otherwise what there is then is changed.
        unchanged = {name: {"$eq": stored[name]} if name in stored else {"$exists": False} for name in touched}
        if collection.update_one({"_id": stored["_id"], **unchanged}, update).matched_count:
            return
        stored = collection.find_one({"_id": stored["_id"]})


_NOTHING: Final = object()
