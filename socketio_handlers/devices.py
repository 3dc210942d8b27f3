"""What devices send over Socket.IO: each handler parses, calls one service and acknowledges."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from socketio.exceptions import ConnectionRefusedError as SocketIORefusal

from models.devices import Device
from models.odm import OdmError
from realtime.connections import Connections
from realtime.dispatch import Events, Result
from schemas.base import Empty
from schemas.device_status import ReportStatus
from schemas.readings import DeviceReadings, ReadingsAnswer
from schemas.sensors import Announce, AnnounceAnswer
from services.platform import Platform
from services.telemetry import devices, ingest, sensors
from services.telemetry.devices import NAMESPACE
from services.telemetry.ingest import Source
from utils.errors import AuthenticationRequired
from utils.logs import get_logger

log = get_logger(__name__)


@dataclass(slots=True)
class DeviceLine:
    """What a connection of the devices' namespace knows of the device at the other end.

    configured: whether this connection was told what the device is to do.
    """

    sid: str
    source: Source
    configured: bool = False

    @property
    def device_id(self) -> ObjectId:
        return self.source.device_id

    @property
    def device(self) -> Device:
        """The device as it is now. Raises AuthenticationRequired where it, or the token it signed in with, is no more."""
        return devices.signed_in(self.source.device_id, self.source.token_hash)


events: Events[DeviceLine] = Events(NAMESPACE)


def register(platform: Platform, server: Any) -> None:
    """Attach the devices' namespace to a python-socketio server."""
    lines: Connections[DeviceLine] = Connections()

    @platform.inside
    def connect(sid: str, _environ: dict[str, Any], auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        device = None
        try:
            device = devices.authenticate(token) if isinstance(token, str) else None
            if device is None:
                raise AuthenticationRequired('Connect with auth {"token": …}: the token that the device was given.')
            lines.add(sid, DeviceLine(sid, Source.of(device)))
            devices.connected(sid, device, platform.id)
            if lines.get(sid) is None:  # whoever has replaced the token has ended the connection before it was one
                raise AuthenticationRequired()
        except AuthenticationRequired as error:
            lines.pop(sid)
            raise SocketIORefusal("authentication_required", error.payload()) from None
        except OdmError as error:
            if lines.pop(sid) is not None and device is not None:
                with suppress(OdmError):
                    devices.disconnected(sid, device.id)
            log.error("connection refused", reason=str(error))
            raise SocketIORefusal("unavailable", {"code": "unavailable", "message": "Try again in a moment."}) from error

    @platform.inside
    def disconnect(sid: str, *_reason: Any) -> None:
        line = lines.pop(sid)
        if line is None:
            return
        try:
            devices.disconnected(sid, line.device_id)
        except OdmError as error:
            log.error("online state not updated", reason=str(error))

    @platform.inside
    def dispatch(event: str, sid: str, *args: Any) -> Result:
        line = lines.get(sid)
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


@events.on("announce", Announce, answer=AnnounceAnswer, limit="60/minute")
def announce(line: DeviceLine, payload: Announce) -> Result:
    """Say which sensors the device has; gives the id of each, created or updated. May say how the device is, as `status` does."""
    device = line.device
    devices.report(device, version=payload.version, status=payload.status)
    ids = sensors.announce(device, payload.sensors)
    return {"sensors": {key: str(sensor_id) for key, sensor_id in ids.items()}}


@events.on("status", ReportStatus, answer=Empty, limit="30/minute")
def status(line: DeviceLine, payload: ReportStatus) -> Result:
    """Say how the device is: its battery, its signal, how long it runs. What it leaves out is not known from then on."""
    devices.report(line.device, version=payload.version, status=payload.status)
    return {}


@events.on("readings", DeviceReadings, answer=ReadingsAnswer)
def readings(line: DeviceLine, payload: DeviceReadings) -> Result:
    """Send up to 5,000 readings; acknowledged when they are stored. One that is wrong is rejected alone."""
    return {**ingest.ingest(line.source, payload.readings)}
