"""Where drawn charts are kept. A key is a path of two parts, such as "jobs/<id>.svg"."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from services.platform import current
from utils.expired_files import remove_older_than

FOLDER = "charts"


class ChartFiles(Protocol):
    """Keeps bytes under keys. What another process stored may be out of reach where they share no storage."""

    def put(self, key: str, content: bytes) -> None:
        """Store, whole or not at all, instead of what was there."""

    def get(self, key: str) -> bytes | None:
        """What is stored, None where nothing is within reach."""

    def delete(self, key: str) -> None:
        """Remove; fine where nothing is."""

    def delete_older(self, folder: str, seconds: float) -> None:
        """Remove what was stored under "<folder>/…" longer ago than that."""


class ChartFolder:
    """Implements ChartFiles with the folder `charts` of DATA_DIR: processes that are to share charts are given the same one."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / FOLDER

    def put(self, key: str, content: bytes) -> None:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The name begins with a dot until the file is whole: a crash leaves nothing that looks like a chart.
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise

    def get(self, key: str) -> bytes | None:
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            (self._root / key).unlink()

    def delete_older(self, folder: str, seconds: float) -> None:
        remove_older_than(self._root / folder, seconds)


def files() -> ChartFiles:
    """Whoever implements the port here."""
    return current().part(ChartFiles)
