"""Keeps what another version of the program stored: replacing a document leaves alone the fields that its model does not know.

That goes for the document and the sub-documents that a field holds. A list is one value, and so is a dict: storing one
replaces all of it.
"""

from typing import Any

from pydantic import BaseModel

from models.odm.annotations import alternatives, is_model
from models.odm.codec import Raw

Known = dict[str, "Known | None"]
"""The stored names that a model knows, each with those of the sub-document there, or None."""


def known_fields(model: type[BaseModel], *, stored_id: bool = True) -> Known:
    """What a model knows of its documents; `stored_id`: its id is stored as `_id`."""
    known: Known = {}
    for name, info in model.model_fields.items():
        members = alternatives(info.annotation)
        below = known_fields(members[0], stored_id=False) if len(members) == 1 and is_model(members[0]) else None
        known["_id" if stored_id and name == "id" else name] = below
    return known


def carried(known: Known, old: Raw, new: Raw) -> Raw:
    """`new` with what `old` holds that is not known; `new` itself where that is nothing."""
    more: Raw = {}
    for name, value in old.items():
        if name not in known:
            more[name] = value
        elif (below := known[name]) is not None and isinstance(value, dict) and isinstance(kept := new.get(name), dict):
            merged = carried(below, value, kept)
            if merged is not kept:
                more[name] = merged
    return {**new, **more} if more else new


def as_update(known: Known, raw: Raw) -> dict[str, dict[str, Any]]:
    """The update of MongoDB that makes a stored document `raw`, but for what is not known."""
    wanted: dict[str, Any] = {}
    gone: dict[str, Any] = {}
    _collect(known, raw, "", wanted, gone)
    update = {"$set": wanted, "$unset": gone}
    return {operator: operands for operator, operands in update.items() if operands} or {"$set": {}}


def _collect(known: Known, raw: Raw, prefix: str, wanted: dict[str, Any], gone: dict[str, Any]) -> None:
    for name, below in known.items():
        if name == "_id" and not prefix:
            continue
        value = raw.get(name)
        if value is None and name not in raw:
            gone[prefix + name] = ""
        elif below is not None and isinstance(value, dict) and value:
            _collect(below, value, f"{prefix}{name}.", wanted, gone)
        else:
            wanted[prefix + name] = value
