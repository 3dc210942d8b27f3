"""Socket.IO events, a module a theme: each handler parses, calls one service and acknowledges."""

from typing import Any

from flask import Flask

from realtime.dispatch import Events
from socketio_handlers import alerts, devices, direct, messages, people, rooms, sensors
from utils.rate_limits import RateLimits

# Modules that add to people's events when they are imported.
THEMES = (rooms, messages, direct, sensors, alerts)
EVENTS: tuple[Events[Any], ...] = (people.events, devices.events)


def register(app: Flask, server: Any, limits: RateLimits) -> None:
    """Attach the namespaces of people and of devices to a python-socketio server."""
    people.register(app, server, limits)
    devices.register(server, limits)
