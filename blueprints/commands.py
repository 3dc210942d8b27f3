"""/api/commands: what the composer completes."""

from typing import Any

from blueprints.api import Api
from schemas.commands import CommandList
from services import commands

api = Api("commands", "/api/commands")


@api.get("", answer=CommandList)
def listing() -> Any:
    """The commands that a text may begin with, by name."""
    return {"items": commands.listing(), "next": None}
