"""HTTP: one module per /api/<domain>. A view declares what comes in and what goes out, and calls one service."""

from blueprints import auth, charts, conversations, devices, friends, messages, notifications, rooms, sensors, users
from blueprints.api import Api

APIS: tuple[Api, ...] = (
    auth.api, users.api, friends.api, rooms.api, messages.api, conversations.api, notifications.api,
    devices.api, sensors.api, charts.one, charts.several,
)  # fmt: skip
