"""Migrations: what has to happen to stored data when its models change in more than additions.

    MIGRATIONS = (
        Migration("messages-text", expand=[CopyField("messages", "body", "text")], contract=[RemoveField("messages", "body")]),
    )

A migration has two phases. `expand` runs when the first process that knows it opens the database, before that serves anybody:
what it does must leave older versions working beside it. `contract` takes away what only they needed; it runs when an operator
asks for it, and not while a process of another version has the database open. docs/migrations.md says how this fits together.

Steps work through a collection in the order in which it lies, in batches, and note after each how far they came. A process
that is killed leaves a batch that may be done twice, so a step must be harmless when it is repeated.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.odm.codec import Raw
from models.odm.indexes import Index

if TYPE_CHECKING:
    from models.odm.engine import Engine

Note = Callable[[Any], None]
"""Takes how far a step has come, to begin there when it is run again."""


class Step(ABC):
    """One thing that a migration does."""

    @abstractmethod
    def run(self, engine: "Engine", cursor: Any, note: Note) -> None:
        """Does it from `cursor` on (None: from the beginning), which an earlier process noted."""


@dataclass(frozen=True)
class Rewrite(Step):
    """Stores what `change` makes of each document of a collection, where that differs.

    `change` gets a document as it is stored, under its stored names, and returns what shall be there: a new dict, or the same
    for no change. It leaves `_id` alone, is not told which process or version wrote the document, and may see a document
    that it changed already. A document that somebody else writes meanwhile is read and changed anew.
    """

    collection: str
    change: Callable[[Raw], Raw]

    def run(self, engine: "Engine", cursor: Any, note: Note) -> None:
        while True:
            cursor = engine.rewrite(self.collection, self.change, cursor)
            if cursor is None:
                return
            note(cursor)


class CopyField(Rewrite):
    """Stores the value of `old` as `new` too, where there is none."""

    def __init__(self, collection: str, old: str, new: str) -> None:
        def change(raw: Raw) -> Raw:
            return {**raw, new: raw[old]} if old in raw and new not in raw else raw

        super().__init__(collection, change)


class RemoveField(Rewrite):
    """Removes a top-level field."""

    def __init__(self, collection: str, name: str) -> None:
        super().__init__(collection, lambda raw: {key: value for key, value in raw.items() if key != name} if name in raw else raw)


@dataclass(frozen=True)
class DropIndex(Step):
    """Drops an index that no version declares any more, and what was kept for it alone."""

    collection: str
    index: Index

    def run(self, engine: "Engine", cursor: Any, note: Note) -> None:
        engine.drop_index(self.collection, self.index)


@dataclass(frozen=True)
class DropCollection(Step):
    """Drops a collection with all of its documents."""

    collection: str

    def run(self, engine: "Engine", cursor: Any, note: Note) -> None:
        engine.drop_collection(self.collection)


@dataclass(frozen=True)
class Migration:
    """A change of stored data, under a name that it keeps for good.

    Attributes:
        name: unique; what the database remembers it by.
        expand, contract: the steps of its two phases, in order.
        breaking: older versions cannot live with what `expand` does: it runs only while none has the database open, and from
            then on they are refused. Where possible, split such a change into two releases instead.
    """

    name: str
    expand: Sequence[Step] = field(default=())
    contract: Sequence[Step] = field(default=())
    breaking: bool = False
