"""The port by which services count what people do, in process or in Redis. The application says which."""

from utils.rate_limits import Bucket, RateLimits

# What one person does in a minute, whichever way: over Socket.IO or HTTP, into a room or to a person.
SENDING = Bucket("sending", "120/minute")
EDITING = Bucket("editing", "120/minute")
DELETING = Bucket("deleting", "120/minute")
REACTING = Bucket("reacting", "240/minute")

_limits = RateLimits()


def bind(limits: RateLimits) -> None:
    """Say where this process counts."""
    global _limits
    _limits = limits


def limits() -> RateLimits:
    """Where this process counts."""
    return _limits
