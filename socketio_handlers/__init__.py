"""Socket.IO events, a module a theme: each handler parses, calls one service and acknowledges."""

from typing import Any

from realtime.dispatch import Events
from services.platform import Platform
from socketio_handlers import alerts, devices, direct, messages, people, rooms, sensors

# Modules that add to people's events when they are imported.
THEMES = (rooms, messages, direct, sensors, alerts)
EVENTS: tuple[Events[Any], ...] = (people.events, devices.events)


def register(platform: Platform, server: Any, claim: people.Claim) -> None:
    """Attach the namespaces of people and of devices to a python-socketio server; everything there runs inside `platform`.

    claim: for whom the session of a handshake stands.
    """
    people.register(platform, server, claim)
    devices.register(platform, server)
