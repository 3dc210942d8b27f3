"""The server processes of an installation."""

from datetime import datetime

from pydantic import Field

from models.odm import Document
from utils.clock import now


class ServerProcess(Document):
    """A process that holds connections; its id is the process's. It says every few seconds that it is there.

    The connections that it holds (models.accounts.Connection, models.devices.DeviceConnection) are alive as long as it is.
    """

    class Settings:
        collection = "server_processes"
        indexes = ()

    id: str  # type: ignore[assignment]  # not every id is an ObjectId
    seen_at: datetime = Field(default_factory=now)
