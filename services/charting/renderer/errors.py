"""The ways in which drawing a chart fails."""


class RenderError(Exception):
    """A chart could not be drawn."""


class RenderFailed(RenderError):
    """The specification cannot be drawn; drawing it again will fail again. Attribute: `reason`, one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderTimeout(RenderError):
    """Drawing took longer than the limit and was cut off. Attribute: `limit` in seconds."""

    def __init__(self, limit: float) -> None:
        super().__init__(f"drawing took longer than {limit:g} s")
        self.limit = limit


class RendererBusy(RenderError):
    """Too many charts are waiting already, or this one waited too long for its turn. Attribute: `queued`."""

    def __init__(self, queued: int) -> None:
        super().__init__(f"{queued} charts are waiting to be drawn")
        self.queued = queued


class RenderCrashed(RenderError):
    """The renderer's process died while it drew this chart. Attribute: `exit_status`.

    exit_status is as in subprocess: negative for the signal that ended the process, None where it is not known.
    """

    def __init__(self, what: str, exit_status: int | None) -> None:
        super().__init__(what if exit_status is None else f"{what} (exit status {exit_status})")
        self.exit_status = exit_status


class RendererNotStarted(RenderCrashed):
    """The renderer's process could not be started, so no chart can be drawn."""
