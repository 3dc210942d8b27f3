"""Comparing pictures by what is where, so that another version of a font or of a rasterizer changes nothing."""

import struct
import zlib
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """rows: of each pixel red, green and blue, 0 to 255, one after the other."""

    width: int
    height: int
    rows: list[bytes]

    def tiles(self, columns: int, lines: int) -> list[list[tuple[float, float, float]]]:
        """The mean colour of each tile of a grid laid over the picture."""
        return [
            [self._mean(column, line, columns, lines) for column in range(columns)]
            for line in range(lines)
        ]  # fmt: skip

    def _mean(self, column: int, line: int, columns: int, lines: int) -> tuple[float, float, float]:
        left, right = column * self.width // columns, (column + 1) * self.width // columns
        part = b"".join(
            row[3 * left : 3 * right] for row in self.rows[line * self.height // lines : (line + 1) * self.height // lines]
        )
        count = len(part) // 3
        return sum(part[0::3]) / count, sum(part[1::3]) / count, sum(part[2::3]) / count


def read_png(data: bytes) -> Picture:
    """The pixels of a PNG of 8 bits a channel, RGB or RGBA (opaque), not interlaced (PNG specification, clauses 7 and 9)."""
    assert data.startswith(_SIGNATURE), "no PNG"
    position, packed, channels, width, height = len(_SIGNATURE), b"", 0, 0, 0
    while position < len(data):
        length, kind = struct.unpack_from("!I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack("!IIBBBBB", body)
            assert (depth, interlaced) == (8, 0), "this kind of PNG is not read"
            channels = {2: 3, 6: 4}[color]
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    return Picture(width, height, _unfiltered(zlib.decompress(packed), width * channels, channels))


def _unfiltered(data: bytes, stride: int, channels: int) -> list[bytes]:
    rows: list[bytes] = []
    above = bytearray(stride)
    for start in range(0, len(data), stride + 1):
        filter, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride) if filter else ():
            left = line[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            line[at] = (line[at] + _predicted(filter, left, above[at], corner)) & 0xFF
        above = line
        rows.append(bytes(line) if channels == 3 else _without_alpha(line))
    return rows


def _predicted(filter: int, left: int, up: int, corner: int) -> int:
    if filter == 1:
        return left
    if filter == 2:
        return up
    if filter == 3:
        return (left + up) // 2
    estimate = left + up - corner
    return min((abs(estimate - left), 0, left), (abs(estimate - up), 1, up), (abs(estimate - corner), 2, corner))[2]


def _without_alpha(line: bytearray) -> bytes:
    colors = bytearray(line)
    del colors[3::4]
    return bytes(colors)


def difference(one: Picture, other: Picture, columns: int = 40, lines: int = 20) -> float:
    """How much the pictures differ where they differ most: the greatest distance of two tiles in a channel, 0 to 255."""
    return max(
        abs(a - b)
        for row, others in zip(one.tiles(columns, lines), other.tiles(columns, lines), strict=True)
        for tile, its in zip(row, others, strict=True)
        for a, b in zip(tile, its, strict=True)
    )
