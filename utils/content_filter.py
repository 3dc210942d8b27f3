"""Finds the words of a list in a text, however they are dressed up, and leaves alone the words that merely contain them.

An entry in a script with spaces is found as a whole word, so that none is found in Scunthorpe, classic or assassin. Found too are
the disguises of a whole word:

- other case, width, accents, lines through letters, invisible characters; letters with strokes and hooks, small and squared
  capitals; letters of another alphabet that look the same, in a word of mixed alphabets;
- digits and signs for letters (b4d, $ad), in a word that has a real letter too;
- letters repeated three times or more (baaad; but not "good" for "god");
- letters one by one (b a d, b.a.d, b - a - d), and parts held together by signs without spaces (ba-d, b_ad).

An entry in Han, kana or Hangul is found anywhere, since these are written without spaces; also with signs between its characters
(坏*话), or where each of them stands alone (坏 话, or a line each), but never across a comma or the end of a sentence. An entry in
another script may ask to be found anywhere as well, and then finds innocent words that contain it.

Not attempted: misspellings, letters left out, words that mean something only together. Whoever wants to get around a list of words
can; it keeps out what is said without thinking.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

import regex

from utils.scripts import BLANK, UNSPACED, WORD, plain, without_ignorable

Action = Literal["mask", "flag", "reject"]
VerdictAction = Literal["allow", "mask", "flag", "reject"]
Where = Literal["word", "anywhere"]

MASK: Final = "•"
MIN_LETTERS: Final = 2
_SEVERITY: Final[dict[str, int]] = {"allow": 0, "mask": 1, "flag": 2, "reject": 3}
# This many of a letter in a row are no spelling but emphasis.
_STRETCHED: Final = 3
# Spelled letter by letter beside other letters, shorter words are found in anything: notes, axes, initials.
_MIN_SPELLED: Final = 4
_MAX_GAP: Final = 3
# What may stand between the letters of one word without a space around it. An apostrophe may not: he'll is no hell.
_JOINERS: Final = "-_.*~+•·‧・^=\u2010\u2011\u2012\u2013"
# What may stand between the characters of a word without spaces though others touch it: nobody ends a sentence with these.
_WITHIN: Final = "*_|#^+/\\•"
_GAP: Final = _JOINERS + "|#/\\ "
# Between the characters of what is found anywhere also the end of a line: they may stand below each other.
_LOOSE_GAP: Final = _GAP + "\n"

_UNSPACED: Final = regex.compile(UNSPACED, regex.V1)
_WORD: Final = regex.compile(WORD, regex.V1)
_ASCII_WORD: Final = re.compile("[a-z0-9]+")
_LATIN: Final = re.compile("[a-z]")
_RUN: Final = re.compile(r"([^\W\d_])\1\1")
_JOINED: Final = re.compile(rf"(?<![^\W_])[^\W_]++(?:[{re.escape(_JOINERS)}]++[^\W_]++)+")
_SPELLED: Final = re.compile(rf"(?<![^\W_])[^\W_](?:[{re.escape(_GAP)}]{{1,{_MAX_GAP}}}[^\W_](?![^\W_])){{{MIN_LETTERS},}}")
_DISGUISED: Final = re.compile(r"(?<![a-z0-9@$])(?=[a-z]*[0-9@$!|])[a-z0-9$][a-z0-9@$!|]+")
_SIGNS_AS_I: Final = str.maketrans("013457@$!|", "oieastasii")
_SIGNS_AS_L: Final = str.maketrans("013457@$!|", "oleastasll")
_LOOKALIKES: Final = str.maketrans(
    "авекмнорстухіѕјԁɡһ" + "αβεικνορτυχ",
    "abekmhopctyxisjdgh" + "abeikvoptux",
)
_LOOKALIKE: Final = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")


@dataclass(frozen=True, slots=True)
class Word:
    """An entry of the list; `where` matters for those in scripts with spaces only."""

    word: str
    action: Action = "mask"
    where: Where = "word"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that was found: text[start:end] is how it is written there."""

    word: str
    action: Action
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a text.

    Attributes:
        action: the strictest of what was found: reject, flag, mask, allow in this order.
        text: as it may be shown: as long as the one checked, with what is to be masked replaced by •.
        matches: in order of where they start.
    """

    action: VerdictAction
    text: str
    matches: tuple[Match, ...] = ()


class Filter:
    """A list of words, compiled. A check takes time in proportion to the text, and next to none for a longer list.

    Entries of fewer than two letters are left out: they would be found in everything.
    """

    def __init__(self, words: Iterable[Word]) -> None:
        # Whole words as they are, and by their letters without repetitions, each with how often its letters come in a row.
        self._whole: dict[str, Word] = {}
        self._squeezed: dict[str, list[tuple[tuple[int, ...], Word]]] = defaultdict(list)
        # Those that are searched for within something, by their first two letters; several words by the first one.
        self._spelled: dict[str, list[tuple[str, Word]]] = defaultdict(list)
        self._anywhere: dict[str, list[tuple[str, Word]]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[tuple[str, ...], Word]]] = defaultdict(list)
        for word in sorted(words, key=lambda word: _SEVERITY[word.action]):
            self._add(word)
        self._empty = not (self._whole or self._anywhere or self._phrases)
        self._beginning = re.compile(f"[{re.escape(''.join({pair[0] for pair in self._anywhere}))}]") if self._anywhere else None

    def _add(self, word: Word) -> None:
        folded = _fold(word.word)[0]
        parts = tuple(_WORD.findall(folded))
        letters = "".join(parts)
        if word.where == "anywhere" or _UNSPACED.search(folded):
            letters = "".join(folded.split())
            if len(letters) >= MIN_LETTERS:
                self._anywhere[letters[:2]].append((letters, word))
        elif len(letters) < MIN_LETTERS:
            return
        elif len(parts) > 1 and " " in folded.strip():
            self._phrases[parts[0]].append((parts, word))
        else:
            self._whole[letters] = word
            squeezed, runs = _squeeze(letters)
            self._squeezed[squeezed].append((runs, word))
            if len(letters) >= _MIN_SPELLED:
                self._spelled[letters[:2]].append((letters, word))

    def check(self, text: str) -> Verdict:
        """What the list says of `text`."""
        if self._empty:
            return Verdict("allow", text)
        folded, positions = _fold(text)
        found: dict[tuple[int, int], Word] = {}
        for start, end, word in self._find(folded):
            if positions is not None:
                start, end = positions[start], max(positions[end - 1] + 1, positions[end])  # with the accents that follow
            before = found.get((start, end))
            if before is None or _SEVERITY[before.action] < _SEVERITY[word.action]:
                found[start, end] = word
        if not found:
            return Verdict("allow", text)
        matches = tuple(Match(word.word, word.action, start, end) for (start, end), word in sorted(found.items(), key=_place))
        strictest = max((match.action for match in matches), key=lambda action: _SEVERITY[action])
        return Verdict(strictest, _masked(text, matches), matches)

    def _find(self, folded: str) -> Iterator[tuple[int, int, Word]]:
        if self._beginning is not None:
            yield from self._find_anywhere(self._beginning, folded)
        pattern = _ASCII_WORD if folded.isascii() else _WORD
        words = pattern.findall(folded)
        if not self._phrases.keys().isdisjoint(words):
            yield from self._find_phrases(folded)
        if not self._whole:
            return
        stretched = _RUN.search(folded) is not None
        mixed = pattern is _WORD and _LOOKALIKE.search(folded) is not None and _LATIN.search(folded) is not None
        if stretched or mixed or not self._whole.keys().isdisjoint(words):
            yield from self._find_words(pattern, folded)
        yield from self._find_joined(folded)
        yield from self._find_spelled(folded)
        yield from self._find_disguised(folded)

    def _whole_word(self, letters: str) -> Word | None:
        """The entry that `letters` are, stretched or not; the strictest where several are."""
        word = self._whole.get(letters)
        if word is not None or not _RUN.search(letters):
            return word
        squeezed, runs = _squeeze(letters)
        fitting = [entry for wanted, entry in self._squeezed.get(squeezed, ()) if _fits(runs, wanted)]
        return max(fitting, key=lambda entry: _SEVERITY[entry.action], default=None)

    def _find_words(self, pattern: re.Pattern[str] | regex.Pattern[str], folded: str) -> Iterator[tuple[int, int, Word]]:
        for match in pattern.finditer(folded):
            token = match[0]
            word = self._whole_word(token)
            if word is None and pattern is _WORD and not token.isascii() and _LATIN.search(token):
                word = self._whole_word(token.translate(_LOOKALIKES))
            if word is not None:
                yield match.start(), match.end(), word

    def _find_phrases(self, folded: str) -> Iterator[tuple[int, int, Word]]:
        tokens = list(_WORD.finditer(folded))
        for at, token in enumerate(tokens):
            for parts, word in self._phrases.get(token[0], ()):
                there = tokens[at : at + len(parts)]
                start, end = token.start(), there[-1].end()
                if tuple(part[0] for part in there) == parts and "\n" not in folded[start:end]:
                    yield start, end, word

    def _find_joined(self, folded: str) -> Iterator[tuple[int, int, Word]]:
        """Words cut by signs without spaces: ba-d."""
        for match in _JOINED.finditer(folded):
            if word := self._whole_word(match[0].translate(_WITHOUT_JOINERS)):
                yield match.start(), match.end(), word

    def _find_spelled(self, folded: str) -> Iterator[tuple[int, int, Word]]:
        """Words spelled letter by letter: b a d."""
        for match in _SPELLED.finditer(folded):
            places = [at for at in range(match.start(), match.end()) if folded[at] not in _GAP]
            letters = "".join(folded[at] for at in places)
            if word := self._whole_word(letters):
                yield match.start(), match.end(), word
                continue
            for at in range(len(letters) - _MIN_SPELLED + 1):
                for wanted, word in self._spelled.get(letters[at : at + 2], ()):
                    if letters.startswith(wanted, at):
                        yield places[at], places[at + len(wanted) - 1] + 1, word

    def _find_disguised(self, folded: str) -> Iterator[tuple[int, int, Word]]:
        """Words with digits and signs for letters."""
        for match in _DISGUISED.finditer(folded):
            token = match[0].rstrip("!|")
            if token.isalpha() or not _LATIN.search(token):
                continue
            if word := self._whole_word(token.translate(_SIGNS_AS_I)) or self._whole_word(token.translate(_SIGNS_AS_L)):
                yield match.start(), match.start() + len(token), word

    def _find_anywhere(self, beginning: re.Pattern[str], folded: str) -> Iterator[tuple[int, int, Word]]:
        for match in beginning.finditer(folded):
            start = match.start()
            second = _after_gap(folded, start)
            if second is None:
                continue
            for wanted, word in self._anywhere.get(match[0] + folded[second], ()):
                if folded.startswith(wanted, start):
                    yield start, start + len(wanted), word
                elif end := _scattered(folded, start, wanted):
                    yield start, end, word


_WITHOUT_JOINERS: Final = str.maketrans("", "", _JOINERS)


@lru_cache(maxsize=20_000)
def _fold_character(character: str) -> str:
    if character.isspace() or character in BLANK:
        return "\n" if character.splitlines() == [""] else " "
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", without_ignorable(character)).casefold())
    return folded if _UNSPACED.match(folded) else plain(unicodedata.normalize("NFD", folded))


def _fold(text: str) -> tuple[str, list[int] | None]:
    """The text to compare, and for each of its characters, and its end, the position in `text` (None: the same)."""
    if text.isascii():
        return text.lower(), None
    parts = [_fold_character(character) for character in text]
    if set(map(len, parts)) == {1}:
        return "".join(parts), None
    positions = [position for position, part in enumerate(parts) for _ in part]
    return "".join(parts), [*positions, len(text)]


def _squeeze(letters: str) -> tuple[str, tuple[int, ...]]:
    """Letters without repetitions, and how often each came in a row."""
    runs = [(letter, sum(1 for _ in group)) for letter, group in groupby(letters)]
    return "".join(letter for letter, _ in runs), tuple(count for _, count in runs)


def _fits(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether each letter comes as often as wanted, or so often that it is stretched."""
    return all(have == want or have >= max(want, _STRETCHED) for have, want in zip(found, wanted, strict=True))


def _after_gap(folded: str, at: int) -> int | None:
    """Where the next character after the one at `at` is, with at most a small gap in between."""
    for following in range(at + 1, min(at + _MAX_GAP + 2, len(folded))):
        if folded[following] not in _LOOSE_GAP:
            return following
    return None


def _scattered(folded: str, start: int, wanted: str) -> int:
    """Where `wanted` ends that begins at `start` with gaps between its characters; 0 where it does not."""
    at = start
    gaps: list[str] = []
    for character in wanted[1:]:
        following = _after_gap(folded, at)
        if following is None or folded[following] != character:
            return 0
        gaps.append(folded[at + 1 : following])
        at = following
    end = at + 1
    if all(character in _WITHIN for gap in gaps for character in gap):
        return end
    # With blanks, dots or dashes, which also stand between two sentences, only where every character stands alone.
    touched = (start > 0 and folded[start - 1].isalnum()) or (end < len(folded) and folded[end].isalnum())
    return 0 if touched or not all(gaps) else end


def _place(item: tuple[tuple[int, int], Word]) -> tuple[int, int]:
    return item[0]


def _masked(text: str, matches: tuple[Match, ...]) -> str:
    characters = list(text)
    for match in matches:
        if match.action == "mask":
            characters[match.start : match.end] = MASK * (match.end - match.start)
    return "".join(characters)
