"""The names of files that people download."""

import re
from urllib.parse import quote

# What a file's name cannot hold on some system, and what is invisible in it.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff<>:"/\\|?*%]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST = 60


def file_name(name: str, *more: str, ending: str) -> str:
    """A name for a file, safe on every system: somebody's `name` for a thing as far as it can be part of one, `more` behind it."""
    plain = " ".join(_FORBIDDEN.sub(" ", name).split())[:_LONGEST].strip(" .")
    if not plain or _RESERVED.match(plain):
        plain = f"_{plain}"
    return f"{'-'.join((plain, *more))}.{ending}"


def disposition(file_name: str, kind: str = "attachment") -> str:
    """The value of Content-Disposition (RFC 6266), with the name in UTF-8 (RFC 8187) beside a plain one where it needs it."""
    plain = file_name.encode("ascii", "replace").decode().replace("?", "_")
    value = f'{kind}; filename="{plain}"'
    return value if plain == file_name else f"{value}; filename*=UTF-8''{quote(file_name, safe='')}"
