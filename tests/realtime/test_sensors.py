"""What devices send and what those who watch their sensors get, over the official client, on every stack."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.stack import DEFAULT_STACK, EVERY_MODE
from tests.support.devices import Pi
from tests.support.eventually import eventually
from tests.support.people import Listener, Person, Refused
from tests.support.server import Api, Server
from utils.clock import now_ms

MakePerson = Callable[..., Person]
NOWHERE = "0" * 24


@pytest.fixture
def alice(person: MakePerson) -> Person:
    return person()


@pytest.fixture
def pi(alice: Person) -> Iterator[Pi]:
    """A device of Alice's."""
    made = Pi(alice)
    yield made
    made.close()


def pushed(watcher: Listener, sensor_id: str) -> list[tuple[int, float]]:
    """All readings of a sensor that were pushed to somebody."""
    payloads = [payload for payload in watcher.payloads("sensor_reading") if payload["sensor_id"] == sensor_id]
    return [(ts, value) for payload in payloads for ts, value in payload["readings"]]


def test_a_reading_reaches_those_who_watch_its_sensor(person: MakePerson, pi: Pi) -> None:
    bob, carol = person(), person()
    ids = pi.announce("in", "out")
    answer = bob.live.ok("join_sensor", {"sensor_id": ids["in"]})
    assert (answer["sensor"]["id"], answer["sensor"]["online"], answer["readings"]) == (ids["in"], True, [])
    carol.live.ok("join_sensor", {"sensor_id": ids["out"]})
    now = now_ms()
    assert pi.send(["in", now, 20.5], ["out", now, -3])["accepted"] == 2
    assert eventually(lambda: pushed(bob.live, ids["in"])) == [(now, 20.5)]
    assert eventually(lambda: pushed(carol.live, ids["out"])) == [(now, -3.0)]
    assert pushed(bob.live, ids["out"]) == []
    bob.live.ok("leave_sensor", {"sensor_id": ids["in"]})
    bob.live.ok("join_sensor", {"sensor_id": ids["out"]})
    pi.send(["in", now + 1, 21.0], ["out", now + 1, -4.0])
    assert eventually(lambda: pushed(bob.live, ids["out"])) == [(now + 1, -4.0)]
    assert pushed(bob.live, ids["in"]) == [(now, 20.5)]


@DEFAULT_STACK
def test_a_device_that_only_sends_over_http_is_online(server: Server, alice: Person, pi: Pi) -> None:
    made = alice.api.post("/api/devices", {"name": "Sender"}, expect=201).json()
    asked = {"device_id": made["device"]["id"], "key": "t", "name": "T"}
    sensor_id = alice.api.post("/api/sensors", asked, expect=201).json()["sensor"]["id"]
    assert alice.live.ok("join_sensor", {"sensor_id": sensor_id})["sensor"]["online"] is False
    device = Api(server.url)
    device.session.headers["Authorization"] = f"Bearer {made['token']}"
    sent = device.post(f"/api/sensors/{sensor_id}/readings", {"readings": [[now_ms(), 1.5]]}, expect=200).json()
    assert sent["accepted"] == 1
    assert alice.live.wait("sensor_status", lambda payload: payload["sensor_id"] == sensor_id)["online"] is True
    assert alice.api.get(f"/api/sensors/{sensor_id}")["sensor"]["online"] is True
    assert alice.api.get(f"/api/devices/{made['device']['id']}")["device"]["online"] is True
    assert [each["id"] for each in alice.api.get(f"/api/sensors?online=1&device_id={made['device']['id']}")["items"]] == [sensor_id]


@DEFAULT_STACK
def test_who_begins_to_watch_gets_the_recent_readings_and_no_gap(alice: Person, pi: Pi) -> None:
    sensor_id = pi.announce("t")["t"]
    now = now_ms()
    pi.send(*[["t", now - n * 1000, float(n)] for n in range(1000)])
    recent = alice.live.ok("join_sensor", {"sensor_id": sensor_id})["readings"]
    assert len(recent) == 901, "the last fifteen minutes, counted from the newest"
    assert recent == sorted(recent)
    missed = alice.live.ok("join_sensor", {"sensor_id": sensor_id, "since": now - 10_000})["readings"]
    assert missed == [[now - n * 1000, float(n)] for n in range(9, -1, -1)]


@EVERY_MODE
def test_a_flood_is_pushed_ten_times_a_second_at_most(alice: Person, pi: Pi) -> None:
    sensor_id = pi.announce("t")["t"]
    alice.live.ok("join_sensor", {"sensor_id": sensor_id})
    start, began = now_ms() - 100_000, time.monotonic()
    batches = 60
    for batch in range(batches):
        pi.send(*[["t", start + batch * 50 + n, float(n)] for n in range(50)])
    took = time.monotonic() - began
    newest = start + batches * 50 - 1
    eventually(lambda: pushed(alice.live, sensor_id)[-1:] == [(newest, 49.0)])
    payloads = alice.live.payloads("sensor_reading")
    assert len(payloads) <= 10 * took + 3
    assert sum(len(payload["readings"]) + payload.get("skipped", 0) for payload in payloads) == batches * 50


@DEFAULT_STACK
def test_a_batch_is_acknowledged_with_what_became_of_each_reading(pi: Pi, alice: Person) -> None:
    sensor_id = pi.announce("t")["t"]
    now = now_ms()
    answer = pi.send(["t", now, 1], ["t", now, 2], ["x", now, 1], ["t", now + 700_000, 1], ["t", 5.5, 1], ["t", now + 1, None], 7)
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [
        (2, "unknown_sensor"), (3, "future_timestamp"), (4, "bad_timestamp"), (5, "bad_value"), (6, "bad_reading"),
    ]  # fmt: skip
    assert alice.api.get(f"/api/sensors/{sensor_id}/readings")["items"] == [{"ts": now, "value": 1.0}]


@DEFAULT_STACK
def test_nan_and_infinity_are_rejected_alone(pi: Pi) -> None:
    pi.announce("t")
    now = now_ms()
    answer = pi.send(["t", now, float("nan")], ["t", now + 1, float("inf")], ["t", now + 2, 3.0])
    assert answer["accepted"] == 1
    assert [each["code"] for each in answer["rejected"]] == ["bad_value", "bad_value"]


@EVERY_MODE
def test_a_batch_of_5000_is_taken_and_one_more_is_not(pi: Pi, alice: Person) -> None:
    sensor_id = pi.announce("t")["t"]
    start = now_ms() - 10_000_000
    rows = [["t", start + n, n] if n % 10 == 0 else ["unknown", start + n, n] for n in range(5000)]
    answer = pi.send(*rows)
    assert (answer["accepted"], len(answer["rejected"])) == (500, 4500)
    assert pi.live.refused("readings", {"readings": [*rows, ["t", start + 1, 1]]}) == "validation_failed"
    assert pi.send(*rows)["duplicates"] == 500
    stored = alice.api.get(f"/api/sensors/{sensor_id}/readings?resolution=raw")["items"]
    assert stored == [{"ts": start + n, "value": float(n)} for n in range(0, 5000, 10)]


WRONG: list[tuple[str, Any, str]] = [
    ("readings", None, "validation_failed"), ("readings", "text", "invalid_request"), ("readings", {}, "validation_failed"),
    ("readings", {"readings": "t"}, "validation_failed"), ("readings", {"readings": {}}, "validation_failed"),
    ("readings", {"readings": [], "more": 1}, "validation_failed"), ("readings", {"readings": b"bytes"}, "validation_failed"),
    ("announce", {"sensors": [{"key": "t"}]}, "validation_failed"),
    ("announce", {"sensors": [{"key": "a b", "name": "T"}]}, "validation_failed"),
    ("announce", {"sensors": [{"key": "t", "name": "T", "unit": 5}]}, "validation_failed"),
    ("announce", {"sensors": [{"key": f"s{n}", "name": "T", "unit": "", "kind": ""} for n in range(65)]}, "validation_failed"),
    ("send_message", {"room_id": NOWHERE, "body": "x", "client_id": "1"}, "invalid_request"),
]  # fmt: skip


def test_a_wrong_event_gets_an_error_and_the_connection_lives(pi: Pi, subtests: pytest.Subtests) -> None:
    for event, payload, code in WRONG:
        with subtests.test(event=event, payload=repr(payload)[:80]):
            assert pi.live.refused(event, payload) == code
            assert pi.announce("t").keys() == {"t"}


@EVERY_MODE
def test_a_device_without_its_token_is_refused(server: Server, pi: Pi, alice: Person) -> None:
    for auth in (None, {}, {"token": ""}, {"token": "wrong"}, {"token": 5}, {"token": [pi.token]}, "text"):
        with pytest.raises(Refused, match="authentication_required"):
            Listener(server.url, namespace="/devices", auth=auth)
    with pytest.raises(Refused, match="authentication_required"):
        Listener(server.url, namespace="/devices", headers={"Cookie": alice.api.cookie})


def test_rotating_the_token_ends_the_connection_and_the_new_one_opens(server: Server, pi: Pi, alice: Person) -> None:
    pi.announce("t")
    token = alice.api.post(f"/api/devices/{pi.id}/token").json()["token"]
    eventually(lambda: not pi.live.client.connected)
    with pytest.raises(Refused, match="authentication_required"):
        pi.connect()
    pi.token = token
    pi.live = pi.connect()
    assert pi.send(["t", now_ms(), 1.0])["accepted"] == 1
    alice.api.call("DELETE", f"/api/devices/{pi.id}", expect=204)
    eventually(lambda: not pi.live.client.connected)


def test_watchers_see_a_device_come_and_go(alice: Person, pi: Pi) -> None:
    sensor_id = pi.announce("t")["t"]
    alice.live.ok("join_sensor", {"sensor_id": sensor_id})
    pi.close()
    alice.live.wait("sensor_status", lambda payload: payload == {"sensor_id": sensor_id, "online": False})
    assert alice.api.get(f"/api/sensors/{sensor_id}")["sensor"]["online"] is False
    pi.live = pi.connect()
    alice.live.wait("sensor_status", lambda payload: payload == {"sensor_id": sensor_id, "online": True})
    assert alice.api.get(f"/api/devices/{pi.id}")["device"]["online"] is True


@DEFAULT_STACK
def test_nobody_watches_what_is_private_to_another(person: MakePerson, alice: Person, pi: Pi) -> None:
    bob = person()
    sensor_id = pi.announce("t")["t"]
    for each in (alice, bob):
        each.live.ok("join_sensor", {"sensor_id": sensor_id})
    alice.api.call("PATCH", f"/api/sensors/{sensor_id}", expect=200, json={"visibility": "private"})
    now = now_ms()
    pi.send(["t", now, 1.0])
    assert eventually(lambda: pushed(alice.live, sensor_id)) == [(now, 1.0)]
    assert bob.live.refused("join_sensor", {"sensor_id": sensor_id}) == "not_found"
    assert pushed(bob.live, sensor_id) == []
    assert bob.live.refused("join_sensor", {"sensor_id": NOWHERE}) == "not_found"


def test_the_worker_rolls_up_and_says_that_the_chart_changed(alice: Person, pi: Pi) -> None:
    sensor_id = pi.announce("t")["t"]
    alice.live.ok("join_sensor", {"sensor_id": sensor_id})
    minute = now_ms() // 60_000 * 60_000 - 120_000
    pi.send(["t", minute + 1, 1.0], ["t", minute + 2, 5.0])
    changed = alice.live.wait("chart_updated", lambda payload: payload["sensor_id"] == sensor_id, timeout=30)
    assert (changed["start"], changed["end"]) == (minute, minute + 59_999)
    assert alice.api.get(f"/api/sensors/{sensor_id}/readings?resolution=minute")["items"] == [
        {"ts": minute, "count": 2, "min": 1.0, "max": 5.0, "mean": 3.0, "first": 1.0, "last": 5.0}
    ]
    alice.live.events.clear()
    pi.send(["t", minute, 9.0])
    alice.live.wait("chart_updated", timeout=30)
    (item,) = alice.api.get(f"/api/sensors/{sensor_id}/readings?resolution=day")["items"]
    assert (item["count"], item["first"], item["max"]) == (3, 9.0, 9.0)


@DEFAULT_STACK
def test_watchers_hear_of_removed_readings_and_the_rollups_are_of_what_is_left(alice: Person, pi: Pi) -> None:
    sensor_id = pi.announce("t")["t"]
    start = now_ms() // 60_000 * 60_000 - 600_000
    assert pi.send(*[["t", start + n * 1000, 1.0 if n < 120 else 99.0] for n in range(300)])["accepted"] == 300
    path = f"/api/sensors/{sensor_id}/readings"

    def minutes() -> list[tuple[int, int, float]]:
        items = alice.api.get(f"{path}?resolution=minute")["items"]
        return [((each["ts"] - start) // 60_000, each["count"], each["max"]) for each in items]

    eventually(lambda: [count for _, count, _ in minutes()] == [60] * 5)
    alice.live.ok("join_sensor", {"sensor_id": sensor_id})
    removed = alice.api.call("DELETE", f"{path}?start={start + 90_000}&end={start + 239_999}", 200).json()
    assert removed == {"removed": 150, "more": False}
    assert eventually(lambda: minutes() == [(0, 60, 1.0), (1, 30, 1.0), (4, 60, 99.0)])
    # One push may tell of several changes.
    alice.live.wait(
        "chart_updated",
        lambda each: each["sensor_id"] == sensor_id and each["start"] <= start + 60_000 and each["end"] >= start + 239_999,
    )
    alice.api.call("DELETE", f"{path}?start={start + 90_000}&end={now_ms()}", 200)
    assert alice.api.get(f"/api/sensors/{sensor_id}")["sensor"]["last"] == {"ts": start + 89_000, "value": 1.0}
    assert pi.send(["t", start + 90_000, 2.0])["accepted"] == 1
    assert eventually(lambda: minutes() == [(0, 60, 1.0), (1, 31, 2.0)])
