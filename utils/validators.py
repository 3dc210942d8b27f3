"""What names and passwords may look like: one rule each, used by every way in."""

import re
import unicodedata

import regex

from utils.scripts import BLANK, IGNORABLE, without_ignorable

USERNAME = re.compile(r"\w[\w.\-]*")
MIN_PASSWORD, MAX_PASSWORD = 8, 256
MAX_NICKNAME = 40
MAX_ROOM_NAME = 80
MAX_TOPIC = 250
_UNSEEN = regex.compile(f"[{IGNORABLE}{BLANK}]", regex.V1)
_BLANK = re.compile(f"[{BLANK}]")
# With these a name could rearrange the text around it.
BIDI_CONTROLS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
# The most common of leaked passwords that are long enough to pass otherwise (public lists of worst passwords).
COMMON_PASSWORDS = frozenset(
    "password password1 password12 password123 passw0rd 12345678 123456789 1234567890 qwertyuiop qwerty123 qwerty12 1q2w3e4r "
    "11111111 00000000 88888888 iloveyou sunshine princess football baseball superman trustno1 abcd1234 abc12345 "
    "letmein1 welcome1 changeme administrator".split()
)


def fold(text: str) -> str:
    """The form in which two names that look the same are the same: NFKC, case-folded, without what nobody sees, single spaces.

    It is toNFKC_Casefold of the Unicode standard (section 3.13), besides the spaces.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    # Before anything else: an invisible character between a letter and its accent would keep them from being composed.
    seen = _BLANK.sub(" ", without_ignorable(text))
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).split())


def clean_line(text: str, longest: int) -> str:
    """A line of display text, trimmed. Raises ValueError where it is empty, too long, or has what cannot be shown.

    Invisible characters stay: emoji and some scripts are joined with them.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not line:
        raise ValueError("Write something here.")
    if len(line) > longest:
        raise ValueError(f"At most {longest} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") or character in BIDI_CONTROLS for character in line):
        raise ValueError("This holds characters that cannot be shown.")
    if not any(unicodedata.category(character) not in ("Cf", "Zs", "Mn", "Me") for character in _UNSEEN.sub("", line)):
        raise ValueError("Write something that can be seen.")
    return line


def check_plain(text: str) -> str:
    """Text without control characters or halves of surrogate pairs. Raises ValueError."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("This holds characters that cannot be shown.")
    return text


def check_username(text: str) -> str:
    """A user name: 2 to 32 letters and digits of any script, with . _ - inside, all of them visible. Raises ValueError."""
    name = unicodedata.normalize("NFKC", text.strip())
    if not 2 <= len(name) <= 32:
        raise ValueError("2 to 32 characters.")
    # Some that nobody sees, such as the fillers of Hangul, are letters by their category.
    if not USERNAME.fullmatch(name) or _UNSEEN.search(name):
        raise ValueError("Letters and digits, with . _ - between them.")
    return name


def check_password(text: str) -> str:
    """A password: 8 to 256 characters and not one of those everyone tries first. Raises ValueError."""
    if len(text) < MIN_PASSWORD:
        raise ValueError(f"At least {MIN_PASSWORD} characters.")
    if len(text) > MAX_PASSWORD:
        raise ValueError(f"At most {MAX_PASSWORD} characters.")
    if text.casefold() in COMMON_PASSWORDS or len(set(text)) < 3:
        raise ValueError("This password is among the first that anyone would try.")
    return text
