"""The port to where drawn charts are kept. A key is a path of two parts, such as "jobs/<id>.svg"."""

from typing import Protocol

from services.platform import current


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


def files() -> ChartFiles:
    """Whoever implements the port here."""
    return current().part(ChartFiles)
