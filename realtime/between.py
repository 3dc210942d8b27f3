"""What server processes tell each other besides pushes: that something was changed.

It goes the way of pushes, through whichever message queue python-socketio's manager speaks to, in a namespace that no client can
be in: a process that does not know it (an older version, during an update) finds nobody there and passes it over.
"""

from collections.abc import Sequence
from typing import Any

from socketio import PubSubManager

from realtime.outages import Outages
from services.changes import Changes

_NAMESPACE = "/between-processes"
_EVENT = "changed"


def join(manager: Any, changes: Changes) -> None:
    """Tell the other processes of `changes`, and hear theirs; nothing where `manager` is of a single process."""
    if not isinstance(manager, PubSubManager):
        return

    def carry(kind: str, keys: Sequence[str]) -> None:
        told = {"kind": kind, "ids": list(keys)}
        manager._publish({
            "method": "emit", "event": _EVENT, "data": [told], "binary": False, "namespace": _NAMESPACE, "room": None,
            "skip_sid": None, "callback": None, "host_id": manager.host_id,
        })  # fmt: skip

    push = manager._handle_emit

    def handle(message: dict[str, Any]) -> None:
        if message.get("namespace") != _NAMESPACE:
            push(message)
        elif message.get("event") == _EVENT and message.get("host_id") != manager.host_id:
            told = message["data"][0]
            changes.heard(told["kind"], told["ids"])

    manager._handle_emit = handle
    if isinstance(manager, Outages):
        manager.missed = changes.missed
    changes.carried_by(carry)
