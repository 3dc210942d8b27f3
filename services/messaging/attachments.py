"""The port through which messages get at stored files. Whoever keeps files implements it and binds it at start."""

from collections.abc import Sequence
from typing import Protocol

from bson import ObjectId

from models.messages import Attachment
from services.platform import current
from utils.errors import ValidationFailed

MAX_ATTACHMENTS = 10


class Files(Protocol):
    """The files that people have uploaded."""

    def attachments(self, file_ids: Sequence[ObjectId], owner_id: ObjectId, room_id: ObjectId) -> list[Attachment]:
        """`file_ids` as attachments of a message of `owner_id`'s in a room, in that order, in at most one query.

        From then on whoever may read in the room may fetch them. Raises NoSuchFile for what is not the owner's to attach.
        """

    def released(self, attachments: Sequence[Attachment]) -> None:
        """The message that carried them was deleted."""


class NoSuchFile(ValidationFailed):
    """One of the files is not there, or is somebody else's."""

    def __init__(self) -> None:
        super().__init__({"attachment_ids": "There is no such file."})


class NoFiles:
    """What a platform that keeps no files has."""

    def attachments(self, file_ids: Sequence[ObjectId], owner_id: ObjectId, room_id: ObjectId) -> list[Attachment]:
        if file_ids:
            raise NoSuchFile()
        return []

    def released(self, attachments: Sequence[Attachment]) -> None:
        return


def files() -> Files:
    """Whoever keeps the files."""
    return current().part(Files)
