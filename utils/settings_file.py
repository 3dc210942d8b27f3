"""A file of settings: NAME=value lines with comments, as python-dotenv, shells and docker compose read them.

Nothing in a value is filled in ($ is a $): a password may hold anything. Imported before anything else by the entry point, which
has to know ASYNC_MODE then: so it imports next to nothing itself.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import parse_stream

VARIABLE = "FIELDROOM_CONFIG"
DEFAULT = "fieldroom.env"


class Setting(NamedTuple):
    """A value, and where it was given: "file:line"."""

    value: str
    where: str


class WrongLine(Exception):
    """A line cannot be read, or the file cannot; the text is one line that names file and line."""


def path(environ: Mapping[str, str]) -> Path | None:
    """The file that counts: the one that FIELDROOM_CONFIG names, or ./fieldroom.env if there is one."""
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    return Path(DEFAULT) if os.path.exists(DEFAULT) else None


def read(file: Path, known: Collection[str] | None = None) -> dict[str, Setting]:
    """The settings of `file` by their names; an empty one counts as none.

    known: the names that there are; None: any. Raises WrongLine.
    """
    found: dict[str, Setting] = {}
    try:
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except OSError as error:
        raise WrongLine(f"{VARIABLE}: cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongLine(f"{file}: is not UTF-8") from error
    for binding in bindings:
        text = binding.original.string
        # The library counts from the end of the line before, and so from the empty lines in between.
        blank = text[: len(text) - len(text.lstrip())]
        where = f"{file}:{binding.original.line + blank.count(chr(10))}"
        if binding.key is None and not binding.error:
            continue  # a comment, or the end
        if binding.key is None or binding.value is None:
            raise WrongLine(f"{where}: is no NAME=value")
        if known is not None and binding.key not in known:
            raise WrongLine(f"{where}: there is no setting {binding.key[:80]!r}")
        if binding.key in found:
            raise WrongLine(f"{where}: {binding.key} is set before, at {found[binding.key].where}")
        found[binding.key] = Setting(binding.value, where)
    return {name: setting for name, setting in found.items() if setting.value}


def peek(name: str, environ: Mapping[str, str], default: str) -> str:
    """What `name` is set to, or `default`. Never raises: what is wrong with the file is said when all of it is read."""
    if environ.get(name):
        return environ[name]
    file = path(environ)
    try:
        found = read(file) if file is not None else {}
    except WrongLine:
        return default
    return found[name].value if name in found else default


def make(file: Path, settings: Iterable[tuple[str, str, str]]) -> bool:
    """Write a file with every setting commented out, readable for its owner alone; whether there was none yet.

    settings: name, what it means, and its default as text.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise WrongLine(f"{VARIABLE}: cannot write {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(_HEADING)
        for name, meaning, default in settings:
            stream.writelines(f"# {line}\n" for line in meaning.splitlines())
            stream.write(f"#{name}={default}\n\n")
    return True


_HEADING = """\
# Fieldroom's settings. Each is shown with its default: take away the # before a NAME to set it, and start Fieldroom anew.
# What the environment says wins. A value with spaces, # or quotes goes into single quotes: NAME='two words'.
# This file was made at the first `make run` and is yours: it is never written again. The README has the settings too.

"""
