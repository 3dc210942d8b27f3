"""The official clients of InfluxDB write unchanged, and so does what Telegraf sends."""

import base64
import gzip
from collections.abc import Callable, Iterator

import pytest
import requests
from influxdb import InfluxDBClient as Version1  # type: ignore[import-untyped]
from influxdb.exceptions import InfluxDBClientError  # type: ignore[import-untyped]
from influxdb_client.client.influxdb_client import InfluxDBClient as Version2
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from tests.contract.stack import DEFAULT_STACK, EVERY_MODE
from tests.support.devices import Pi
from tests.support.people import Person
from tests.support.server import Server
from utils.clock import now_ms


@pytest.fixture
def pi(person: Callable[..., Person]) -> Iterator[Pi]:
    made = Pi(person())
    yield made
    made.close()


def stored(pi: Pi) -> dict[str, list[tuple[int, float]]]:
    """The readings of the device's sensors, by key."""
    api = pi.owner.api
    sensors = api.get("/api/sensors", params={"device_id": pi.id, "limit": 100})["items"]
    return {
        sensor["key"]: [
            (each["ts"], each["value"]) for each in api.get(f"/api/sensors/{sensor['id']}/readings?resolution=raw")["items"]
        ]
        for sensor in sensors
    }


def write(server: Server, pi: Pi, body: str | bytes, **options: object) -> requests.Response:
    params = {"precision": "ms", **options.pop("params", {})}  # type: ignore[dict-item]
    headers = {"Authorization": f"Token {pi.token}", **options.pop("headers", {})}  # type: ignore[dict-item]
    data = body.encode() if isinstance(body, str) else body
    return requests.post(f"{server.url}/api/write", data=data, params=params, headers=headers, timeout=30)


def test_the_client_of_version_1_writes_unchanged(server: Server, pi: Pi) -> None:
    now = now_ms()
    client = Version1("127.0.0.1", server.port, "any", pi.token, "lab", path="api")
    client.create_database("lab")
    assert client.ping()
    points = [
        {"measurement": "cpu", "tags": {"host": "pi"}, "time": now - n, "fields": {"value": 0.5 + n, "busy": True}}
        for n in range(3)
    ]
    assert client.write_points(points, time_precision="ms")
    assert client.write_points([{"measurement": "t", "fields": {"value": 1}}], time_precision="s")
    found = stored(pi)
    assert found["cpu,host=pi"] == [(now - 2, 2.5), (now - 1, 1.5), (now, 0.5)]
    assert found["cpu.busy,host=pi"] == [(now - n, 1.0) for n in (2, 1, 0)]
    assert len(found["t"]) == 1
    with pytest.raises(InfluxDBClientError) as raised:
        client.write_points([{"measurement": "note", "time": now, "fields": {"text": "hello", "n": 1}}], time_precision="ms")
    assert raised.value.code == 400
    assert "partial write" in str(raised.value)
    assert stored(pi)["note.n"] == [(now, 1.0)]
    with pytest.raises(InfluxDBClientError) as raised:
        Version1("127.0.0.1", server.port, "any", "wrong", "lab", path="api").write_points(points)
    assert raised.value.code == 401


@DEFAULT_STACK
@pytest.mark.parametrize("below", ["", "/api"])
def test_the_client_of_version_2_writes_unchanged(server: Server, pi: Pi, below: str) -> None:
    now = now_ms()
    with Version2(url=server.url + below, token=pi.token, org="lab", enable_gzip=True) as client:
        writing = client.write_api(write_options=SYNCHRONOUS)
        point = Point("air").tag("room", "lab 1").field("co2", 612).field("temp", 21.5).time(now, WritePrecision.MS)  # type: ignore[no-untyped-call]
        writing.write(bucket="any", record=[point, f"air,room=lab\\ 2 co2=700i {now}"], write_precision=WritePrecision.MS)
        assert stored(pi) == {
            "air.co2,room=lab_1": [(now, 612.0)], "air.temp,room=lab_1": [(now, 21.5)], "air.co2,room=lab_2": [(now, 700.0)],
        }  # fmt: skip
        with pytest.raises(ApiException) as raised:
            writing.write(bucket="any", record="air co2=", write_precision=WritePrecision.MS)
        assert raised.value.status == 400
    with Version2(url=server.url + below, token="wrong", org="lab") as client, pytest.raises(ApiException) as raised:
        client.write_api(write_options=SYNCHRONOUS).write(bucket="any", record="air co2=1")
    assert raised.value.status == 401


@DEFAULT_STACK
def test_a_token_comes_in_each_of_the_ways_that_clients_know(server: Server, pi: Pi) -> None:
    url, now = f"{server.url}/api/write", now_ms()
    basic = base64.b64encode(f"user:{pi.token}".encode()).decode()
    for n, (headers, params) in enumerate(
        [
            ({"Authorization": f"Token {pi.token}"}, {}), ({"Authorization": f"Bearer {pi.token}"}, {}),
            ({"Authorization": f"Token user:{pi.token}"}, {}), ({"Authorization": f"Basic {basic}"}, {}),
            ({}, {"u": "user", "p": pi.token}),
        ]
    ):  # fmt: skip
        answer = requests.post(
            url, data=f"t value={n} {now - n}", params={**params, "precision": "ms"}, headers=headers, timeout=10
        )
        assert (answer.status_code, answer.content) == (204, b""), n
    assert len(stored(pi)["t"]) == 5
    for headers in ({}, {"Authorization": "Token"}, {"Authorization": "Basic !!!"}, {"Authorization": "Digest x"}):
        assert requests.post(url, data="t value=1", headers=headers, timeout=10).status_code == 401


@DEFAULT_STACK
def test_good_lines_are_stored_beside_bad_ones(server: Server, pi: Pi) -> None:
    now = now_ms()
    answer = write(server, pi, f"t value=1 {now}\nt value=\nt value=3 {now + 3_600_000}\nt value=4 {now - 1}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("partial write: line 2: ")
    assert "line 3: the timestamp is in the future" in answer.json()["message"]
    assert answer.headers["X-Influxdb-Error"] == answer.json()["error"]
    assert stored(pi) == {"t": [(now - 1, 4.0), (now, 1.0)]}
    assert write(server, pi, f"t value=9 {now}").status_code == 204, "the first value of a moment stays, and a repetition is fine"
    assert stored(pi)["t"][-1] == (now, 1.0)


@DEFAULT_STACK
def test_no_more_sensors_are_made_than_a_device_may_have(server: Server, pi: Pi) -> None:
    now = now_ms()
    answer = write(server, pi, "\n".join(f"m{n} value=1 {now}" for n in range(70)))
    assert answer.status_code == 400
    assert "dropped=6" in answer.json()["error"]
    assert len(stored(pi)) == 64


@EVERY_MODE
def test_large_bodies_come_compressed(server: Server, pi: Pi) -> None:
    now = now_ms()
    lines = "\n".join(f"t value={n} {now - n}" for n in range(12_000)).encode()
    assert write(server, pi, gzip.compress(lines), headers={"Content-Encoding": "gzip"}).status_code == 204
    answer = pi.owner.api.get("/api/sensors", params={"device_id": pi.id})["items"][0]
    assert answer["last"] == {"ts": now, "value": 0.0}


HOSTILE: list[tuple[bytes, dict[str, object], int]] = [
    (b"\xff\xfe", {}, 400), (b"t value=1", {"params": {"precision": "fortnight"}}, 400),
    (b"not gzip", {"headers": {"Content-Encoding": "gzip"}}, 415),
    (gzip.compress(b"t value=1", mtime=0)[:-4], {"headers": {"Content-Encoding": "gzip"}}, 413),
    (gzip.compress(b"#" * 50_000_000), {"headers": {"Content-Encoding": "gzip"}}, 413),
    (b"t value=1", {"headers": {"Content-Encoding": "br"}}, 415), (b"#" * 9_000_000, {}, 413),
    (b"", {}, 204), (b"\n\n# only a comment\n", {}, 204), (b"\0" * 1000, {}, 400), (b'"' * 10_000, {}, 400),
    (b"t value=1 -5", {}, 400), (b"t value=1 9223372036854775807", {}, 400), (b"t,a=b,a=b value=1", {}, 204),
]  # fmt: skip


@EVERY_MODE
def test_what_is_hostile_gets_an_answer(server: Server, pi: Pi, subtests: pytest.Subtests) -> None:
    for body, options, status in HOSTILE:
        with subtests.test(body=body[:40], status=status):
            assert write(server, pi, body, **options).status_code == status
            assert write(server, pi, "well value=1").status_code == 204


@DEFAULT_STACK
def test_queries_that_clients_make_before_they_write_are_answered(server: Server) -> None:
    url = f"{server.url}/api/query"
    assert requests.post(url, data={"q": 'CREATE DATABASE "telegraf"'}, timeout=10).json() == {"results": [{"statement_id": 0}]}
    assert requests.get(url, params={"q": "SHOW DATABASES"}, timeout=10).status_code == 200
    assert requests.get(url, params={"q": "SELECT * FROM cpu"}, timeout=10).status_code == 400
    assert requests.get(url, timeout=10).status_code == 400


@EVERY_MODE
@pytest.mark.filterwarnings("ignore:This method is deprecated")
@pytest.mark.parametrize("path", ["", "/api"])
def test_the_client_of_version_2_finds_a_healthy_server(server: Server, path: str) -> None:
    with Version2(url=server.url + path, token="any", org="-") as client:
        assert client.ping()
        assert client.version() == client.health().version == "1.8-fieldroom"
        assert client.health().status == "pass"
        ready = client.ready()
        assert ready.status == "ready"
        assert abs(ready.started.timestamp() * 1000 - now_ms()) < 3_600_000
