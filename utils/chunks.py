"""Long lists in parts that a query takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

QUERY_VALUES = 5_000
"""How many values go into one $in."""


def chunks(values: Sequence[T], size: int = QUERY_VALUES) -> Iterator[Sequence[T]]:
    """`values` in order, at most `size` at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))
