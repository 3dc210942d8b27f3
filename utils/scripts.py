"""How scripts write words: which put spaces between them, what belongs to a letter, and what does not change it.

What scripts a character belongs to, and what it is for, are properties that Unicode gives it and `regex` knows; see
docs/dependencies.md for what that costs.
"""

import re
import unicodedata
from typing import Final

import regex

UNSPACED: Final = (
    r"[[\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}"
    r"\p{Hangul}"  # spaced, but with particles that no space sets off
    r"\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Han}\u3006\u3099\u309a\u30fc]"  # the last four belong to several of these
    r"&&[\p{L}\p{M}\p{Nl}]--\p{Default_Ignorable_Code_Point}]"
)
"""The letters and marks of scripts without spaces between words: a set for `regex` in its version 1."""

IGNORABLE: Final = r"[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]"
"""What takes no room on a screen, and the controls of interlinear annotations: a set for `regex`."""

BLANK: Final = "\u2800\U0001d159\U00016fe4"
"""What takes room and shows nothing, though Unicode has it for a symbol or a mark. As the inside of a character class."""

_IGNORABLE: Final = regex.compile(f"{IGNORABLE}+")

# Positions above and below a letter, lines through it, and the points of Hebrew and Arabic: what writers may leave out. Nukta, the
# marks of kana and virama (7, 8, 9) make other letters, and the vowel signs of Indic scripts have no such class.
_ACCENT_CLASSES: Final = frozenset([1, *range(10, 37), *range(200, 241)])
# Letters that have no decomposition, though they are one of the alphabet with something to it, or in another form.
_VARIANT: Final = re.compile(
    "LATIN (?:SMALL LETTER ([A-Z]) WITH .*|LETTER SMALL CAPITAL ([A-Z]))"
    "|(?:CROSSED )?NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER ([A-Z])"
)


WORD: Final = rf"[[\p{{L}}\p{{N}}\p{{Mn}}\p{{Mc}}]--{UNSPACED}--{IGNORABLE}]+"
"""One word of a spaced script, letters and digits with their marks: a pattern for `regex` in its version 1."""


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
