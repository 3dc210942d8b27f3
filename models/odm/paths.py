"""Where a dotted path leads in a document, as far as its model tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.odm.annotations import accepts_none, alternatives, element, is_array, is_mapping, is_model, is_scalar


class _NoElement:
    """Stands for: this path does not end in an array."""


NO_ELEMENT: Final = _NoElement()

MAX_REMEMBERED: Final = 5_000
"""How many names are kept in a cache: a path into a dict may hold a name that a user chose."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A path and what is known of the values there. There is one of each in a schema.

    Attributes:
        name: the path as written, with dots.
        parts: its components.
        annotation: the type at its end, and metadata: the constraints declared with it.
        scalar: there is at most one value, and a plain one.
        declared: models declare each component, so that null is never stored there.
        required: a valid document always has a value there.
        through_array: an array of sub-documents is on the way.
        element: the annotation of the elements, where it ends in an array; else NO_ELEMENT.
    """

    name: str
    parts: tuple[str, ...]
    annotation: Any
    metadata: tuple[Any, ...]
    scalar: bool
    declared: bool
    required: bool
    through_array: bool
    element: Any

    @property
    def root(self) -> str:
        """The top-level field that holds it."""
        return self.parts[0]

    @property
    def free(self) -> bool:
        """Whether a plain value may be there as well as a list: it is of several types, or of any."""
        return self.annotation is Any or (self.element is NO_ELEMENT and len(alternatives(self.annotation)) > 1 and not self.scalar)


def resolve(model: type[BaseModel], name: str) -> Path | None:
    """The path `name` in documents of `model` (whose id is `_id`), or None where no document has it."""
    parts = tuple(name.split("."))
    if not all(parts) or "\0" in name or any(part.startswith("$") for part in parts):
        return None
    if parts[0] == "_id":
        info = model.model_fields["id"]
        if len(parts) > 1:
            return None
        return Path("_id", parts, info.annotation, tuple(info.metadata), True, True, True, False, NO_ELEMENT)
    if parts[0] == "id" or parts[0] not in model.model_fields:
        return None
    info = model.model_fields[parts[0]]
    return _follow(name, parts, info)


def _follow(name: str, parts: tuple[str, ...], info: FieldInfo) -> Path | None:
    annotation: Any = info.annotation
    metadata: Sequence[Any] = info.metadata
    required, declared, through_array = info.is_required(), True, False
    for part in parts[1:]:
        required = required and not accepts_none(annotation)
        members = alternatives(annotation)
        if len(members) == 1 and is_array(members[0]):
            through_array, required = True, False
            members = alternatives(element(members[0]))
        if len(members) != 1:
            # One of several types, or anything: nothing is known of what is below.
            if all(is_scalar(member) for member in members) and members:
                return None
            return Path(name, parts, Any, (), False, False, False, through_array, NO_ELEMENT)
        member = members[0]
        if is_model(member):
            if part not in member.model_fields:
                return None
            info = member.model_fields[part]
            annotation, metadata = info.annotation, info.metadata
            required = required and info.is_required()
        elif is_mapping(member):
            annotation, metadata = element(member), ()
            declared = required = False
        elif member in (Any, object):
            return Path(name, parts, Any, (), False, False, False, through_array, NO_ELEMENT)
        else:
            return None
    members = alternatives(annotation)
    array = members[0] if len(members) == 1 and is_array(members[0]) else None
    return Path(
        name=name,
        parts=parts,
        annotation=Any if any(member in (Any, object) for member in members) else annotation,
        metadata=tuple(metadata),
        scalar=bool(members) and is_scalar(annotation) and not through_array,
        declared=declared,
        required=required and not accepts_none(annotation),
        through_array=through_array,
        element=NO_ELEMENT if array is None else element(array),
    )
