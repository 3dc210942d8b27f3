"""How a document declares its indexes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ASC: Final = 1
DESC: Final = -1

_RANGES: Final = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte"})


@dataclass(frozen=True, slots=True, init=False)
class Index:
    """One index of a collection.

    Args:
        keys: field names (ascending) or (name, ASC or DESC) pairs, in order. Dotted paths reach into sub-documents;
            a list field makes the index multikey: each element is found. At most one list field an index.
        unique: no two documents hold the same values. As in MongoDB a missing field counts as null.
        partial: MongoDB's partialFilterExpression: only documents that match are indexed (and kept unique). Equality,
            $exists: True, $gt, $gte, $lt and $lte on fields.
        ttl_seconds: documents expire this many seconds after the time in the (single) field.
    """

    keys: tuple[tuple[str, int], ...]
    unique: bool
    partial: Mapping[str, Any] | None = field(hash=False)
    ttl_seconds: int | None

    def __init__(
        self,
        *keys: str | tuple[str, int],
        unique: bool = False,
        partial: Mapping[str, Any] | None = None,
        ttl_seconds: int | None = None,
    ) -> None:
        pairs = tuple((key, ASC) if isinstance(key, str) else (key[0], key[1]) for key in keys)
        if not pairs:
            raise TypeError("an index needs at least one field")
        if any(direction not in (ASC, DESC) for _, direction in pairs):
            raise TypeError("the direction of an index field is ASC or DESC")
        if len({name for name, _ in pairs}) != len(pairs):
            raise TypeError("an index names each field once")
        if ttl_seconds is not None and (len(pairs) > 1 or ttl_seconds < 0):
            raise TypeError("a TTL index has one field and a time to live of 0 seconds or more")
        object.__setattr__(self, "keys", pairs)
        object.__setattr__(self, "unique", unique)
        object.__setattr__(self, "partial", dict(partial) if partial else None)
        object.__setattr__(self, "ttl_seconds", ttl_seconds)
        self.partial_conditions()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the indexed fields, in order."""
        return tuple(name for name, _ in self.keys)

    @property
    def name(self) -> str:
        """MongoDB's own way to name an index: field_direction, joined."""
        return "_".join(f"{name}_{direction}" for name, direction in self.keys)

    def partial_conditions(self) -> list[tuple[str, str, Any]]:
        """The partial filter as (field, operator, value) triples that must all hold."""
        conditions: list[tuple[str, str, Any]] = []
        for name, value in (self.partial or {}).items():
            operators = value if isinstance(value, Mapping) else {"$eq": value}
            for operator, operand in operators.items():
                if operator not in _RANGES and not (operator == "$exists" and operand is True):
                    raise TypeError(f"a partial index takes equality, $exists: True and ranges, not {operator}: {operand!r}")
                conditions.append((name, operator, operand))
        return conditions
