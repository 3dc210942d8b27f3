"""Which tests start other programs (servers, browsers, renderers): found in what a test refers to, so that nobody has to say it."""

import inspect
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

# Where every way to another program ends; the last of them draws charts in one of 220 MB.
_STARTERS = ("subprocess", "multiprocessing", "playwright", "services.charting.renderer")
# Engines of the tests' databases that are servers, as the names of parameters.
_SERVERS = frozenset({"mongodb", "nx", "mongomock"})


def starts_others(item: pytest.Item) -> bool:
    """Whether a test, or a fixture that it asks for, gets to one of those through the code under tests/.

    What an application starts by itself, for the rare test that has it draw, does not count.
    """
    if not isinstance(item, pytest.Function):
        return True
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    if any(isinstance(value, str) and value in _SERVERS for value in values):
        return True
    fixtures = (each.func for found in item._fixtureinfo.name2fixturedefs.values() for each in found)
    return any(map(_reaches, (item.function, *fixtures)))


@cache
def _reaches(start: Any) -> bool:
    seen: set[Any] = set()
    waiting = [start]
    while waiting:
        thing = waiting.pop()
        thing = inspect.unwrap(thing) if callable(thing) else thing
        name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None) or ""
        if f"{name}.".startswith(tuple(f"{starter}." for starter in _STARTERS)):
            return True
        if name.startswith("tests.") and isinstance(thing, (FunctionType, type)) and thing not in seen:
            seen.add(thing)
            waiting += _references(thing)
    return False


def _references(thing: FunctionType | type) -> Iterator[Any]:
    """What the code of a function, or that of a class's methods and bases, calls by a name of its module."""
    if isinstance(thing, type):
        yield from thing.__bases__
        for member in vars(thing).values():
            yield from (part for part in (member, *_parts(member)) if isinstance(part, FunctionType))
        return
    for name in _names(thing.__code__):
        if name in thing.__globals__:
            yield thing.__globals__[name]


def _parts(member: Any) -> tuple[Any, ...]:
    """The functions within a property, a static method or a class method."""
    return tuple(getattr(member, name, None) for name in ("fget", "__func__", "__wrapped__"))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
