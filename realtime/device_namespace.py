"""Devices over Socket.IO: which they are when they connect, what becomes of what they send, and that they are gone."""

from contextlib import suppress
from typing import Any

from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from models.odm import OdmError
from realtime.connections import Connections, DeviceLine
from realtime.dispatch import Events, Result
from services.platform import Platform
from services.telemetry import devices
from services.telemetry.devices import NAMESPACE
from services.telemetry.ingest import Source
from utils.errors import AuthenticationRequired
from utils.logs import get_logger

log = get_logger(__name__)


def register(platform: Platform, server: Any, events: Events[DeviceLine]) -> None:
    """Attach the devices' namespace, in which `events` may be sent, to a python-socketio server."""
    connected: Connections[DeviceLine] = Connections()

    @platform.inside
    def connect(sid: str, _environ: dict[str, Any], auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        device = None
        try:
            device = devices.authenticate(token) if isinstance(token, str) else None
            if device is None:
                raise AuthenticationRequired('Connect with auth {"token": …}: the token that the device was given.')
            connected.add(sid, DeviceLine(sid, Source.of(device)))
            devices.connected(sid, device, platform.id)
            if connected.get(sid) is None:  # whoever has replaced the token has ended the connection before it was one
                raise AuthenticationRequired()
        except AuthenticationRequired as error:
            connected.pop(sid)
            raise SocketIORefusal("authentication_required", error.payload()) from None
        except OdmError as error:
            if connected.pop(sid) is not None and device is not None:
                with suppress(OdmError):
                    devices.disconnected(sid, device.id)
            log.error("connection refused", reason=str(error))
            raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    @platform.inside
    def disconnect(sid: str, *_reason: Any) -> None:
        line = connected.pop(sid)
        if line is None:
            return
        try:
            devices.disconnected(sid, line.device_id)
        except OdmError as error:
            log.error("online state not updated", reason=str(error))

    @platform.inside
    def dispatch(event: str, sid: str, *args: Any) -> Result:
        line = connected.get(sid)
        answer = events.dispatch(event, line, str(line.device_id) if line else sid, args)
        if line is not None and not line.configured:
            _configure(line)
        return answer

    server.on("connect", connect, namespace=NAMESPACE)
    server.on("disconnect", disconnect, namespace=NAMESPACE)
    server.on("*", dispatch, namespace=NAMESPACE)


def _configure(line: DeviceLine) -> None:
    """With the first event of a connection, which is its announcement if it makes one: what is sent before the connection has been
    confirmed, clients do not take."""
    line.configured = True
    try:
        devices.configure(line.device_id, line.sid)
    except OdmError as error:
        line.configured = False
        log.error("device not configured", reason=str(error))
