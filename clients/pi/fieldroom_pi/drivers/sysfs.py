"""Reading the small files in which the kernel gives what it measured."""

from __future__ import annotations

from pathlib import Path

from fieldroom_pi.errors import DriverError


def read_text(path: Path) -> str:
    """What a file of sysfs holds, without the line's end. Raises DriverError if it cannot be read.

    The OSError is the cause, for callers to whom its number says whether another attempt helps.
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise DriverError(f"{path}: {error.strerror}") from error


def read_number(path: Path) -> float:
    """The number that a file holds. Raises DriverError."""
    text = read_text(path)
    try:
        return float(text)
    except ValueError as error:
        raise DriverError(f"{path}: holds no number") from error


def read_optional(path: Path) -> str:
    """What a file holds, or nothing where there is none."""
    try:
        return read_text(path)
    except DriverError:
        return ""
