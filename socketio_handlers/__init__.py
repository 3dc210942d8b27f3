"""Socket.IO events, a module a theme: each handler parses, calls one service and acknowledges."""

from typing import Any

from flask import Flask

from realtime.dispatch import Events
from services.platform import Platform
from socketio_handlers import alerts, devices, direct, messages, people, rooms, sensors

# Modules that add to people's events when they are imported.
THEMES = (rooms, messages, direct, sensors, alerts)
EVENTS: tuple[Events[Any], ...] = (people.events, devices.events)


def register(app: Flask, platform: Platform, server: Any, signed_in: people.SignedIn) -> None:
    """Attach the namespaces of people and of devices to a python-socketio server; everything there runs inside `platform`.

    signed_in: whom the session of a handshake signs in.
    """
    people.register(app, platform, server, signed_in)
    devices.register(platform, server)
