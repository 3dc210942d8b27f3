"""Whom a push reaches, beneath the handlers."""

from typing import Any

import socketio

from realtime.connections import SocketIOPush


def test_a_push_to_no_room_reaches_nobody() -> None:
    server = socketio.Server(async_mode="threading")
    sent: list[Any] = []
    server.manager.emit = lambda *args, **options: sent.append((args, options))
    realtime = SocketIOPush(server)
    realtime.publish([], "secret", {})
    assert sent == []
    realtime.publish(["one", "two"], "news", {"a": 1})
    (arguments, options), *more = sent
    assert (arguments, options["room"], more) == (("news", {"a": 1}, "/"), ["one", "two"], [])
