"""/api/sensors/<id>/digests and /api/digests: a sensor's day, posted into a room once a day."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.charts import CreateDigest, DigestAnswer, DigestPage, digest_view
from services import digests
from utils.errors import Conflict, Forbidden, NotFound

of_sensors = Api("sensor-digests", "/api/sensors")
api = Api("digests", "/api/digests")


@of_sensors.get("/<id:sensor_id>/digests", answer=DigestPage, errors=(NotFound,))
def listing(sensor_id: ObjectId) -> Any:
    """The sensor's digests that concern one: one's own, those of one's rooms, all of a sensor of one's own."""
    return {"items": [digest_view(digest) for digest in digests.of_sensor(sensor_id, current_user())], "next": None}


@of_sensors.post(
    "/<id:sensor_id>/digests", body=CreateDigest, answer=DigestAnswer, status=201, errors=(NotFound, Forbidden, Conflict),
    limit="60/hour",
)  # fmt: skip
def create(sensor_id: ObjectId, body: CreateDigest) -> Any:
    """Have the sensor's day posted into a room that one may write in, every day at an hour, in one's own name."""
    return {"digest": digest_view(digests.create(sensor_id, current_user(), body))}


@api.delete("/<id:digest_id>", status=204, errors=(NotFound,))
def delete(digest_id: ObjectId) -> None:
    """End a digest: one's own, of a room that one runs, or of a sensor of one's own."""
    digests.delete(digest_id, current_user())
