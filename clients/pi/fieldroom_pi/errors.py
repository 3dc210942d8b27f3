"""The failures this client tells apart, each with what its handler needs to know."""

from __future__ import annotations


class ConfigError(Exception):
    """A setting is missing or wrong; the text is one line that names it."""


class DriverError(Exception):
    """A driver, or one sensor of it, could not be read."""


class QueueInUse(Exception):
    """Another process already runs on the same state directory."""


class ConnectionFailed(Exception):
    """The server could not be reached, or answered with something that is not a Fieldroom server."""


class TokenRefused(ConnectionFailed):
    """The server does not accept this device's token."""


class ConnectionLost(Exception):
    """The connection ended while an answer was awaited."""


class AckTimeout(Exception):
    """The server did not acknowledge an event in time."""


class ServerError(Exception):
    """An acknowledgement that says ``ok: false``.

    code: the contract's error code; retry_after_s: seconds the server asked to wait, or None.
    """

    def __init__(self, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.retry_after_s = retry_after_s
