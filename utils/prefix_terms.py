"""Finding names by the beginnings of their words, by a range of one index on both engines.

Whatever has a name holds it, folded, from the start of each of its words on ("green house" and "house"; of a script that writes no
spaces, from each character on): what begins as a search does is found.
"""

import re

import regex

from utils.scripts import UNSPACED
from utils.text_terms import normalize

MAX_NAME_TERMS = 80
_WORD_START = regex.compile(rf"(?<![^\W_])\w|{UNSPACED}", regex.V1)
_SPECIAL = re.compile(r"[.\\\[\]^$*+?{}()|/\-]")


def name_terms(name: str) -> list[str]:
    """What something of that name is found by: the whole name first, then from the start of each further word on."""
    normal = normalize(name)
    starts = {0, *(match.start() for match in _WORD_START.finditer(normal))}
    return [normal[start:] for start in sorted(starts)][:MAX_NAME_TERMS]


def begins_with(text: str) -> dict[str, str]:
    """The condition on a field, or on one of a list, that it begins so: a range of its index."""
    return {"$regex": "^" + _SPECIAL.sub(lambda match: "\\" + match[0], text)}
