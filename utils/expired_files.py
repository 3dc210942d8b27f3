"""Removing files that nobody needs any more."""

import time
from contextlib import suppress
from pathlib import Path


def remove_older_than(folder: Path, seconds: float) -> int:
    """Remove the files of `folder` that were last written more than `seconds` ago; returns how many went.

    The file cache that keeps sessions evicts only when it is over its threshold, and it has none: a live session must never
    make room for another. So the expired ones are removed here.
    """
    oldest = time.time() - seconds
    removed = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.is_file() and not path.name.startswith(".") and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed
