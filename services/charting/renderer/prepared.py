"""What the renderer prepares once and keeps beyond its process: specifications without data, the JavaScript of HTML charts.

On a busy machine, or a Raspberry Pi, preparing takes many seconds, in which the first person to look would wait for a chart.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from utils.logs import get_logger

log = get_logger(__name__)

_CODE = Path(__file__).resolve().parents[1] / "charts"
_LIBRARIES = ("altair", "vl-convert-python")


class Prepared:
    """Prepared things by name, as files below `folder`; what another version of the code or its libraries made is removed.

    folder None: nothing is kept. A disk that cannot be read or written costs the time of preparing, and no chart.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / f"charts-{_fingerprint()}"
        if folder is not None:
            self._remove_others(folder)

    def get(self, name: str) -> bytes | None:
        """What was kept under that name, None where there is nothing."""
        if self._folder is None:
            return None
        with suppress(OSError):
            return (self._folder / name).read_bytes()
        return None

    def put(self, name: str, content: bytes) -> None:
        """Keep something. Another process that reads meanwhile finds all of it or nothing."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(content)
            os.replace(file.name, self._folder / name)
        except OSError as error:
            log.warning("prepared chart not kept", name=name, reason=str(error))

    def _remove_others(self, folder: Path) -> None:
        with suppress(OSError):
            for other in folder.glob("charts-*"):
                if other == self._folder:
                    continue
                for file in other.iterdir():
                    file.unlink(missing_ok=True)
                other.rmdir()


def _fingerprint() -> str:
    """Changes with the code and the libraries that what is prepared comes from."""
    digest = hashlib.sha256(" ".join(version(library) for library in _LIBRARIES).encode())
    paths = sorted(_CODE.glob("*.py"))
    if not paths:
        raise RuntimeError(f"there is no code of charts in {_CODE}")
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
