"""The dialect of $regex: what MongoDB's PCRE2 and Python's `re` understand alike.

Literal characters; a backslash before any punctuation; `\\n \\t \\r \\d \\D \\w \\W \\s \\S \\b \\B` (of ASCII); `.`; `[...]`
and `[^...]` with ranges; `^` and `$`; `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`, each also lazy (a `?` after it); `|`, `(...)`
and `(?:...)`. The option `i` ignores case. Anything else (look-around, back references, named groups, flags, possessive
quantifiers, POSIX classes) is refused, and so are patterns of more than 1,000 characters.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models.odm.errors import UnsupportedQuery

MAX_LENGTH: Final = 1000

_WORD = "0-9A-Za-z_"
_SPACE = r" \t\n\r\f\v"
_ESCAPES: Final = {
    "d": "[0-9]", "D": "[^0-9]",
    "w": f"[{_WORD}]", "W": f"[^{_WORD}]",
    "s": f"[{_SPACE}]", "S": f"[^{_SPACE}]",
    "b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    "B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
    "n": r"\n", "t": r"\t", "r": r"\r",
}  # fmt: skip
_CLASS_ESCAPES: Final = {"d": "0-9", "w": _WORD, "s": _SPACE, "n": r"\n", "t": r"\t", "r": r"\r"}
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})")
_SPECIAL: Final = frozenset("\\.[]^$*+?{}|()")


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern of the dialect, ready to search with; `prefix` is what every match begins with, or ""."""

    pattern: str
    options: str
    compiled: re.Pattern[str]
    prefix: str


@lru_cache(maxsize=512)
def compile_regex(pattern: str, options: str) -> Regex:
    """The Regex of a $regex and its $options.

    Raises:
        UnsupportedQuery: it is outside the dialect.
    """
    if options not in ("", "i"):
        raise UnsupportedQuery(f"$options {options!r}: only i is supported")
    if len(pattern) > MAX_LENGTH:
        raise UnsupportedQuery(f"$regex: the pattern is longer than {MAX_LENGTH} characters")
    if "\0" in pattern:
        raise UnsupportedQuery("$regex: the pattern holds a NUL")
    try:
        compiled = re.compile(_translate(pattern), re.IGNORECASE if options else 0)
    except (re.error, OverflowError) as error:
        raise UnsupportedQuery(f"$regex: {error}") from None
    return Regex(pattern, options, compiled, "" if options else _prefix(pattern))


def _translate(pattern: str) -> str:
    out: list[str] = []
    at = depth = 0
    quantifiable = False
    while at < len(pattern):
        char = pattern[at]
        if quantifier := _QUANTIFIER.match(pattern, at):
            if not quantifiable:
                raise UnsupportedQuery(f"$regex: nothing to repeat at {at}")
            at = quantifier.end()
            out.append(quantifier.group())
            if pattern.startswith("?", at):
                out.append("?")
                at += 1
            quantifiable = False
            continue
        quantifiable = char not in "^|("
        if char == "\\":
            translated, at = _escape(pattern, at, _ESCAPES)
            quantifiable = pattern[at - 1] not in "bB"
            out.append(translated)
        elif char == "[":
            translated, at = _character_class(pattern, at)
            out.append(translated)
        elif char == "(":
            depth += 1
            opening = "(?:" if pattern.startswith("(?:", at) else "("
            if opening == "(" and pattern.startswith(("(?", "(*"), at):
                raise UnsupportedQuery(f"$regex: {pattern[at : at + 3]} is not in the dialect")
            out.append(opening)
            at += len(opening)
        elif char == ")":
            depth -= 1
            out.append(char)
            at += 1
        elif char in "]{}":
            raise UnsupportedQuery(f"$regex: put a backslash before {char}")
        else:
            quantifiable = quantifiable and char != "$"
            # `$` in both also matches before a final newline.
            out.append(char)
            at += 1
    if depth:
        raise UnsupportedQuery("$regex: parentheses do not match")
    return "".join(out)


def _escape(pattern: str, at: int, known: dict[str, str]) -> tuple[str, int]:
    escaped = pattern[at + 1 : at + 2]
    if escaped in known and escaped:
        return known[escaped], at + 2
    if not escaped or escaped.isalnum() or not escaped.isascii():
        raise UnsupportedQuery(f"$regex: \\{escaped} is not in the dialect")
    return re.escape(escaped), at + 2


def _character_class(pattern: str, start: int) -> tuple[str, int]:
    at = start + 1
    out = ["["]
    if pattern.startswith("^", at):
        out.append("^")
        at += 1
    first = at
    while at < len(pattern) and pattern[at] != "]":
        char = pattern[at]
        if char == "\\":
            translated, at = _escape(pattern, at, _CLASS_ESCAPES)
            out.append(translated)
            continue
        if char == "[":
            raise UnsupportedQuery("$regex: put a backslash before [ in a character class")
        out.append(char if char == "-" or char.isalnum() else re.escape(char))
        at += 1
    if at >= len(pattern) or at == first:
        raise UnsupportedQuery("$regex: a character class is empty or does not end")
    return "".join([*out, "]"]), at + 1


def _prefix(pattern: str) -> str:
    """The literal text that each match of an anchored pattern begins with."""
    if not pattern.startswith("^") or "|" in pattern:
        return ""
    literal: list[str] = []
    at = 1
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            char, following = pattern[at + 1], at + 2
        elif char in _SPECIAL:
            break
        else:
            following = at + 1
        if quantifier := _QUANTIFIER.match(pattern, following):
            # The last character may be repeated or left out: it is no part of what is sure.
            del quantifier
            break
        literal.append(char)
        at = following
    return "".join(literal)
