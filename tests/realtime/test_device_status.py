"""What a device says of itself besides its readings."""

from collections.abc import Callable

from tests.contract.stack import DEFAULT_STACK
from tests.support.devices import Pi
from tests.support.people import Person

MakePerson = Callable[..., Person]
SENSOR = {"key": "t", "name": "T", "unit": "°C", "kind": "temperature"}


@DEFAULT_STACK
def test_a_devices_version_and_state_are_shown_to_its_owner(person: MakePerson) -> None:
    alice = person()
    pi = Pi(alice)
    path = f"/api/devices/{pi.id}"
    pi.live.ok("announce", {"sensors": [SENSOR], "version": "1.4.0", "status": {"battery_percent": 71.5, "rssi_dbm": -61.0}})
    shown = alice.api.get(path)["device"]
    assert (shown["version"], shown["online"]) == ("1.4.0", True)
    assert (shown["status"]["battery_percent"], shown["status"]["rssi_dbm"], shown["status"]["uptime_seconds"]) == (71.5, -61, None)
    assert shown["status_at"] is not None
    pi.live.ok("status", {"status": {"uptime_seconds": 90}})
    shown = alice.api.get(path)["device"]
    assert (shown["version"], shown["status"]["uptime_seconds"], shown["status"]["battery_percent"]) == ("1.4.0", 90, None)
    pi.live.ok("announce", {"sensors": [SENSOR]})
    assert alice.api.get(path)["device"]["status"]["uptime_seconds"] == 90, "an older program does not unsay it"
    pi.close()


@DEFAULT_STACK
def test_what_a_device_may_not_say_is_refused_with_its_field(person: MakePerson) -> None:
    pi = Pi(person())
    for event, payload in (
        ("announce", {"sensors": [SENSOR], "mood": "good"}),
        ("announce", {"sensors": [SENSOR], "status": {"battery_percent": 101}}),
        ("status", {"status": {"mood": "good"}}),
        ("status", {"status": {"rssi_dbm": "strong"}}),
        ("status", {}),
    ):
        answer = pi.live.call(event, payload)
        assert (answer["ok"], answer["error"]["code"]) == (False, "validation_failed"), (event, payload, answer)
    assert pi.announce("t")
    pi.close()


def test_an_interval_is_told_to_a_connected_device_and_to_one_that_was_away(person: MakePerson) -> None:
    alice = person()
    pi = Pi(alice)
    path = f"/api/devices/{pi.id}"
    pi.announce("t")
    assert pi.live.payloads("configure") == [], "nobody said anything yet"
    changed = alice.api.call("PATCH", path, expect=200, json={"interval_ms": 2_500}).json()["device"]
    assert (changed["interval_ms"], changed["name"]) == (2_500, alice.api.get(path)["device"]["name"])
    assert pi.live.wait("configure") == {"interval_ms": 2_500}
    pi.close()
    alice.api.call("PATCH", path, expect=200, json={"interval_ms": 60_000})
    pi.live = pi.connect()
    pi.live.ok("readings", {"readings": []})
    assert pi.live.wait("configure") == {"interval_ms": 60_000}
    pi.live.ok("status", {"status": {"interval_ms": 60_000}})
    assert alice.api.get(path)["device"]["status"]["interval_ms"] == 60_000
    assert pi.live.payloads("configure") == [{"interval_ms": 60_000}], "once a connection"
    alice.api.call("PATCH", path, expect=200, json={"name": "Renamed"})
    assert alice.api.call("PATCH", path, expect=200, json={"interval_ms": None}).json()["device"]["interval_ms"] is None
    assert pi.live.wait("configure", lambda payload: payload["interval_ms"] is None)
    assert len(pi.live.payloads("configure")) == 2
    pi.close()


def test_an_interval_out_of_bounds_is_refused_and_told_to_nobody(person: MakePerson) -> None:
    alice = person()
    pi = Pi(alice)
    for wrong in (99, 3_600_001, 0, -1, 1000.5, "1000", True):
        refused = alice.api.call("PATCH", f"/api/devices/{pi.id}", expect=422, json={"interval_ms": wrong}).json()["error"]
        assert (refused["code"], list(refused["fields"])) == ("validation_failed", ["interval_ms"])
    assert person().api.call("PATCH", f"/api/devices/{pi.id}", json={"interval_ms": 1000}).status_code == 404
    pi.announce("t")
    assert pi.live.payloads("configure") == []
    pi.close()
