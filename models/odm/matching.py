"""Whether a stored document matches a filter, in Python, with MongoDB's semantics: for what no index decides."""

from collections.abc import Callable, Mapping
from typing import Any

from models.odm.filters import ARRAY, NULL, OBJECT, Condition, Junction, Node, Query
from models.odm.order import MISSING, Rank, compares, equal, leaves, rank
from models.odm.regex import Regex

Matcher = Callable[[Mapping[str, Any]], bool]
Test = Callable[[Any], bool]


def matcher(query: Query) -> Matcher:
    """The predicate on stored documents that `query` stands for."""
    return _junction(query.shape.root, query.values)


def _node(node: Node, values: list[Any]) -> Matcher:
    return _condition(node, values) if isinstance(node, Condition) else _junction(node, values)


def _junction(junction: Junction, values: list[Any]) -> Matcher:
    matchers = [_node(node, values) for node in junction.nodes]
    if len(matchers) == 1:
        return matchers[0]
    if junction.operator == "$and":
        return lambda document: all(matches(document) for matches in matchers)
    return lambda document: any(matches(document) for matches in matchers)


def _condition(condition: Condition, values: list[Any]) -> Matcher:
    operator, operand = condition.operator, values[condition.slot]
    parts = condition.path.parts
    if operator == "$exists":
        return lambda document: any(leaf is not MISSING for leaf in leaves(document, parts)) is operand
    test = value_test(operator, operand, condition.kind)
    if operator in ("$ne", "$nin"):
        return lambda document: not any(holds(leaf, test) for leaf in leaves(document, parts))
    return lambda document: any(holds(leaf, test) for leaf in leaves(document, parts))


def holds(leaf: Any, test: Test) -> bool:
    """Whether a value passes, itself or, where it is an array, one of its elements."""
    return test(leaf) or (isinstance(leaf, list) and any(test(item) for item in leaf))


def value_test(operator: str, operand: Any, kind: str) -> Test:
    """The test of a single value; $ne and $nin give that of $eq and $in, which the caller turns round."""
    if operator in ("$eq", "$ne"):
        return _equality(operand, kind)
    if operator in ("$in", "$nin"):
        tests = [_equality(item, ARRAY) for item in operand if isinstance(item, list | dict)]
        plain = {(rank(item), item) for item in operand if not isinstance(item, list | dict)}
        if "n" in kind:
            plain.add((Rank.NULL, None))
        return lambda value: _among(value, plain) or any(test(value) for test in tests)
    if operator == "$regex":
        assert isinstance(operand, Regex)
        search = operand.compiled.search
        return lambda value: isinstance(value, str) and search(value) is not None
    return lambda value: compares(operator, value, operand)


def _among(value: Any, plain: set[tuple[Rank, Any]]) -> bool:
    kind = rank(value)
    if kind is Rank.NULL:
        return (kind, None) in plain
    return kind not in (Rank.OBJECT, Rank.ARRAY) and (kind, value) in plain


def _equality(operand: Any, kind: str) -> Test:
    if kind == NULL:
        return lambda value: value is None or value is MISSING
    if kind in (ARRAY, OBJECT):
        return lambda value: equal(value, operand)
    expected = rank(operand)
    return lambda value: bool(value == operand) and rank(value) is expected
