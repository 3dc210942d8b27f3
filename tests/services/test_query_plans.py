"""What the sensor side asks for all the time is found by an index, however much is stored."""

from typing import Any

import pytest

from models.accounts import Connection, User
from models.alerts import Alert
from models.charts import Digest, StoredChart
from models.devices import Device, DeviceConnection, Sensor
from models.jobs import Job
from models.odm import Database, Document
from models.readings import MinuteRollup, Reading, RollupMark, between
from utils.clock import now
from utils.ids import new_id

SOME = new_id()
LATEST = [("_id", -1)]


@pytest.fixture
def engine() -> str:
    """SQLite says how it would run a query; the indexes are declared once for both."""
    return "sqlite"


@pytest.mark.parametrize(
    ("document", "asked", "sort", "in_order"),
    [
        (Reading, between(7, 0, 10**12), LATEST, True),
        (MinuteRollup, between(7, 0, 10**12), [("_id", 1)], True),
        (RollupMark, {"due_at": {"$lte": now()}}, [("due_at", 1)], True),
        (Sensor, {"number": {"$in": [1, 2]}}, None, True),
        (Sensor, {"device_id": SOME}, None, True),
        (Sensor, {"visibility": "public", "_id": {"$gt": SOME}}, [("_id", 1)], True),
        (Sensor, {"owner_id": SOME, "visibility": "private"}, [("_id", 1)], True),
        (Sensor, {"labels": "x", "visibility": "public"}, [("_id", 1)], True),
        (Sensor, {"labels": "x", "owner_id": SOME, "visibility": "private"}, [("_id", 1)], True),
        (Sensor, {"terms": "x", "visibility": "public"}, [("_id", 1)], True),
        (Sensor, {"terms": {"$regex": "^x"}, "visibility": {"$ne": "private"}}, [("_id", 1)], False),
        (Sensor, {"device_id": SOME, "visibility": {"$ne": "public"}}, [("_id", 1)], False),
        (Device, {"name": "x"}, [("_id", 1)], True),
        (Alert, {"room_id": {"$in": [SOME, new_id()]}, "open": {"$gte": True}}, LATEST, False),
        (Alert, {"owner_id": SOME, "open": True}, LATEST, True),
        (Alert, {"rule_id": SOME, "open": False}, LATEST, True),
        (StoredChart, {"look_at": None}, [("look_at", 1)], True),
        (StoredChart, {"look_at": {"$lte": now()}}, [("look_at", 1)], True),
        (User, {"role": "admin"}, None, True),
        (Device, {"token_hash": "x"}, None, True),
        (Device, {"owner_id": SOME}, [("_id", 1)], True),
        (Device, {"heard_until": {"$gt": now()}}, None, True),
        (Device, {"heard_until": {"$lte": now()}}, None, True),
        (DeviceConnection, {"device_id": {"$in": [SOME]}}, None, True),
        (DeviceConnection, {"process_id": "x"}, None, True),
        (Job, {"owner_id": SOME, "status": {"$in": ["queued", "running"]}}, None, True),
        (Job, {"status": "queued", "seen_at": {"$lte": now()}}, [("seen_at", 1)], True),
        (StoredChart, {"sensor_id": SOME}, None, True),
        (Digest, {"due_at": {"$lte": now()}}, [("due_at", 1)], True),
        (DeviceConnection, {"process_id": {"$in": ["x", ""]}, "began_at": {"$lte": now()}}, None, True),
        (Connection, {"process_id": {"$in": ["x", ""]}, "began_at": {"$lte": now()}}, None, True),
        (Connection, {"process_id": "", "began_at": {"$gt": now()}}, None, True),
        (Connection, {"user_id": {"$in": [SOME]}}, None, True),
    ],
)  # fmt: skip
def test_a_frequent_query_searches_an_index(
    db: Database, document: type[Document], asked: dict[str, Any], sort: list[tuple[str, int]] | None, in_order: bool
) -> None:
    plan = " / ".join(db.explain(document, asked, sort=sort, limit=50))
    assert "SEARCH" in plan
    assert "SCAN" not in plan
    assert ("TEMP B-TREE" not in plan) == in_order, plan
