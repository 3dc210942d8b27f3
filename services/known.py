"""A short memory of documents that are read for nearly every event and hardly ever change."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from bson import ObjectId

from models.odm import Document
from services import changes

SECONDS = 15.0
_MOST = 4096

D = TypeVar("D", bound=Document)


class Known(Generic[D]):
    """Documents by their ids, each for `seconds` at most, which is how long a change can go unheard while the queue is away.

    kind: what services.changes calls them. read: reads one, None where there is none; that is not remembered.
    Whoever gets a document shares it with others and leaves it as it is.
    """

    def __init__(self, kind: str, read: Callable[[ObjectId], D | None], *, seconds: float = SECONDS, most: int = _MOST) -> None:
        self._read = read
        self._seconds = seconds
        self._most = most
        self._known: OrderedDict[str, tuple[float, D]] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()
        changes.heard_by(kind, self.forget)

    def get(self, id: ObjectId) -> D | None:
        """A document as it was read a moment ago at most, and not before a change that was heard of."""
        known = self._known.get(str(id))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        return self.fresh(id)

    def fresh(self, id: ObjectId) -> D | None:
        """The same, read now."""
        heard = self._changes
        found = self._read(id)
        if found is None:
            self.forget(str(id))
            return None
        with self._lock:
            # What was changed while it was read may be older than the change.
            if heard == self._changes:
                self._known[str(id)] = (time.monotonic() + self._seconds, found)
                self._known.move_to_end(str(id))
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
        return found

    def forget(self, key: str | None = None) -> None:
        """Have one, or all, read again."""
        with self._lock:
            self._changes += 1
            if key is None:
                self._known.clear()
            else:
                self._known.pop(key, None)
