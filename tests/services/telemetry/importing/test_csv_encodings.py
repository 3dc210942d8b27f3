"""The encoding of a file is found out from a few words above its columns."""

import io
import random

import emoji
import pytest
from charset_normalizer import from_bytes

from services.telemetry.importing import csv_text

NAMES = 300
# What some files are taken for wrongly: a word or two of Chinese can be letters with accents, or UTF-8, by chance.
WRONG = {"cp1252": 0.005, "gb18030": 0.03}


def files(language: str, codec: str) -> list[bytes]:
    """Short files whose columns are called by words of the language: those that Unicode has for emoji."""
    emoji.config.load_language(language)
    names = {facts[language].strip(":").replace("_", " ") for facts in emoji.EMOJI_DATA.values() if language in facts}
    fitting = sorted(name for name in names if not name.isascii() and name.encode(codec, "ignore").decode(codec) == name)
    chosen = random.Random(7)
    heads = [(chosen.choice(["t", "Temp", chosen.choice(fitting)]), chosen.choice(fitting)) for _ in range(NAMES)]
    return [f"{first};{second}\n2025-11-20 09:30;1.5\n".encode(codec) for first, second in heads]


@pytest.mark.parametrize(
    ("language", "codec"),
    [("de", "cp1252"), ("fr", "cp1252"), ("es", "cp1252"), ("pt", "cp1252"), ("it", "cp1252"), ("zh", "gb18030")],
)
def test_a_few_words_tell_the_encoding(language: str, codec: str) -> None:
    wrong = [data for data in files(language, codec) if csv_text.decoded(io.BytesIO(data), None)[0] != codec]
    assert len(wrong) <= WRONG[codec] * NAMES, [data.decode(codec) for data in wrong]


def test_a_library_would_take_more_files_for_what_they_are_not() -> None:
    """Where this fails it has become the better one, and our own guess may go (docs/dependencies.md)."""
    ours = theirs = 0
    for language, codec in (("de", "cp1252"), ("fr", "cp1252"), ("zh", "gb18030")):
        for data in files(language, codec):
            best = from_bytes(data, cp_isolation=["ascii", "utf_8", "gb18030", "cp1252"]).best()
            theirs += best is None or best.encoding != codec
            ours += csv_text.decoded(io.BytesIO(data), None)[0] != codec
    assert ours * 5 < theirs
