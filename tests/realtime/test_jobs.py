"""Charts drawn in the background, over HTTP, on every kind of server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import STACKS
from tests.contract.stack import DEFAULT_STACK
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.redis import redis_server
from tests.support.server import Api, Server, register
from utils.clock import now_ms

MakePerson = Callable[..., Person]


def sensor_of(api: Api) -> str:
    """A sensor of a device of this person's, with an hour of readings."""
    made = api.post("/api/devices", {"name": "Pi"}, expect=201).json()
    body = {"device_id": made["device"]["id"], "key": "t", "name": "Shed", "unit": "°C", "visibility": "private"}
    sensor_id: str = api.post("/api/sensors", body, expect=201).json()["sensor"]["id"]
    rows = [[now_ms() - n * 60_000, 20 + n % 7] for n in range(60)]
    api.post(
        f"/api/sensors/{sensor_id}/readings", {"readings": rows}, headers={"Authorization": f"Bearer {made['token']}"}, expect=200
    )
    return sensor_id


def finished(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen: dict[str, Any] = api.get(f"/api/jobs/{job['id']}")
        return seen if seen["status"] in ("done", "failed") else None

    return eventually(look, within=180) or {}


DRAWN = [("png", b"\x89PNG"), ("html", b"<!DOCTYPE"), ("json", b"{")]


@pytest.mark.parametrize(
    ("server", "format", "begins"),
    [*((stack, "svg", b"<svg") for stack in STACKS), *((STACKS[0], *drawn) for drawn in DRAWN)],
    indirect=["server"],
)
def test_a_chart_is_drawn_in_the_background(person: MakePerson, format: str, begins: bytes) -> None:
    alice = person().api
    answer = alice.post("/api/charts", {"sensor_ids": [sensor_of(alice)], "range": "1h", "format": format}, expect=202).json()
    assert answer["job"]["status"] in ("queued", "running", "done")
    seen = finished(alice, answer["job"])
    assert (seen["status"], seen["progress"]) == ("done", 1)
    assert seen["job"] == {name: value for name, value in seen.items() if name != "job"}
    result = alice.call("GET", seen["result"]["url"], 200)
    assert result.content.startswith(begins)
    assert (len(result.content), result.headers["Content-Type"]) == (seen["result"]["size"], seen["result"]["media_type"])
    again = alice.call("GET", seen["result"]["url"], 304, headers={"If-None-Match": result.headers["ETag"]})
    assert again.content == b""


@DEFAULT_STACK
def test_a_job_is_its_owners_alone(server: Server, person: MakePerson) -> None:
    alice, bob = person().api, person().api
    sensor_id = sensor_of(alice)
    bob.call("POST", "/api/charts", 404, json={"sensor_ids": [sensor_id]})
    seen = finished(alice, alice.post("/api/charts", {"sensor_ids": [sensor_id]}, expect=202).json()["job"])
    for path in (f"/api/jobs/{seen['id']}", seen["result"]["url"]):
        bob.call("GET", path, 404)
        Api(server.url).call("GET", path, 401)
    bob.call("GET", "/api/admin/jobs", 403)


@DEFAULT_STACK
def test_what_cannot_be_drawn_is_refused_at_once(person: MakePerson) -> None:
    alice = person().api
    sensor_id = sensor_of(alice)
    refused: list[dict[str, Any]] = [
        {"sensor_ids": []},
        {"sensor_ids": [sensor_id], "tz": "Nowhere/Town"},
        {"sensor_ids": [sensor_id], "format": "gif"},
        {"sensor_ids": [sensor_id], "start": 5, "end": 4},
        {"sensor_ids": [sensor_id, "0" * 24], "kind": "heatmap"},
    ]
    for body in refused:
        alice.call("POST", "/api/charts", 422, json=body)


@pytest.mark.parametrize("on_redis", [False, True])
def test_jobs_survive_a_restart_and_administrators_see_who_works(tmp_path: Path, on_redis: bool) -> None:
    with redis_server() as redis, Server(tmp_path, **({"REDIS_URL": redis} if on_redis else {}), WORKER="0") as server:
        alice = register(server.url, "alice")  # the first account is an administrator
        sensor_id = sensor_of(alice)
        job = alice.post("/api/charts", {"sensor_ids": [sensor_id]}, expect=202).json()["job"]
        listed = alice.get("/api/admin/jobs")
        assert (listed["queue_depth"], listed["counts"]["queued"], listed["workers"]) == (1, 1, [])
        server.stop()
        server.start(WORKER="1")
        assert finished(alice, job)["status"] == "done"
        listed = alice.get("/api/admin/jobs?status=done")
        assert [each["id"] for each in listed["items"]] == [job["id"]]
        assert {duty["name"] for worker in listed["workers"] for duty in worker["duties"]} >= {"jobs", "housekeeper", "aggregator"}
        told = alice.call("GET", "/metrics", 200).text
        assert 'fieldroom_jobs{status="done"} 1.0' in told
        assert 'fieldroom_workers{duty="jobs"} 1.0' in told
        assert "fieldroom_job_queue_depth 0.0" in told
    assert "renderer_died" not in server.output
