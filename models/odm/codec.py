"""From a document to what is stored and back. What comes from storage is trusted and built without validation."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, Final

from bson import Int64, ObjectId
from pydantic import BaseModel, TypeAdapter

from models.odm.annotations import alternatives, element, is_array, is_enum, is_mapping, is_model, is_stored_as_is, unwrap
from models.odm.annotations import container as container_of
from models.odm.errors import InvalidDocument
from models.odm.order import sort_key
from models.odm.types import to_utc_ms

Raw = dict[str, Any]
"""A document as stored: BSON's own types under the stored names, `_id` first."""

Decoder = Callable[[Any], Any]

_AS_THEY_ARE: Final = frozenset({str, int, float, bool, bytes, ObjectId, Int64, type(None)})
MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**63 - 1


def to_bson(value: Any) -> Any:
    """`value` in BSON's own types: models become sub-documents without their None fields, enums their values.

    Raises:
        InvalidDocument: BSON holds no such value.
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        if kind is int and not MIN_INT <= value <= MAX_INT:
            raise InvalidDocument("an integer is beyond 64 bits")
        return value
    if isinstance(value, datetime):
        try:
            return to_utc_ms(value)
        except ValueError as error:
            raise InvalidDocument(str(error)) from None
    if isinstance(value, BaseModel):
        return {name: to_bson(item) for name, item in value.__dict__.items() if item is not None}
    if isinstance(value, Mapping):
        return {_key(name): to_bson(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_bson(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((to_bson(item) for item in value), key=sort_key)
    if isinstance(value, Enum):
        return to_bson(value.value)
    base: Any
    for base in (str, int, float, bytes):
        if isinstance(value, base):
            return base(value)
    raise InvalidDocument(f"BSON does not hold a {kind.__name__}")


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidDocument(f"the keys of a sub-document are strings, not {name!r}")
    if "." in name or "\0" in name or name.startswith("$"):
        raise InvalidDocument(f"the key {name!r} of a sub-document holds a dot or a NUL or begins with $")
    return name


def decoder(annotation: Any) -> Decoder | None:
    """What turns a stored value that is not null into the field's; None where it is the same."""
    if is_stored_as_is(annotation):
        return None
    members = alternatives(annotation)
    if len(members) != 1:
        return TypeAdapter(annotation).validate_python if members and Any not in members else None
    member = members[0]
    if is_enum(member):
        return member  # type: ignore[no-any-return]
    if is_model(member):
        return Builder(member).build
    if is_array(member):
        return _array_decoder(member)
    if is_mapping(member):
        inner = decoder(element(member))
        return None if inner is None else _mapping_decoder(inner)
    return None


def _mapping_decoder(inner: Decoder) -> Decoder:
    return lambda stored: {name: None if value is None else inner(value) for name, value in stored.items()}


def _array_decoder(annotation: Any) -> Decoder | None:
    kind = container_of(annotation)
    make = kind if kind in (tuple, set, frozenset) else list
    inner = decoder(element(annotation))
    if inner is None:
        return None if make is list else make
    return lambda stored: make(None if item is None else inner(item) for item in stored)


class Builder:
    """Makes instances of one model from what is stored.

    Fields that the model does not know are left out, so that an older program can read what a newer one wrote; fields
    that are not stored get their defaults.
    """

    def __init__(self, model: type[BaseModel], stored_id: bool = False) -> None:
        self._model = model
        self._stored_id = stored_id
        # All fields in their order; what a document lacks stays as it is here.
        self._template: Raw = dict.fromkeys(model.model_fields)
        self._factories: dict[str, Callable[[], Any]] = {}
        self._decoders: list[tuple[str, Decoder]] = []
        needed: set[str] = set()
        for name, info in model.model_fields.items():
            if type(info.default) in _AS_THEY_ARE or isinstance(info.default, Enum | datetime):
                self._template[name] = info.default
            else:
                needed.add(name)
                if not info.is_required():
                    self._factories[name] = partial(info.get_default, call_default_factory=True, validated_data={})
            convert = decoder(unwrap(info.annotation))
            if convert is not None:
                self._decoders.append((name, convert))
        self._needed = frozenset(needed)
        self._count = len(self._template)
        self._post_init = model.__pydantic_post_init__ is not None

    def build(self, stored: Raw) -> Any:
        """The instance that `stored` (taken over, not kept) stands for.

        Raises:
            InvalidDocument: a required field is not stored.
        """
        if self._stored_id:
            stored["id"] = stored.pop("_id")
        values = {**self._template, **stored}
        if len(values) != self._count or not self._needed.issubset(stored):
            values = self._completed(stored)
        for name, convert in self._decoders:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        instance = self._model.__new__(self._model)
        _set(instance, "__dict__", values)
        _set(instance, "__pydantic_fields_set__", set(values))
        _set(instance, "__pydantic_extra__", None)
        _set(instance, "__pydantic_private__", None)
        if self._post_init:
            instance.model_post_init(None)
        return instance

    def _completed(self, stored: Raw) -> Raw:
        values = {name: stored.get(name, default) for name, default in self._template.items()}
        for name in self._needed.difference(stored):
            factory = self._factories.get(name)
            if factory is None:
                raise InvalidDocument(f"a stored {self._model.__name__} lacks the field {name}, which has no default")
            # A default is the field's own type; the decoders expect the stored one.
            values[name] = to_bson(factory())
        return values


_set: Final = object.__setattr__


class DocumentCodec:
    """Stores and restores documents of one model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.build: Final = Builder(model, stored_id=True).build
        self._plain = all(is_stored_as_is(info.annotation) for info in model.model_fields.values())
        # A list or a sub-document may have been changed in place, which pydantic does not see.
        self._validate = (
            None
            if all(_immutable(info.annotation) for info in model.model_fields.values())
            else model.__pydantic_validator__.validate_python
        )

    def to_raw(self, document: BaseModel) -> Raw:
        """What is stored of `document`: its id as `_id`, then all its fields that are not None.

        Raises:
            pydantic.ValidationError: a list or sub-document of it was changed into something the model does not allow.
        """
        if self._validate is not None:
            self._validate(document.__dict__)
        values = document.__dict__
        raw: Raw = {"_id": values["id"]}
        if self._plain:
            raw.update([item for item in values.items() if item[1] is not None])
        else:
            raw.update([(name, to_bson(value)) for name, value in values.items() if value is not None])
        del raw["id"]
        return raw


def _immutable(annotation: Any) -> bool:
    return all(not (is_array(m) or is_mapping(m) or is_model(m) or m in (Any, object)) for m in alternatives(annotation))
