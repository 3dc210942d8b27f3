"""What a field's annotation says about how BSON stores it."""

import types
import typing
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final, Literal, NewType, Union, get_args, get_origin

from bson import ObjectId
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypeAliasType

from models.odm.types import STORED_TIME, UtcDatetime

PLAIN: Final = frozenset({str, int, float, bool, bytes, datetime, ObjectId})
"""The scalar types that BSON holds as they are."""

_SEQUENCES: Final = frozenset({list, tuple, set, frozenset, Sequence, Set})
_MAPPINGS: Final = frozenset({dict, Mapping})


def unwrap(annotation: Any) -> Any:
    """`annotation` without Annotated, NewType and type aliases around it."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        else:
            return annotation


def alternatives(annotation: Any) -> list[Any]:
    """The members of a union (one, where it is none), each as `unwrap` leaves it, without None."""
    bare = unwrap(annotation)
    if get_origin(bare) in (Union, types.UnionType):
        return [member for argument in get_args(bare) for member in alternatives(argument)]
    return [] if bare in (None, type(None)) else [bare]


def accepts_none(annotation: Any) -> bool:
    """Whether None is among the values."""
    bare = unwrap(annotation)
    if get_origin(bare) in (Union, types.UnionType):
        return any(accepts_none(argument) for argument in get_args(bare))
    return bare in (None, type(None), Any, object)


def container(annotation: Any) -> Any:
    """The class behind a generic: list for list[int]."""
    return get_origin(annotation) or annotation


def is_array(annotation: Any) -> bool:
    return container(annotation) in _SEQUENCES


def is_mapping(annotation: Any) -> bool:
    return container(annotation) in _MAPPINGS


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Enum)


def is_literal(annotation: Any) -> bool:
    return get_origin(annotation) is Literal


def is_scalar(annotation: Any) -> bool:
    """Whether every value is one plain value: neither an array, a sub-document nor anything."""
    return all(member in PLAIN or is_enum(member) or is_literal(member) for member in alternatives(annotation))


def is_stored_as_is(annotation: Any) -> bool:
    """Whether BSON takes and gives back every value unchanged, so that nothing needs to be converted."""
    for member in alternatives(annotation):
        if container(member) is list:
            if not is_stored_as_is(element(member)):
                return False
        elif is_enum(member) or not (member in PLAIN or is_literal(member)):
            return False
    return True


def element(annotation: Any) -> Any:
    """The annotation of the elements of an array, or of the values of a mapping; Any where it does not say."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    if is_mapping(annotation):
        return arguments[1] if len(arguments) == 2 else Any
    if container(annotation) is tuple and len(arguments) > 1:
        return Union[tuple(arguments)]  # noqa: UP007 - built from a list at run time
    return arguments[0] if arguments else Any


def with_stored_times(annotation: Any) -> Any:
    """`annotation` with each plain `datetime` replaced by UtcDatetime: whole milliseconds, in UTC.

    Raises:
        TypeError: BSON has no way to hold the type, or a model within it declares a plain datetime.
    """
    if annotation is datetime:
        return UtcDatetime
    if annotation == UtcDatetime:
        return annotation
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        replaced = with_stored_times(inner)
        return annotation if replaced is inner else Annotated[(replaced, *metadata)]
    if isinstance(annotation, TypeAliasType | NewType):
        replaced = with_stored_times(unwrap(annotation))
        return annotation if replaced is unwrap(annotation) else replaced
    if get_origin(annotation) in (Union, types.UnionType):
        members = tuple(with_stored_times(argument) for argument in get_args(annotation))
        return annotation if members == get_args(annotation) else Union[members]  # noqa: UP007
    if is_array(annotation) or is_mapping(annotation):
        arguments = get_args(annotation)
        replaced_arguments = tuple(a if a is Ellipsis else with_stored_times(a) for a in arguments)
        if is_mapping(annotation) and arguments and unwrap(arguments[0]) is not str:
            raise TypeError(f"the keys of {annotation} must be strings")
        return annotation if replaced_arguments == arguments else container(annotation)[replaced_arguments]
    _check_holdable(annotation)
    return annotation


def _check_holdable(annotation: Any) -> None:
    if is_model(annotation):
        for name, info in annotation.model_fields.items():
            if with_stored_times(info.annotation) != info.annotation and not is_stored_time(info.metadata):
                raise TypeError(f"{annotation.__name__}.{name}: use UtcDatetime for times within a sub-document")
    elif not (
        annotation in PLAIN
        or annotation in (None, type(None), Any, object)
        or is_enum(annotation)
        or is_literal(annotation)
        or isinstance(annotation, typing.TypeVar)
    ):
        raise TypeError(f"BSON does not hold {annotation!r}")


def is_stored_time(metadata: Iterable[Any]) -> bool:
    """Whether a field's metadata are those of UtcDatetime."""
    return STORED_TIME in metadata


def adapter(annotation: Any, metadata: Sequence[Any] = ()) -> TypeAdapter[Any]:
    """A strict validator for values of `annotation`, as strict as the fields of a document are."""
    full: Any = Annotated[(annotation, *metadata)] if metadata else annotation
    members = alternatives(annotation)
    if len(members) == 1 and is_model(members[0]) and unwrap(annotation) is members[0]:
        return TypeAdapter(full)
    return TypeAdapter(full, config={"strict": True, "allow_inf_nan": False})
