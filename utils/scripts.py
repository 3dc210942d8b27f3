"""How scripts write words: which put spaces between them, what belongs to a letter, and what does not change it."""

import re
import unicodedata
from typing import Final

UNSPACED: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff"  # Hangul: spaced, but with particles that no space sets off
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
    "\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd"  # Bopomofo, Han
)
"""The characters of scripts without spaces between words, as the inside of a character class."""

# Positions above and below a letter, and the points of Hebrew and Arabic: what writers may leave out. Nukta, the marks of kana
# and virama (7, 8, 9) make other letters, and the vowel signs of Indic scripts have no such class.
_ACCENT_CLASSES: Final = frozenset([*range(10, 37), *range(200, 241)])


def _spaced_marks() -> str:
    """The combining marks of spaced scripts, as the inside of a character class: re's own \\w has no marks."""
    left_out = re.compile(f"[{UNSPACED}\\ufe00-\\ufe0f]")  # variation selectors say nothing
    ranges: list[list[int]] = []
    for point in range(0x300, 0x1E947):
        if unicodedata.category(chr(point)) not in ("Mn", "Mc") or left_out.match(chr(point)):
            continue
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


WORD: Final = f"(?:[^\\W_{UNSPACED}]|[{_spaced_marks()}])+"
"""A regular expression for one word of a spaced script: letters and digits with their marks."""


def is_silent(character: str) -> bool:
    """Whether a character of decomposed (NFD) text is an accent, or an invisible one: words are the same without it."""
    return unicodedata.combining(character) in _ACCENT_CLASSES or unicodedata.category(character) == "Cf"
