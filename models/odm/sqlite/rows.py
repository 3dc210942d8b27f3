"""The BSON of documents that are all alike: where a document holds only numbers, just the numbers differ."""

import struct
from collections.abc import Callable
from typing import Any

import bson

_INT64, _DOUBLE = b"\x12", b"\x01"


def row_encoder(names: tuple[str, ...], example: tuple[Any, ...]) -> Callable[[tuple[Any, ...]], bytes]:
    """What makes the document out of a row of values for the fields `names`, each of the same type as in `example`.

    With integers and floats alone it is a fifth of the work that `bson.encode` has; integers are 64 bits long then, which
    means the same to whoever reads them. Source of the format: https://bsonspec.org/spec.html
    """
    kinds = {int: (_INT64, "q"), float: (_DOUBLE, "d")}
    if any(type(value) not in kinds for value in example):
        return lambda row: bson.encode(dict(zip(names, row, strict=True)))
    layout, heads = "<i", []
    for name, value in zip(names, example, strict=True):
        tag, code = kinds[type(value)]
        heads.append(tag + name.encode() + b"\0")
        layout += f"{len(heads[-1])}s{code}"
    document = struct.Struct(layout + "x")
    pack, size = document.pack, document.size
    if len(heads) == 2:  # readings: no list of arguments to put together
        first, second = heads
        return lambda row: pack(size, first, row[0], second, row[1])
    return lambda row: pack(size, *[part for pair in zip(heads, row, strict=True) for part in pair])
