"""HTTP: one module per /api/<domain>. A view declares what comes in and what goes out, and calls one service."""

from blueprints import (
    admin,
    alerts,
    auth,
    charts,
    commands,
    conversations,
    dashboard,
    devices,
    digests,
    export,
    friends,
    grafana,
    influx,
    jobs,
    messages,
    notifications,
    pi_client,
    pins,
    rooms,
    search,
    sensors,
    users,
)
from blueprints.api import Api

APIS: tuple[Api, ...] = (
    auth.api, users.api, friends.api, rooms.api, messages.api, conversations.api, notifications.api,
    search.api, export.api, commands.api, admin.api,
    pi_client.api, devices.api, sensors.api, pins.in_rooms, pins.of_sensors, dashboard.api, charts.one, charts.several,
    influx.api, influx.at_root, grafana.api, alerts.api, jobs.api, jobs.admin, digests.of_sensors, digests.api,
)  # fmt: skip
