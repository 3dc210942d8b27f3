"""Everything the ODM knows of one document class: its collection, indexes, paths, and how to store it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from models.odm.annotations import accepts_none, alternatives, is_mapping, is_model
from models.odm.applying import apply, store
from models.odm.codec import MAX_INT, MIN_INT, DocumentCodec, Raw, to_bson
from models.odm.errors import InvalidDocument, UnsupportedQuery
from models.odm.filters import NULL, FilterCompiler, Query
from models.odm.indexes import ASC, DESC, Index
from models.odm.paths import MAX_REMEMBERED, NO_ELEMENT, Path, resolve
from models.odm.updates import Update, UpdateCompiler

if TYPE_CHECKING:
    from models.odm.document import Document

Sort = Sequence[tuple[str, int]]

_COLLECTION_NAME = re.compile(r"(?!sqlite_|odm_)[A-Za-z][A-Za-z0-9_]*")


class Schema:
    """The compiled form of a document class.

    Attributes:
        collection: the name of its collection.
        indexes: as declared.
        time_series: MongoDB's `timeseries` option, or None. clustered: whether MongoDB keeps it in the order of `_id`.
        codec, filters, updates: what stores its documents, and compiles filters and updates on them.
    """

    def __init__(self, model: "type[Document]", settings: type) -> None:
        self.model = model
        self.collection: str = getattr(settings, "collection", "")
        if not isinstance(self.collection, str) or not _COLLECTION_NAME.fullmatch(self.collection):
            raise TypeError(f"{model.__name__}.Settings.collection names its collection: letters, digits and underscores")
        self.indexes: tuple[Index, ...] = tuple(getattr(settings, "indexes", ()))
        self.time_series: Mapping[str, Any] | None = getattr(settings, "time_series", None)
        self.clustered: bool = getattr(settings, "clustered", False)
        self._paths: dict[str, Path] = {}
        self._sorts: dict[tuple[tuple[str, int], ...], tuple[tuple[Path, int], ...]] = {}
        self._check_indexes()
        self.codec = DocumentCodec(model)
        self.filters = FilterCompiler(self)
        self.updates = UpdateCompiler(self)

    def path(self, name: str) -> Path:
        """The path of that name.

        Raises:
            UnsupportedQuery: no document of this model has it.
        """
        found = self._paths.get(name)
        if found is None:
            found = resolve(self.model, name) if isinstance(name, str) else None
            if found is None:
                hint = "; the id is called _id in queries" if name == "id" else ""
                raise UnsupportedQuery(f"{self.model.__name__} has no field {name!r}{hint}")
            if len(self._paths) < MAX_REMEMBERED:
                self._paths[name] = found
        return found

    def sort(self, sort: Sort | None) -> tuple[tuple[Path, int], ...]:
        """`sort` checked, as (path, ASC or DESC) pairs.

        Raises:
            UnsupportedQuery: it is no list of pairs, or names a field that the model does not have.
        """
        if not sort:
            return ()
        try:
            key = tuple(sort)
            found = self._sorts.get(key)
            if found is None:
                pairs = [(name, direction) for name, direction in key]
                if any(direction not in (ASC, DESC) for _, direction in pairs) or len({name for name, _ in pairs}) < len(pairs):
                    raise UnsupportedQuery("a sort names each field once, with ASC or DESC")
                found = tuple((self.path(name), direction) for name, direction in pairs)
                if len(self._sorts) < MAX_REMEMBERED:
                    self._sorts[key] = found
        except (TypeError, ValueError):
            raise UnsupportedQuery("a sort is a list of (field, ASC or DESC) pairs") from None
        return found

    def projection(self, names: Sequence[str]) -> tuple[Path, ...]:
        """The paths of a projection; `_id` is always among what is returned.

        Raises:
            UnsupportedQuery: it is no sequence of names, one is unknown, or one lies within another.
        """
        if isinstance(names, str | Mapping):
            raise UnsupportedQuery("a projection is a sequence of field names")
        paths = tuple(self.path(name) for name in names)
        for path in paths:
            if any(path is not other and path.parts == other.parts[: len(path.parts)] for other in paths):
                raise UnsupportedQuery(f"a projection names {path.name} and something in it")
        return paths

    def rows(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """`rows` checked as `insert_rows` takes them: of each document all fields in their order, the id first.

        Raises:
            UnsupportedQuery: the model has fields that are not numbers, text or bytes, or may be missing.
            InvalidDocument: a row is no valid document.
        """
        try:
            return self._row_validator.validate_python(list(rows))
        except ValidationError as error:
            raise invalid(error) from None

    @cached_property
    def _row_validator(self) -> TypeAdapter[list[tuple[Any, ...]]]:
        # One validator for all rows: making a model of each costs several times what storing it does.
        fields = self.model.model_fields
        if any(alternatives(info.annotation) not in ([int], [float], [str], [bytes]) for info in fields.values()) or any(
            accepts_none(info.annotation) for info in fields.values()
        ):
            raise UnsupportedQuery(f"{self.model.__name__} has fields that rows cannot hold")
        kinds: list[Any] = [
            Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation for info in fields.values()
        ]
        integers = [Annotated[kind, Field(ge=MIN_INT, le=MAX_INT)] if alternatives(kind) == [int] else kind for kind in kinds]
        return TypeAdapter(list[tuple[*integers]], config=ConfigDict(strict=True, allow_inf_nan=False))  # type: ignore[valid-type]

    @property
    def row_names(self) -> tuple[str, ...]:
        """The stored names of a row's values."""
        return tuple("_id" if name == "id" else name for name in self.model.model_fields)

    def to_raw(self, document: "Document") -> Raw:
        """What is stored of `document`.

        Raises:
            InvalidDocument: it was changed into something that its model or BSON does not allow.
        """
        try:
            return self.codec.to_raw(document)
        except ValidationError as error:
            raise invalid(error) from None

    def upserted(self, query: Query, update: Update) -> tuple[Raw, Raw]:
        """The document that an upsert makes where nothing matches, and the part of it that the model's defaults gave.

        It holds what the filter says is equal, what the update sets, and the model's defaults for the rest.

        Raises:
            InvalidDocument: that is no valid document.
        """
        document: Raw = {}
        for condition in query.shape.equalities():
            if condition.kind != NULL:
                store(document, condition.path.parts, query.values[condition.slot])
        document = dict(apply(update, document, inserting=True))
        touched = document.keys() | {change.path.root for change in update.changes}
        defaults: Raw = {}
        for name, info in self.model.model_fields.items():
            stored_name = "_id" if name == "id" else name
            if stored_name not in touched and not info.is_required():
                default = to_bson(info.get_default(call_default_factory=True, validated_data={}))
                if default is not None:
                    defaults[stored_name] = default
        document |= defaults
        if "_id" not in document:
            raise InvalidDocument(f"an upsert of {self.model.__name__} needs an _id in its filter", {"_id": "Field required"})
        document = {"_id": document.pop("_id"), **document}
        try:
            self.model.__pydantic_validator__.validate_python(self.codec.build(dict(document)).__dict__)
        except ValidationError as error:
            raise invalid(error) from None
        return document, defaults

    def _check_indexes(self) -> None:
        if len({(index.name, repr(index.partial)) for index in self.indexes}) < len(self.indexes):
            raise TypeError(f"{self.collection} declares an index twice")
        for index in self.indexes:
            try:
                self._check_index(index)
            except (UnsupportedQuery, TypeError) as error:
                raise TypeError(f"the index {index.name} of {self.collection}: {error}") from None

    def _check_index(self, index: Index) -> None:
        paths = [self.path(name) for name in index.fields]
        for path in paths:
            leaf = path.annotation if path.element is NO_ELEMENT else path.element
            if leaf is not Any and any(is_model(member) or is_mapping(member) for member in alternatives(leaf)):
                raise TypeError(f"{path.name} holds sub-documents")
        if sum(not path.scalar for path in paths) > 1:
            raise TypeError("it names more than one list")
        if index.ttl_seconds is not None and (not paths[0].scalar or alternatives(paths[0].annotation) != [datetime]):
            raise TypeError(f"{paths[0].name} is no time, so nothing can expire by it")
        for name, _, _ in index.partial_conditions():
            path = self.path(name)
            if not path.scalar or not path.declared:
                raise TypeError(f"{name} in its partial filter is not a plain field of the model")


def invalid(error: ValidationError) -> InvalidDocument:
    """The ODM's error for what pydantic found wrong."""
    fields = {".".join(map(str, item["loc"])) or "document": item["msg"] for item in error.errors()}
    return InvalidDocument("; ".join(f"{name}: {message}" for name, message in fields.items()), fields)
