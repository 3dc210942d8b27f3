"""Document: a pydantic model that names its collection and owns its queries."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from copy import copy
from types import MethodType
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic._internal._model_construction import ModelMetaclass
from pydantic.fields import FieldInfo

from models.odm.annotations import is_stored_time, with_stored_times
from models.odm.codec import Raw
from models.odm.engine import Bucket, Collection
from models.odm.errors import OdmError, UnsupportedQuery
from models.odm.filters import Filter
from models.odm.results import BulkResult, InsertResult
from models.odm.schema import Schema, Sort
from models.odm.types import Id
from models.odm.updates import UpdateSpec
from utils.ids import new_id

# The collections of the database that the running code is in (see Database.active), by the class of their documents.
active_collections: ContextVar[Mapping[type["Document"], Collection]] = ContextVar("active_collections")


class _DocumentMeta(ModelMetaclass):
    """Lets a field have the name of a class method: `Rollup.count({...})` counts documents, `rollup.count` is the field."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> type:
        annotations = namespace.get("__annotations__", {})
        if bases != (BaseModel,) and (taken := _TAKEN.intersection(annotations)):
            raise TypeError(f"{name}: a field cannot be called {min(taken)}, which every document has")
        # Without a value pydantic would take the inherited method for the default of such a field.
        shadowing = {field: Field() for field in annotations if field in _CLASS_METHODS}
        if not shadowing:
            return super().__new__(mcs, name, bases, namespace, **kwargs)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*shadows an attribute in parent")
            return super().__new__(mcs, name, bases, {**shadowing, **namespace}, **kwargs)


_CLASS_METHODS: frozenset[str] = frozenset()
_TAKEN = frozenset({"insert", "replace", "schema_of"})


class Document(BaseModel, metaclass=_DocumentMeta):
    """A document and its collection; see the package's documentation for the language of filters and updates.

    Every operation may raise DatabaseUnavailable; those that take a filter, a sort or a projection UnsupportedQuery;
    those that write InvalidDocument and DuplicateKey.
    """

    model_config = ConfigDict(extra="forbid", strict=True, validate_assignment=True, allow_inf_nan=False)

    schema_of: ClassVar[Schema]

    id: Id = Field(default_factory=new_id)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.__pydantic_complete__:
            raise TypeError(f"{cls.__name__} names types that do not exist yet; define them before it")
        if cls._inherit_shadowing_fields() | cls._store_times():
            cls.model_rebuild(force=True)
        if (settings := cls.__dict__.get("Settings")) is not None:
            cls.schema_of = Schema(cls, settings)

    @classmethod
    def _inherit_shadowing_fields(cls) -> bool:
        """Gives inherited fields with the name of a class method what they were declared with; whether there were any."""
        changed = False
        for name, info in cls.model_fields.items():
            if name in _CLASS_METHODS and isinstance(info.default, MethodType):
                parent = next(base for base in cls.__mro__[1:] if name in base.__dict__.get("__pydantic_fields__", {}))
                cls.__pydantic_fields__[name] = copy(parent.__pydantic_fields__[name])  # type: ignore[attr-defined]
                changed = True
        return changed

    @classmethod
    def _store_times(cls) -> bool:
        """Makes plain datetime fields keep what BSON keeps; whether there were any."""
        changed = False
        for name, info in cls.model_fields.items():
            try:
                stored = with_stored_times(info.annotation)
            except TypeError as error:
                raise TypeError(f"{cls.__name__}.{name}: {error}") from None
            if info.alias is not None or info.validation_alias is not None:
                raise TypeError(f"{cls.__name__}.{name}: a field is stored under its own name and takes no alias")
            if stored != info.annotation and not is_stored_time(info.metadata):
                fresh = FieldInfo.from_annotation(stored)
                info.annotation = fresh.annotation
                info.metadata = [*fresh.metadata, *info.metadata]
                changed = True
        return changed

    @classmethod
    def _collection(cls) -> Collection:
        try:
            return active_collections.get()[cls]
        except LookupError:
            raise OdmError(f"{cls.__name__} is in no database here: connect() with it, or enter one that is open") from None

    @classmethod
    def get(cls, id: Any) -> Self | None:
        """The document with that id, or None."""
        raw = cls._collection().get(id)
        return None if raw is None else cls.schema_of.codec.build(raw)

    @classmethod
    def find_one(cls, filter: Filter | None = None, sort: Sort | None = None) -> Self | None:
        """The first document that matches, or None."""
        schema = cls.schema_of
        found = cls._collection().find(schema.filters.compile(filter), schema.sort(sort), 1)
        return schema.codec.build(found[0]) if found else None

    @classmethod
    def find(cls, filter: Filter | None = None, *, sort: Sort | None = None, limit: int = 0, skip: int = 0) -> list[Self]:
        """The documents that match, at most `limit` (0: all) after the first `skip`."""
        schema = cls.schema_of
        _check_window(limit, skip)
        found = cls._collection().find(schema.filters.compile(filter), schema.sort(sort), limit, skip)
        build = schema.codec.build
        return [build(raw) for raw in found]

    @classmethod
    def find_raw(
        cls,
        filter: Filter | None = None,
        *,
        projection: Sequence[str] = (),
        sort: Sort | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Raw]:
        """The same as plain dicts under the stored names (`_id`), with only the fields of `projection` (none: all).

        Fields that are not stored are not in the dicts. On SQLite this is quickest where each field is indexed.
        """
        schema = cls.schema_of
        _check_window(limit, skip)
        return cls._collection().find(schema.filters.compile(filter), schema.sort(sort), limit, skip, schema.projection(projection))

    @classmethod
    def stream(cls, filter: Filter | None = None, *, sort: Sort | None = None, batch_size: int = 1000) -> Iterator[Self]:
        """The documents that match, one by one, in constant memory and without holding a connection in between.

        Documents that come, go or move in the order while it runs may or may not be among them.
        """
        schema = cls.schema_of
        if batch_size < 1:
            raise UnsupportedQuery("batch_size is at least 1")
        found = cls._collection().stream(schema.filters.compile(filter), schema.sort(sort), batch_size)
        return map(schema.codec.build, found)

    @classmethod
    def count(cls, filter: Filter | None = None, limit: int = 0) -> int:
        """How many documents match; counts no further than `limit` (0: all)."""
        _check_window(limit, 0)
        return cls._collection().count(cls.schema_of.filters.compile(filter), limit)

    @classmethod
    def exists(cls, filter: Filter | None = None) -> bool:
        """Whether any document matches."""
        return cls._collection().count(cls.schema_of.filters.compile(filter), 1) > 0

    def insert(self) -> Self:
        """Stores this new document, and returns it."""
        self._collection().insert(self.schema_of.to_raw(self))
        return self

    @classmethod
    def insert_many(cls, documents: Iterable[Self], ordered: bool = False) -> InsertResult:
        """Stores many new documents in one commit. Those that a unique index holds already are left out and reported.

        With `ordered` the first of those ends it: the ones before it are stored, the ones after it are not.
        """
        to_raw = cls.schema_of.to_raw
        raws = [to_raw(document) for document in documents]
        return cls._collection().insert_many(raws, ordered) if raws else InsertResult(0)

    @classmethod
    def insert_rows(cls, rows: Sequence[tuple[Any, ...]]) -> InsertResult:
        """`insert_many` for documents of numbers, text and bytes alone: of each all fields in their order, the id first.

        Nothing is stored where one of them is no valid document. With many small documents several times as fast.
        """
        schema = cls.schema_of
        checked = schema.rows(rows)
        return cls._collection().insert_rows(schema.row_names, checked) if checked else InsertResult(0)

    def replace(self) -> bool:
        """Stores this document in place of the one with its id; False, and nothing stored, where there is none."""
        return self._collection().replace(self.schema_of.to_raw(self))

    @classmethod
    def update_one(cls, filter: Filter, update: UpdateSpec, upsert: bool = False) -> bool:
        """Updates one document that matches; with `upsert` makes one where none does. Whether there was one or is now."""
        schema = cls.schema_of
        return cls._collection().update_one(schema.filters.compile(filter), schema.updates.compile(update), upsert)

    @classmethod
    def update_many(cls, filter: Filter, update: UpdateSpec) -> int:
        """Updates all documents that match, in one commit; returns how many matched."""
        schema = cls.schema_of
        return cls._collection().update_many(schema.filters.compile(filter), schema.updates.compile(update))

    @classmethod
    def find_one_and_update(
        cls,
        filter: Filter,
        update: UpdateSpec,
        *,
        upsert: bool = False,
        sort: Sort | None = None,
        return_new: bool = True,
    ) -> Self | None:
        """Updates the first document that matches and returns it as it is then (or was before), in one atomic step."""
        schema = cls.schema_of
        raw = cls._collection().find_one_and_update(
            schema.filters.compile(filter), schema.updates.compile(update), upsert, schema.sort(sort), return_new
        )
        return None if raw is None else schema.codec.build(raw)

    @classmethod
    def delete_one(cls, filter: Filter) -> bool:
        """Deletes one document that matches; whether there was one."""
        return cls._collection().delete_one(cls.schema_of.filters.compile(filter))

    @classmethod
    def delete_many(cls, filter: Filter) -> int:
        """Deletes all documents that match; returns how many."""
        return cls._collection().delete_many(cls.schema_of.filters.compile(filter))

    @classmethod
    def find_one_and_delete(cls, filter: Filter, sort: Sort | None = None) -> Self | None:
        """Deletes the first document that matches and returns it."""
        schema = cls.schema_of
        raw = cls._collection().find_one_and_delete(schema.filters.compile(filter), schema.sort(sort))
        return None if raw is None else schema.codec.build(raw)

    @classmethod
    def bulk_upsert(cls, operations: Iterable[tuple[Filter, UpdateSpec]]) -> BulkResult:
        """`update_one` with upsert for each (filter, update), in one commit.

        All are checked before any is run. One that meets a duplicate key does not keep the others from being stored;
        DuplicateKey is raised once they are.
        """
        return cls._bulk(operations, upsert=True)

    @classmethod
    def bulk_update(cls, operations: Iterable[tuple[Filter, UpdateSpec]]) -> BulkResult:
        """`update_one` for each (filter, update), in one commit; nothing is made where none matches. Else as `bulk_upsert`."""
        return cls._bulk(operations, upsert=False)

    @classmethod
    def _bulk(cls, operations: Iterable[tuple[Filter, UpdateSpec]], *, upsert: bool) -> BulkResult:
        schema = cls.schema_of
        checked = [(schema.filters.compile(filter), schema.updates.compile(update)) for filter, update in operations]
        return cls._collection().bulk_update(checked, upsert) if checked else BulkResult()

    @classmethod
    def count_by(cls, field: str, filter: Filter | None = None) -> dict[Any, int]:
        """How many of the matching documents hold each value of `field` (None: no value); a list counts each element."""
        schema = cls.schema_of
        return cls._collection().count_by(schema.path(field), schema.filters.compile(filter))

    @classmethod
    def distinct(cls, field: str, filter: Filter | None = None) -> list[Any]:
        """The different values of `field` in the matching documents, in order; a list gives its elements."""
        schema = cls.schema_of
        return cls._collection().distinct(schema.path(field), schema.filters.compile(filter))

    @classmethod
    def bucket_by_time(cls, filter: Filter | None = None, *, time_field: str, value_field: str, width_ms: int) -> list[Bucket]:
        """The matching documents by buckets of `width_ms`, in order of time: {"ts", "count", "sum", "min", "max", "first", "last"}.

        `time_field` holds ms since the epoch, or a datetime; `ts` is the start of the bucket in ms, a multiple of the
        width; first and last are by time. Documents without a number in `value_field` do not count.
        """
        schema = cls.schema_of
        time, value = schema.path(time_field), schema.path(value_field)
        if width_ms < 1:
            raise UnsupportedQuery("width_ms is at least 1")
        if not time.scalar or not value.scalar:
            raise UnsupportedQuery(f"{time_field} and {value_field} hold one plain value each")
        return cls._collection().bucket_by_time(schema.filters.compile(filter), time, value, width_ms)


def _check_window(limit: int, skip: int) -> None:
    if limit < 0 or skip < 0:
        raise UnsupportedQuery("limit and skip are 0 or more")


_CLASS_METHODS = frozenset(name for name, value in vars(Document).items() if isinstance(value, classmethod))
