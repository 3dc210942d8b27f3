"""Every query of every list and page that is asked for over HTTP is found by an index, however much is stored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.odm.sqlite.pool import Pool
from tests.blueprints.test_sensors import member, new_device, new_sensor
from tests.support.platforms import application
from utils.clock import from_ms, now_ms, rfc3339
from utils.ids import new_id

# Of these there are a few, whatever the size of the place: processes, leases, words up to a limit.
SMALL = {"leases", "server_processes", "worker_processes", "filtered_words", "sqlite_master"}
# Counted for administrators: jobs and mails of the last days. Who is online is counted every two seconds at most.
COUNTED = {"jobs", "mails", "live_connections"}
# Sorted are what one person has, what a room or a sensor has, and the ids of the alerts of one's rooms.
SORTED = {"blocks", "friendships", "invitations", "bans", "alert_rules", "alert_silences", "digests", "alerts", "pins", "jobs"}
VARIANTS: dict[str, list[dict[str, str]]] = {
    "/api/sensors": [{"q": "te"}, {"label": "lab"}, {"online": "1"}, {"online": "0", "q": "te"}, {"device_id": "{device_id}"}],
    "/api/alerts": [
        {"state": "open"}, {"state": "firing"}, {"state": "resolved"}, {"sensor_id": "{sensor_id}"}, {"room_id": "{room_id}"},
        {"sensor_id": "{sensor_id}", "state": "open"}, {"room_id": "{room_id}", "state": "acknowledged"},
        {"rule_id": "{rule_id}"}, {"rule_id": "{rule_id}", "state": "resolved"},
    ],
    "/api/silences": [{"sensor_id": "{sensor_id}"}, {"device_id": "{device_id}"}, {"rule_id": "{rule_id}"}],
    "/api/chat-rooms": [{"q": "gr"}, {"mine": "1"}],
    "/api/users/search": [{"q": "al"}],
    "/api/notifications": [{"unread": "1"}],
    "/api/search/messages": [{"q": "hello"}],
    "/api/friends/requests": [{"direction": "incoming"}],
    "/api/chat-rooms/<id:room_id>/members": [{"q": "al"}],
}  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite, which says how it runs a query; the indexes are declared once for both engines."""
    with application(tmp_path) as app:
        yield app


class Plans:
    """What SQLite does for each statement that was read while this listened, and for which request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, tuple[str, list[str]]] = {}
        self.request = ""
        read, batches = Pool.read, Pool.read_batches

        def note(pool: Pool, sql: str, parameters: Any) -> None:
            if sql.startswith("SELECT") and sql not in self.of:
                self.of[sql] = (self.request, [row[3] for row in read(pool, f"EXPLAIN QUERY PLAN {sql}", parameters)])

        def noted_read(pool: Pool, sql: str, parameters: Any = ()) -> Any:
            note(pool, sql, parameters)
            return read(pool, sql, parameters)

        def noted_batches(pool: Pool, sql: str, parameters: Any, *more: Any) -> Any:
            note(pool, sql, parameters)
            return batches(pool, sql, parameters, *more)

        monkeypatch.setattr(Pool, "read", noted_read)
        monkeypatch.setattr(Pool, "read_batches", noted_batches)

    def costly(self) -> list[str]:
        """The statements that read a collection from its start to its end, or sort more than they may."""
        return [f"{request}: {sql} => {plan}" for sql, (request, plan) in self.of.items() if _scans(sql, plan) or _sorts(sql, plan)]


def _scans(sql: str, plan: list[str]) -> bool:
    # The first rows in the order of an index, of a list that takes all: as many as are asked for.
    in_order = "LIMIT" in sql and " WHERE " not in sql and not any("TEMP B-TREE" in step for step in plan)
    # A condition that nothing can fulfil is planned as a scan and not run.
    nothing = re.search(r"(WHERE|AND) 0( ORDER| LIMIT|$)", sql) is not None
    scanned = {found[1] for step in plan if (found := re.match(r"SCAN (\w+)", step))} - SMALL - COUNTED
    return bool(scanned) and not in_order and not nothing


def _sorts(sql: str, plan: list[str]) -> bool:
    sorts = any(step == "USE TEMP B-TREE FOR ORDER BY" for step in plan)
    # What begins with what somebody typed comes in the order of what it is found by.
    typed = "_rid IN (SELECT _of" in sql and " < ?)" in sql
    return sorts and not typed and re.search(r'FROM "?(\w+)', sql)[1] not in SORTED  # type: ignore[index]


def place(app: Flask) -> tuple[list[FlaskClient], dict[str, str]]:
    """An administrator and Alice, and the ids of some of each of what there is."""
    admin, alice = member(app, "root"), member(app, "alice")
    device, _ = new_device(alice)
    sensor = new_sensor(alice, device["id"])
    user_id = alice.get("/api/auth/me").get_json()["user"]["id"]
    room_id = alice.post("/api/chat-rooms", json={"name": "Greenhouse"}).get_json()["room"]["id"]
    rule = {"when": "above", "threshold": 5, "room_id": room_id}
    rule_id = alice.post(f"/api/sensors/{sensor['id']}/alerts", json=rule)
    sent = alice.post(f"/api/chat-rooms/{room_id}/messages", json={"body": "hello"})
    ids = {"device_id": device["id"], "sensor_id": sensor["id"], "user_id": user_id, "room_id": room_id}
    for name, answer in (("rule_id", rule_id), ("message_id", sent)):
        made = answer.get_json() or {}
        ids[name] = next((each["id"] for each in made.values() if isinstance(each, dict) and "id" in each), str(new_id()))
    return [admin, alice], ids


def test_no_page_that_one_can_ask_for_reads_all_of_a_collection(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    people, ids = place(app)
    plans = Plans(monkeypatch)
    answered = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith("/api/") or rule.rule.startswith("/api/admin/stats"):
            continue
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda name: ids.get(name[1], str(new_id())), rule.rule)
        for query in [{}, *VARIANTS.get(rule.rule, [])]:
            for person in people:
                plans.request = f"GET {rule.rule} {query}"
                filled = {name: value.format(**ids) for name, value in query.items()}
                with person.get(path, query_string=filled) as answer:
                    answer.get_data()
                    assert answer.status_code < 500 or answer.status_code == 503, (plans.request, answer.get_data())
                    answered += answer.status_code == 200
    for target in ("", "Tem", "Greenhouse / Temperature (°C)"):
        plans.request = f"Grafana's search for {target!r}"
        assert people[1].post("/api/grafana/search", json={"target": target}).status_code == 200
        plans.request = f"Grafana's query for {target!r}"
        span = {"from": rfc3339(from_ms(now_ms() - 3_600_000)), "to": rfc3339(from_ms(now_ms()))}
        asked = {"range": span, "targets": [{"target": target, "refId": "A"}]}
        assert people[1].post("/api/grafana/query", json=asked).status_code == 200
    assert answered > 60
    assert len(plans.of) > 60
    assert plans.costly() == []
