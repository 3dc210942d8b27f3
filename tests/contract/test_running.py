"""Running it: the line at the start, the variables, the paths for whoever watches a process, the documents."""

from pathlib import Path

import pytest
import requests

from tests.contract.stack import DEFAULT_STACK
from tests.support.eventually import eventually
from tests.support.server import PASSWORD, Api, Server, register

# The contract's table of paths, one method of each that is served so far.
PATHS = """
post /api/auth/register
post /api/auth/login
post /api/auth/logout
get /api/auth/me
post /api/auth/change-password
get /api/users/{user_id}
get /api/users/search
get /api/users/online
patch /api/users/me
delete /api/users/me
post /api/users/{user_id}/block
delete /api/users/{user_id}/block
get /api/users/me/blocked
get /api/friends
delete /api/friends/{user_id}
get /api/friends/requests
post /api/friends/requests
delete /api/friends/requests/{request_id}
post /api/friends/requests/{request_id}/accept
post /api/friends/requests/{request_id}/reject
get /api/chat-rooms
post /api/chat-rooms
get /api/chat-rooms/{room_id}
patch /api/chat-rooms/{room_id}
delete /api/chat-rooms/{room_id}
post /api/chat-rooms/{room_id}/join
post /api/chat-rooms/{room_id}/leave
get /api/chat-rooms/{room_id}/members
post /api/chat-rooms/{room_id}/kick
get /api/chat-rooms/{room_id}/bans
post /api/chat-rooms/{room_id}/bans
get /api/chat-rooms/{room_id}/invitations
post /api/chat-rooms/{room_id}/invitations
get /api/chat-rooms/{room_id}/export
get /api/messages/room/{room_id}
post /api/messages/room/{room_id}
get /api/messages/private/{user_id}
post /api/messages/private/{user_id}
patch /api/messages/{message_id}
delete /api/messages/{message_id}
put /api/messages/{message_id}/reactions/{emoji}
delete /api/messages/{message_id}/reactions/{emoji}
get /api/messages/conversations
get /api/messages/search
get /api/messages/export
get /api/notifications
post /api/notifications/{notification_id}/read
post /api/notifications/read-all
get /api/devices
post /api/devices
get /api/devices/{device_id}
patch /api/devices/{device_id}
delete /api/devices/{device_id}
post /api/devices/{device_id}/token
get /api/sensors
post /api/sensors
get /api/sensors/{sensor_id}
patch /api/sensors/{sensor_id}
delete /api/sensors/{sensor_id}
get /api/sensors/{sensor_id}/readings
post /api/sensors/{sensor_id}/readings
get /api/sensors/{sensor_id}/chart
get /api/sensors/{sensor_id}/chart.svg
get /api/sensors/{sensor_id}/chart.png
get /api/sensors/{sensor_id}/chart.html
get /api/charts
post /api/charts
get /api/jobs/{job_id}
get /api/sensors/{sensor_id}/alert-rules
post /api/sensors/{sensor_id}/alert-rules
patch /api/alert-rules/{rule_id}
delete /api/alert-rules/{rule_id}
get /api/sensors/{sensor_id}/export.csv
get /api/admin/stats
get /api/admin/content-filter
get /api/admin/jobs
"""
PEOPLE_SEND = (
    "join_chat_room leave_chat_room send_message send_private_message edit_message delete_message react typing_start typing_stop "
    "mark_read join_sensor leave_sensor"
)
SERVER_SENDS = (
    "new_message message_edited message_deleted message_reaction user_joined user_left user_typing room_updated presence unread "
    "new_notification friend_request sensor_reading sensor_status chart_updated sensor_alert"
)


@DEFAULT_STACK
def test_the_documents_describe_every_path_and_event_of_the_contract(server: Server) -> None:
    document = Api(server.url).get("/api/openapi.json")
    served = {f"{method} {path}" for path, methods in document["paths"].items() for method in methods}
    assert set(PATHS.split("\n")) - {""} <= served
    channels = Api(server.url).get("/api/asyncapi.json")["channels"]
    by_namespace: dict[str, set[str]] = {}
    for channel in channels.values():
        by_namespace.setdefault(channel["address"], set()).update(message["name"] for message in channel["messages"].values())
    assert set(PEOPLE_SEND.split()) | set(SERVER_SENDS.split()) <= by_namespace["/"]
    assert {"announce", "readings"} <= by_namespace["/devices"]
    assert requests.get(server.url + "/api/docs", timeout=10).headers["Content-Type"].startswith("text/html")


@DEFAULT_STACK
def test_whoever_watches_the_process_needs_no_session(server: Server) -> None:
    assert requests.get(server.url + "/healthz", timeout=10).status_code == 200
    eventually(lambda: requests.get(server.url + "/readyz", timeout=10).status_code == 200)
    metrics = requests.get(server.url + "/metrics", timeout=10)
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE " in metrics.text


def test_a_fresh_server_says_once_that_it_is_ready_keeps_to_its_folder_and_has_one_room(tmp_path: Path) -> None:
    with Server(tmp_path, FLASK_ENV="development", WORKER="0", RATELIMIT_ENABLED="1") as server:
        assert server.log == [f"Fieldroom ready on {server.url}\n"]
        assert server.url.startswith("http://127.0.0.1:")
        first, second = register(server.url, "first"), register(server.url, "second")
        assert [api.get("/api/auth/me")["user"]["role"] for api in (first, second)] == ["admin", "user"]
        assert [room["name"] for room in first.get("/api/chat-rooms")["items"]] == ["Lobby"]
        assert first.call("GET", "/readyz").status_code == 503, "nobody aggregates"
        attempts = (second.post("/api/auth/login", {"username": "first", "password": "wrong"}) for _ in range(40))
        limited = next(answer for answer in attempts if answer.status_code != 401)
        assert (limited.status_code, limited.json()["error"]["code"]) == (429, "rate_limited")
        assert int(limited.headers["Retry-After"]) >= 1
        kept = {path.name for path in tmp_path.iterdir()}
        server.kill()
        server.start()
        assert second.get("/api/auth/me")["user"]["username"] == "second", "a session outlives the process"
        assert [room["name"] for room in first.get("/api/chat-rooms")["items"]] == ["Lobby"]
        assert kept <= {path.name for path in tmp_path.iterdir()}


def test_production_needs_a_secret_key_and_then_marks_its_cookie_secure(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="SECRET_KEY"):
        Server(tmp_path, FLASK_ENV="production", WORKER="0").start()
    with Server(tmp_path, FLASK_ENV="production", WORKER="0", SECRET_KEY="a secret of some length") as server:
        made = requests.post(
            server.url + "/api/auth/register", json={"username": "first", "password": PASSWORD}, timeout=10
        )  # fmt: skip
        assert made.status_code == 201
        assert "; secure" in made.headers["Set-Cookie"].lower()
