"""The port by which services count what people do, in process or in Redis. The application says which."""

from utils.rate_limits import RateLimits

_limits = RateLimits()


def bind(limits: RateLimits) -> None:
    """Say where this process counts."""
    global _limits
    _limits = limits


def limits() -> RateLimits:
    """Where this process counts."""
    return _limits
