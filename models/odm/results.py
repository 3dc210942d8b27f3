"""What the operations on many documents answer with."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InsertResult:
    """How many documents were stored, and the positions of those that were not, for a unique index holds them."""

    inserted: int
    duplicates: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many documents matched, how many of those changed, and how many were made anew."""

    matched: int = 0
    modified: int = 0
    upserted: int = 0


@dataclass(slots=True)
class QueryCounts:
    """Round trips to the engine while a `Database.count_queries()` block was open."""

    reads: int = 0
    writes: int = 0
