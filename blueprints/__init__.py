"""HTTP: one module per /api/<domain>. A view declares what comes in and what goes out, and calls one service."""

from blueprints import (
    admin,
    auth,
    charts,
    commands,
    conversations,
    devices,
    export,
    friends,
    jobs,
    messages,
    notifications,
    rooms,
    search,
    sensors,
    users,
)
from blueprints.api import Api

APIS: tuple[Api, ...] = (
    auth.api, users.api, friends.api, rooms.api, messages.api, conversations.api, notifications.api,
    search.api, export.api, commands.api, admin.api,
    devices.api, sensors.api, charts.one, charts.several, jobs.api, jobs.admin,
)  # fmt: skip
