"""Updates: MongoDB's update language, limited to the subset, with each value checked against the model."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from models.odm.annotations import accepts_none, adapter, alternatives, unwrap
from models.odm.codec import decoder, to_bson
from models.odm.errors import InvalidDocument, UnsupportedQuery
from models.odm.filters import FilterCompiler, PathResolver
from models.odm.matching import Test, matcher, value_test
from models.odm.order import equal
from models.odm.paths import MAX_REMEMBERED, NO_ELEMENT, Path

UpdateSpec = Mapping[str, Mapping[str, Any]]

OPERATORS: Final = ("$set", "$unset", "$inc", "$min", "$max", "$push", "$pull", "$addToSet", "$setOnInsert")


@dataclass(frozen=True, slots=True)
class Target:
    """One operator on one path: `convert` checks an operand and turns it into what BSON stores; `recheck` checks the
    value of the whole top-level field once the update is applied, where the operand alone does not decide that."""

    operator: str
    path: Path
    convert: Callable[[Any], Any]
    recheck: Callable[[Any], None] | None


@dataclass(frozen=True, slots=True)
class Change:
    """An operator, the path it changes, and its operand in BSON's types ($pull: the test of the elements to remove)."""

    operator: str
    path: Path
    operand: Any
    recheck: Callable[[Any], None] | None


@dataclass(frozen=True, slots=True)
class Update:
    """A checked update: as changes to apply in Python, and as MongoDB takes it."""

    changes: tuple[Change, ...]
    mongo: dict[str, dict[str, Any]]


class UpdateCompiler:
    """Checks and compiles the updates of one model."""

    def __init__(self, resolver: PathResolver) -> None:
        self._resolver = resolver
        self._targets: dict[tuple[str, str], Target] = {}

    def compile(self, update: UpdateSpec) -> Update:
        """The Update that `update` means. None as a value of $set removes the field: no None is ever stored.

        Raises:
            UnsupportedQuery: it uses something outside the subset, or changes one field twice.
            InvalidDocument: the model allows no such field or value.
        """
        if not isinstance(update, Mapping):
            raise UnsupportedQuery("an update is a mapping of operators; pipelines are not supported")
        if not update:
            raise UnsupportedQuery("an update without an operator: use replace() to replace a document")
        changes: list[Change] = []
        mongo: dict[str, dict[str, Any]] = {}
        for operator, operands in update.items():
            if operator not in OPERATORS:
                raise UnsupportedQuery(f"{operator} is not supported in an update")
            if not isinstance(operands, Mapping):
                raise UnsupportedQuery(f"{operator} takes a mapping of fields")
            for name, operand in operands.items():
                target = self._targets.get((operator, name)) or self._target(operator, name)
                if operand is None and operator in ("$set", "$setOnInsert") and target.path.annotation is not Any:
                    if not accepts_none(target.path.annotation):
                        raise _invalid(target.path, "a value is required")
                    if operator == "$set":
                        changes.append(Change("$unset", target.path, "", None))
                        mongo.setdefault("$unset", {})[name] = ""
                    continue
                converted = target.convert(operand)
                stored, sent = converted if operator == "$pull" else (converted, converted)
                changes.append(Change(operator, target.path, stored, target.recheck))
                mongo.setdefault(operator, {})[name] = sent
        if len(changes) > 1:
            _refuse_conflicts(changes)
        return Update(tuple(changes), mongo or {"$set": {}})

    def _target(self, operator: str, name: str) -> Target:
        try:
            path = self._resolver.path(name)
        except UnsupportedQuery as error:
            raise InvalidDocument(str(error), {str(name): "unknown field"}) from None
        if path.name == "_id" and operator != "$setOnInsert":
            raise _invalid(path, "an id cannot be changed")
        if path.through_array:
            raise UnsupportedQuery(f"{operator} of {name}: a path through a list is not supported in an update")
        if operator in ("$push", "$addToSet", "$pull") and path.element is NO_ELEMENT and not path.free:
            raise _invalid(path, f"{operator} needs a list")
        if operator == "$unset" and path.declared and not accepts_none(path.annotation):
            # Queries could no longer find it by the default that it would be read with.
            raise _invalid(path, "a value is required; set it to its default instead")
        target = Target(operator, path, _converter(operator, path), self._rechecker(operator, path))
        if len(self._targets) < MAX_REMEMBERED:
            self._targets[operator, name] = target
        return target

    def _rechecker(self, operator: str, path: Path) -> Callable[[Any], None] | None:
        if operator in ("$unset", "$setOnInsert") and len(path.parts) == 1:
            return None
        root = self._resolver.path(path.root) if len(path.parts) > 1 else path
        constrained = bool(path.metadata) or unwrap(path.annotation) is not path.annotation or len(path.parts) > 1
        counts = operator in ("$inc", "$push", "$addToSet", "$pull")
        constrained = constrained or (path.free and path.annotation is not Any)
        if root.annotation is Any or not (len(path.parts) > 1 or (counts and constrained)):
            return _check_number if operator == "$inc" else None
        decode, validate = decoder(root.annotation), _validator(root)

        def recheck(value: Any) -> None:
            if value is not None:
                validate(decode(value) if decode is not None else value)

        return recheck


def _converter(operator: str, path: Path) -> Callable[[Any], Any]:
    if operator == "$unset":
        return lambda operand: ""
    if operator == "$inc":
        return _increment(path)
    if operator == "$pull":
        return _pull(path)
    if operator in ("$push", "$addToSet"):
        element_type = Any if path.free else path.element
        validate = _validator(path, element_type)

        def element(operand: Any) -> Any:
            if isinstance(operand, Mapping) and any(str(name).startswith("$") for name in operand):
                raise UnsupportedQuery(f"{operator} of {path.name}: {next(iter(operand))} is not supported")
            return validate(operand)

        return element
    return _validator(path)


def _validator(path: Path, annotation: Any = NO_ELEMENT) -> Callable[[Any], Any]:
    """What checks a value against the type at `path` (or `annotation`) and gives it in BSON's types."""
    checked = path.annotation if annotation is NO_ELEMENT else annotation
    metadata = path.metadata if annotation is NO_ELEMENT else ()
    validate = None if checked is Any else adapter(checked, metadata).validate_python

    def convert(value: Any) -> Any:
        try:
            return to_bson(value if validate is None else validate(value))
        except ValidationError as error:
            raise _invalid(path, error.errors()[0]["msg"]) from None
        except InvalidDocument as error:
            raise _invalid(path, str(error)) from None

    return convert


def _increment(path: Path) -> Callable[[Any], Any]:
    members = alternatives(path.annotation)
    takes_int, takes_float = (Any in members or number in members for number in (int, float))

    def convert(operand: Any) -> int | float:
        if isinstance(operand, bool) or not isinstance(operand, int | float) or not math.isfinite(operand):
            raise _invalid(path, "$inc takes a finite number")
        if not takes_int and not takes_float:
            raise _invalid(path, "$inc needs a number field")
        if isinstance(operand, int) and not takes_int:
            return float(operand)
        if isinstance(operand, float) and not takes_float:
            raise _invalid(path, "$inc of an integer field takes an integer")
        to_bson(operand)
        return operand

    return convert


class _AnyPath:
    """Resolves every name: the elements of a list are not looked up in the model."""

    def path(self, name: str) -> Path:
        return Path(name, tuple(name.split(".")), Any, (), False, False, False, False, NO_ELEMENT)


_ELEMENT_FILTERS: Final = FilterCompiler(_AnyPath())


def _pull(path: Path) -> Callable[[Any], tuple[Test, Any]]:
    def convert(operand: Any) -> tuple[Test, Any]:
        if isinstance(operand, Mapping) and not any(str(name).startswith("$") for name in operand):
            query = _ELEMENT_FILTERS.compile(operand)
            matches = matcher(query)
            return (lambda item: isinstance(item, dict) and matches(item)), query.filter
        query = _ELEMENT_FILTERS.compile({"element": operand})
        tests: list[tuple[Test, bool]] = []
        for condition in query.shape.root.nodes:
            operator = getattr(condition, "operator", "")
            if operator == "$exists":
                raise UnsupportedQuery(f"$pull of {path.name}: $exists is not supported")
            test = value_test(operator, query.values[condition.slot], condition.kind)  # type: ignore[union-attr]
            tests.append((test, operator not in ("$ne", "$nin")))
        return (lambda item: all(bool(test(item)) is wanted for test, wanted in tests)), query.filter["element"]

    return convert


def _check_number(value: Any) -> None:
    to_bson(value)


def _refuse_conflicts(changes: Iterable[Change]) -> None:
    seen: set[tuple[str, ...]] = set()
    prefixes: set[tuple[str, ...]] = set()
    for change in changes:
        parts = change.path.parts
        own_prefixes = [parts[:end] for end in range(1, len(parts))]
        if parts in seen or parts in prefixes or not seen.isdisjoint(own_prefixes):
            raise UnsupportedQuery(f"{change.operator} of {change.path.name}: another operator changes it as well")
        seen.add(parts)
        prefixes.update(own_prefixes)


def _invalid(path: Path, message: str) -> InvalidDocument:
    return InvalidDocument(f"{path.name}: {message}", {path.name: message})


def same(left: Any, right: Any) -> bool:
    """Whether storing `right` over `left` changes nothing."""
    return type(left) is type(right) and equal(left, right)
