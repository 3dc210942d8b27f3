"""Drawn charts as files of a folder."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from utils.expired_files import remove_older_than

FOLDER = "charts"


class ChartFolder:
    """Implements services.charting.chart_files.ChartFiles with the folder `charts` of DATA_DIR."""

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
