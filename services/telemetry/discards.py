"""Removing what deleted sensors have left: up to hundreds of millions of readings, so bit by bit and by the worker."""

from collections.abc import Callable, Iterable, Iterator

from models.odm import Document
from models.readings import MAX_TS, Discard, Reading, between
from services.telemetry.rollups import WIDTHS

_SLICE = 500


def order(numbers: Iterable[int]) -> None:
    """Have everything removed that the sensors of these numbers have. Ordering it again is fine."""
    Discard.insert_many([Discard(id=number) for number in numbers])


def remove(also: Callable[[int], Iterator[None]] | None = None) -> Iterator[None]:
    """Remove what was ordered, a slice of some milliseconds at each step; of each sensor first what `also` removes."""
    for discard in Discard.find(limit=20):
        if also is not None:
            yield from also(discard.id)
        documents: list[type[Document]] = [Reading, *(width.document for width in WIDTHS)]
        for document in documents:
            everything = between(discard.id, 0, MAX_TS)
            while rows := document.find_raw(everything, projection=("_id",), sort=[("_id", 1)], limit=_SLICE):
                document.delete_many({"_id": {"$gte": rows[0]["_id"], "$lte": rows[-1]["_id"]}})
                yield
        Discard.delete_one({"_id": discard.id})
        yield
