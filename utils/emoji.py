"""What counts as one emoji.

The grammar is ED-14 and section 1.4.9 of UTS #51 (Unicode emoji): flags, keycaps, skin tones, tag sequences, and such joined by
zero-width joiners. Which characters they are made of `regex` knows.
The check is of the form only: two letters of a flag that no region has, or a joined sequence that no font draws as one picture,
pass it. So does one that was joined after this was installed.
"""

import regex

MAX_CODE_POINTS = 32

PICTURES = r"[\p{Emoji}--[0-9#*\p{Regional_Indicator}]]"
"""Every emoji that is one character: a set for `regex` in its version 1."""

_TONE = r"\p{Emoji_Modifier}"
_FLAG = r"\p{Regional_Indicator}{2}"
_KEYCAP = r"[0-9#*]\ufe0f?\u20e3"
_TAGS = r"[\U000e0020-\U000e007e]+\U000e007f"
_PICTURE = rf"\p{{Emoji_Modifier_Base}}\ufe0f?{_TONE}|{PICTURES}(?:\ufe0f|{_TAGS})?"
_ELEMENT = f"(?:{_FLAG}|{_PICTURE})"
_EMOJI = regex.compile(rf"{_KEYCAP}|{_ELEMENT}(?:\u200d{_ELEMENT})*", regex.V1)
# What is shown as text unless U+FE0F follows.
_UNSTYLED = regex.compile(rf"([\p{{Emoji}}--\p{{Emoji_Presentation}}])(?!{_TONE})", regex.V1)


def normal_emoji(text: str) -> str | None:
    """The fully qualified form of `text`, with U+FE0F where it makes a difference; None where `text` is not one emoji."""
    if len(text) > MAX_CODE_POINTS or not _EMOJI.fullmatch(text):
        return None
    return _UNSTYLED.sub("\\1\ufe0f", text.replace("\ufe0f", ""))
