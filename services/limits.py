"""How often people may do things: counted in process or in Redis, for HTTP requests and Socket.IO events alike."""

from services.platform import current
from utils.rate_limits import Bucket, RateLimits

# What one person does in a minute, whichever way: over Socket.IO or HTTP, into a room or to a person.
SENDING = Bucket("sending", "120/minute")
EDITING = Bucket("editing", "120/minute")
DELETING = Bucket("deleting", "120/minute")
REACTING = Bucket("reacting", "240/minute")


class Protective(RateLimits):
    """What protects the server: RATELIMIT_ENABLED=0 switches it off."""

    def __init__(self) -> None:
        config = current().config
        super().__init__(config.redis_url or "memory://", enabled=config.ratelimit_enabled)


class Rules(RateLimits):
    """What is a rule of a place, such as a room's slow mode, and holds whatever protects the server."""

    def __init__(self) -> None:
        super().__init__(current().config.redis_url or "memory://")


def limits() -> Protective:
    """What counts what people do, and refuses what is too much."""
    return current().part(Protective)


def rules() -> Rules:
    """The same for the rules of a place."""
    return current().part(Rules)
