"""The terms by which a text is found, and what a search query asks for.

Words of any script that writes spaces between them are terms as they are; scripts that do not (Chinese, Japanese, Korean with
its particles, Thai, Lao, Khmer, Burmese) are cut into pairs of neighbouring characters, which needs no dictionary and finds any
run of two characters or more. The characters themselves are terms too, for queries of one character. So is every emoji; one that
is made of several is found by all of them, and in any skin tone. Terms are in a form in
which case, width and accents do not matter.

The same two functions serve every engine, so that a search finds the same on all of them.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import regex

from utils.emoji import PICTURES
from utils.scripts import UNSPACED, WORD, plain
from utils.validators import fold

MAX_TERMS: Final = 1_024
"""The most terms of one text: some 8,000 characters of prose, or 700 Chinese ones, are found by their terms as they are. A longer
text is found by `coarse` ones, of which there are no more than this, so that it costs no more to store."""

MAX_TERM: Final = 48
"""Longer words (an address, a key) are cut to their first characters, in texts as in queries."""

# A flag is two letters; a skin tone is no emoji of its own.
_EMOJI = rf"\p{{Regional_Indicator}}{{2}}|(?!\p{{Emoji_Modifier}}){PICTURES}"
_TOKEN = regex.compile(f"({UNSPACED}+)|({WORD}|{_EMOJI})", regex.V1)
_ASCII_WORD = re.compile("[a-z0-9]+")
_QUOTED = re.compile(r'["\u201c\u201d\u201e\u300c\u300d]([^"\u201c\u201d\u201e\u300c\u300d]*)(?:["\u201c\u201d\u300d]|$)')


def normalize(text: str) -> str:
    """`text` without differences of case, width and accents, with single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    kept = plain(unicodedata.normalize("NFD", fold(text)))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def index_terms(text: str) -> list[str]:
    """What `text` is found by: its different terms, words and pairs as they come, then single characters; of a text that has more
    than MAX_TERMS the coarse forms of all of them."""
    normal = normalize(text)
    if normal.isascii():
        return _bounded(dict.fromkeys(word[:MAX_TERM] for word in _ASCII_WORD.findall(normal)))
    pairs: dict[str, None] = {}
    singles: dict[str, None] = {}
    for match in _TOKEN.finditer(normal):
        run, word = match.groups()
        if word is not None:
            pairs[word[:MAX_TERM]] = None
        else:
            singles.update(dict.fromkeys(run))
            pairs.update(dict.fromkeys(_pairs(run)))
    return _bounded(pairs | singles)


def _bounded(terms: dict[str, None]) -> list[str]:
    return list(terms) if len(terms) <= MAX_TERMS else sorted({coarse(term) for term in terms})


def coarse(term: str) -> str:
    """What stands for a term, and for some others, in what a text of many terms is found by. No term looks like it."""
    return f"#{zlib.crc32(term.encode()) % MAX_TERMS:x}"


def _pairs(run: str) -> Iterable[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a text must have to be found.

    Attributes:
        terms: for the index, the most telling first: a text that matches has all of them, or the coarse forms of all of them,
            among its terms.
        phrases: what has to be in the normalized text as it stands, between the ends of words.
    """

    terms: tuple[str, ...]
    words: frozenset[str]
    phrases: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Whether `text` has all words and all phrases, wherever in it they are."""
        normal = normalize(text)
        if not all(_has_phrase(normal, phrase) for phrase in self.phrases):
            return False
        if not self.words:
            return True
        found = {match[2][:MAX_TERM] for match in _TOKEN.finditer(normal) if match[2] is not None}
        return self.words <= found


def parse_query(query: str) -> SearchQuery:
    """What somebody who types `query` looks for: every word, every run of an unspaced script, every "quoted part" as it stands.

    Without any letter, digit or emoji there are no terms, and nothing could be found.
    """
    phrases: dict[str, None] = {}
    for quoted in _QUOTED.findall(query):
        if phrase := normalize(quoted):
            phrases[phrase] = None
    terms: dict[str, None] = {}
    words: set[str] = set()
    for text, bare in [(_QUOTED.sub(" ", query), True), *((phrase, False) for phrase in phrases)]:
        for match in _TOKEN.finditer(normalize(text)):
            run, word = match.groups()
            if word is not None:
                terms[word[:MAX_TERM]] = None
                if bare:
                    words.add(word[:MAX_TERM])
                continue
            terms.update(dict.fromkeys(_pairs(run) if len(run) > 1 else run))
            if bare:
                phrases[run] = None
    return SearchQuery(tuple(sorted(terms, key=len, reverse=True)), frozenset(words), tuple(phrases))


def _has_phrase(normal: str, phrase: str) -> bool:
    at = normal.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not (_joins(normal, at) or _joins(normal, end)):
            return True
        at = normal.find(phrase, at + 1)
    return False


def _joins(normal: str, at: int) -> bool:
    """Whether position `at` lies inside a word of a spaced script."""
    if not 0 < at < len(normal):
        return False
    match = _TOKEN.fullmatch(normal, at - 1, at + 1)
    return match is not None and match[2] is not None
