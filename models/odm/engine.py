"""What an engine offers: the operations of one collection on stored documents, and the database as a whole."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypedDict

from models.odm.codec import Raw
from models.odm.filters import Query
from models.odm.indexes import Index
from models.odm.ledger import Ledger
from models.odm.paths import Path
from models.odm.results import BulkResult, InsertResult, QueryCounts
from models.odm.schema import Schema
from models.odm.updates import Update

SortPaths = tuple[tuple[Path, int], ...]


class Bucket(TypedDict):
    """The values of one time bucket; `ts` is its start in ms since the epoch, first and last are by time."""

    ts: int
    count: int
    sum: float
    min: float
    max: float
    first: float
    last: float


class Collection(ABC):
    """The documents of one class in `engine`.

    Filters and updates come checked; documents are dicts in BSON's types, `_id` first.
    """

    engine: "Engine"

    @abstractmethod
    def get(self, id: Any) -> Raw | None: ...

    @abstractmethod
    def find(
        self, query: Query, sort: SortPaths = (), limit: int = 0, skip: int = 0, projection: tuple[Path, ...] = ()
    ) -> list[Raw]: ...

    @abstractmethod
    def stream(self, query: Query, sort: SortPaths, batch_size: int) -> Iterator[Raw]: ...

    @abstractmethod
    def count(self, query: Query, limit: int = 0) -> int: ...

    @abstractmethod
    def insert(self, raw: Raw) -> None: ...

    @abstractmethod
    def insert_many(self, raws: Sequence[Raw], ordered: bool) -> InsertResult: ...

    @abstractmethod
    def insert_rows(self, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> InsertResult: ...

    @abstractmethod
    def replace(self, raw: Raw) -> bool: ...

    @abstractmethod
    def update_one(self, query: Query, update: Update, upsert: bool) -> bool: ...

    @abstractmethod
    def update_many(self, query: Query, update: Update) -> int: ...

    @abstractmethod
    def find_one_and_update(self, query: Query, update: Update, upsert: bool, sort: SortPaths, return_new: bool) -> Raw | None: ...

    @abstractmethod
    def delete_one(self, query: Query) -> bool: ...

    @abstractmethod
    def delete_many(self, query: Query) -> int: ...

    @abstractmethod
    def find_one_and_delete(self, query: Query, sort: SortPaths) -> Raw | None: ...

    @abstractmethod
    def bulk_update(self, operations: Sequence[tuple[Query, Update]], upsert: bool) -> BulkResult: ...

    @abstractmethod
    def count_by(self, path: Path, query: Query) -> dict[Any, int]: ...

    @abstractmethod
    def distinct(self, path: Path, query: Query) -> list[Any]: ...

    @abstractmethod
    def bucket_by_time(self, query: Query, time: Path, value: Path, width_ms: int) -> list[Bucket]: ...


class Engine(ABC):
    """A database. `scheme` is that of its URL."""

    scheme: ClassVar[str]
    ledger: Ledger

    def __init__(self) -> None:
        self.counters: list[QueryCounts] = []

    @abstractmethod
    def is_empty(self, schemas: Sequence[Schema]) -> bool:
        """Whether no document of any of the schemas is stored."""

    @abstractmethod
    def prepare(self, schemas: Sequence[Schema], no_others: Callable[[str], None]) -> None:
        """Adds the collections and all else that the schemas need, but indexes. Nothing is taken away.

        Args:
            no_others: raises OdmError where processes of other versions have the database open; takes what would be their trouble.
        """

    @abstractmethod
    def build_indexes(self, schemas: Sequence[Schema]) -> None:
        """Adds the indexes that the schemas declare. Raises NotUnique where one does not hold."""

    @abstractmethod
    def collections(self, schemas: Sequence[Schema]) -> dict[str, Collection]:
        """The collections by name, once they are prepared."""

    @abstractmethod
    def rewrite(self, collection: str, change: Callable[[Raw], Raw], after: Any) -> Any:
        """Stores what `change` makes of the next documents after `after`; returns where it came to, None at the end."""

    @abstractmethod
    def drop_index(self, collection: str, index: Index) -> None:
        """Drops an index, and what is kept for it alone. Harmless where there is none."""

    @abstractmethod
    def drop_collection(self, collection: str) -> None:
        """Drops a collection with all that belongs to it. Harmless where there is none."""

    @abstractmethod
    def lacking(self, collection: str, field: str) -> Any:
        """The id of a document without that field; None where all have it."""

    @abstractmethod
    def leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        """The names of the indexes of these collections that the schemas do not declare."""

    @abstractmethod
    def drop_leftovers(self, schemas: Sequence[Schema]) -> list[str]:
        """Drops them, and what is kept for them alone; returns their names."""

    @abstractmethod
    def narrow(self, schemas: Sequence[Schema]) -> None:
        """Has the database accept only what these schemas do, where it checks documents."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def ping(self) -> None: ...

    @abstractmethod
    def stats(self) -> dict[str, Any]: ...

    @abstractmethod
    def sweep_expired(self) -> int: ...

    @abstractmethod
    def explain(self, schema: Schema, query: Query, sort: SortPaths, limit: int) -> list[str]: ...

    def count_read(self) -> None:
        """Notes one round trip that reads."""
        for counter in self.counters:
            counter.reads += 1

    def count_write(self) -> None:
        """Notes one round trip that writes."""
        for counter in self.counters:
            counter.writes += 1
