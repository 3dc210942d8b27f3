"""Who a text may mean by its @s. Whether anyone has that name is for the caller to find out.

`@name` runs to the next white space or @, and `@"Two Words"` to the closing quotation mark. Of `@Ann's` both "Ann's" and "Ann"
may be meant, of `@小明你好` any beginning, for such scripts put no space between words: the longest that is somebody's name
counts. An @ inside a word (an address), after a backslash or in code means nobody.
"""

import re
import unicodedata

from utils.markdown import without_code
from utils.validators import MAX_NICKNAME, fold

EVERYONE = "room"
QUOTED_EVERYONE = '"room"'

MAX_MENTIONS = 50
MAX_CANDIDATES = 500

_QUOTED = rf"\"[^\"\n]{{1,{MAX_NICKNAME}}}\"|“[^”\n]{{1,{MAX_NICKNAME}}}”"
_MENTION = re.compile(rf"@(?:({_QUOTED})|([^\s@\"“]{{1,{MAX_NICKNAME + 1}}}))")
# Thai, Lao, Myanmar, Khmer; kana, Han with its extensions.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def candidates(text: str) -> list[tuple[str, ...]]:
    """For each mention the folded names that it may mean, the likeliest first.

    EVERYONE among them stands for all in the room; QUOTED_EVERYONE, for it was put in quotation marks, for whoever has that name.
    At most MAX_MENTIONS mentions and MAX_CANDIDATES names; what comes after those means nobody.
    """
    if "@" not in text:
        return []
    plain = without_code(text)
    found: dict[tuple[str, ...], None] = {}
    left = MAX_CANDIDATES
    for mention in _MENTION.finditer(plain):
        before = plain[mention.start() - 1 : mention.start()]
        if before == "\\" or (before and _is_letter(before)):
            continue
        names = (_quoted(mention[1]),) if mention[1] else _beginnings(mention[2])
        left -= len(names)
        if left < 0:
            break
        found[names] = None
        if len(found) == MAX_MENTIONS:
            break
    return list(found)


def _quoted(name: str) -> str:
    folded = fold(name[1:-1])
    return QUOTED_EVERYONE if folded == EVERYONE else folded


def _beginnings(run: str) -> tuple[str, ...]:
    cuts = [end for end in range(len(run), 0, -1) if end == len(run) or not _belongs(run[end - 1], run[end])]
    return tuple(dict.fromkeys(fold(run[:end]) for end in cuts if end <= MAX_NICKNAME))


def _belongs(left: str, right: str) -> bool:
    """Whether two neighbours are parts of one word or sign."""
    if right in "\u200d\ufe0f" or unicodedata.category(right).startswith("M") or left == "\u200d":
        return True
    return _is_letter(left) and _is_letter(right)


def _is_letter(character: str) -> bool:
    return (character.isalnum() or character == "_") and not _UNSPACED.match(character)
