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

IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What takes no room on a screen: the Default_Ignorable_Code_Points of Unicode's DerivedCoreProperties, and the controls of
interlinear annotations. As the inside of a character class."""

BLANK: Final = "\u2800\U0001d159\U00016fe4"
"""What takes room and shows nothing, though Unicode has it for a symbol or a mark. As the inside of a character class."""

_IGNORABLE: Final = re.compile(f"[{IGNORABLE}]+")

# Positions above and below a letter, lines through it, and the points of Hebrew and Arabic: what writers may leave out. Nukta, the
# marks of kana and virama (7, 8, 9) make other letters, and the vowel signs of Indic scripts have no such class.
_ACCENT_CLASSES: Final = frozenset([1, *range(10, 37), *range(200, 241)])
# Letters that have no decomposition, though they are one of the alphabet with something to it, or in another form.
_VARIANT: Final = re.compile(
    "LATIN (?:SMALL LETTER ([A-Z]) WITH .*|LETTER SMALL CAPITAL ([A-Z]))"
    "|(?:CROSSED )?NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER ([A-Z])"
)


def _spaced_marks() -> str:
    """The combining marks of spaced scripts, as the inside of a character class: re's own \\w has no marks."""
    left_out = re.compile(f"[{UNSPACED}{IGNORABLE}]")
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


def _plain_forms() -> dict[int, str | None]:
    """What `plain` makes of a character: nothing of an accent, the letter of the alphabet of a variant of it."""
    forms: dict[int, str | None] = {}
    for point in range(0xC0, 0x20000):
        character = chr(point)
        category = unicodedata.category(character)
        if category in ("Cf", "Me") or unicodedata.combining(character) in _ACCENT_CLASSES:
            forms[point] = None
        elif category in ("Ll", "So") and (variant := _VARIANT.fullmatch(unicodedata.name(character, ""))):
            # One with a decomposition never comes here in decomposed text.
            forms[point] = next(filter(None, variant.groups())).lower()
    return forms


_PLAIN: Final = _plain_forms()


def plain(decomposed: str) -> str:
    """Case-folded, decomposed (NFD) text with its letters only: no accents, and o for ø, l for ł, b for ʙ and 🅱."""
    return decomposed.translate(_PLAIN)


def without_ignorable(text: str) -> str:
    """`text` without the characters that nobody sees."""
    return text if text.isascii() else _IGNORABLE.sub("", text)
