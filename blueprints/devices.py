"""/api/devices: devices and their tokens."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.base import PageQuery
from schemas.devices import CreateDevice, DeviceAnswer, DevicePage, NewDeviceAnswer, UpdateDevice
from services.telemetry import devices
from utils.errors import NotFound
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("devices", "/api/devices")


@api.get("", query=PageQuery, answer=DevicePage)
def listing(query: PageQuery) -> Any:
    """One's own devices, an administrator's: all; in the order of their registration."""
    found, last = devices.listing(current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": devices.views(found), "next": encode_cursor(None if last is None else str(last))}


@api.post("", body=CreateDevice, answer=NewDeviceAnswer, status=201, limit="60/hour")
def create(body: CreateDevice) -> Any:
    """Register a device. The token in the answer is shown this once; only its hash is kept."""
    device, token = devices.create(current_user(), body.name)
    return {"device": devices.view(device), "token": token}


@api.get("/<id:device_id>", answer=DeviceAnswer, errors=(NotFound,))
def show(device_id: ObjectId) -> Any:
    """One device of one's own."""
    return {"device": devices.view(devices.visible(device_id, current_user()))}


@api.patch("/<id:device_id>", body=UpdateDevice, answer=DeviceAnswer, errors=(NotFound,))
def update(device_id: ObjectId, body: UpdateDevice) -> Any:
    """Rename a device, or say where it stands."""
    return {"device": devices.view(devices.update(devices.visible(device_id, current_user()), body))}


@api.delete("/<id:device_id>", status=204, errors=(NotFound,))
def delete(device_id: ObjectId) -> None:
    """Remove a device with its sensors and all their readings."""
    devices.delete(devices.visible(device_id, current_user()))


@api.post("/<id:device_id>/token", answer=NewDeviceAnswer, errors=(NotFound,), limit="60/hour")
def rotate_token(device_id: ObjectId) -> Any:
    """Replace the token; the old one is worth nothing from now on, and what is connected with it is cut off."""
    device, token = devices.rotate_token(devices.visible(device_id, current_user()))
    return {"device": devices.view(device), "token": token}
