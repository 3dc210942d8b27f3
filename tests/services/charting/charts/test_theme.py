"""The palettes can be read, in both themes and by colour-blind people."""

from itertools import combinations

import pytest

from services.charting.charts.options import Theme
from services.charting.charts.theme import BACKGROUNDS, PALETTES

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0, on linear RGB.
VISION = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_WHITE = (0.9505, 1.0, 1.089)

Vector = tuple[float, ...]


def linear(color: str) -> Vector:
    channels = (int(color[index : index + 2], 16) / 255 for index in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def times(matrix: tuple[Vector, ...], vector: Vector) -> Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def luminance(color: str) -> float:
    return times(_TO_XYZ, linear(color))[1]


def lab(color: str, vision: str) -> Vector:
    seen = tuple(min(1.0, max(0.0, channel)) for channel in times(VISION[vision], linear(color)))
    relative = [value / white for value, white in zip(times(_TO_XYZ, seen), _WHITE, strict=True)]
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in relative)
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_line_stands_out_from_its_background(theme: Theme) -> None:
    for color in PALETTES[theme]:
        dark, bright = sorted((luminance(color), luminance(BACKGROUNDS[theme])))
        assert (bright + 0.05) / (dark + 0.05) >= 3, color


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_two_lines_can_be_told_apart(theme: Theme, vision: str) -> None:
    for one, other in combinations(PALETTES[theme], 2):
        distance = sum((a - b) ** 2 for a, b in zip(lab(one, vision), lab(other, vision), strict=True)) ** 0.5
        assert distance >= 20, (one, other, distance)
