"""In a place of more than ten thousand of anything people get their answers, and a page costs what it cost in a small one."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from models.accounts import Connection, User
from models.alerts import Alert, AlertRule, AlertSilence
from models.charts import Digest, StoredChart
from models.devices import Device, DeviceConnection, Sensor
from models.friends import Block
from models.messages import Notification
from models.odm import Database, Document
from models.pins import Pin
from models.processes import ServerProcess
from models.rooms import Member, Room
from schemas.alerts import AlertQuery, SilenceQuery
from services import digests, notifications
from services.alerting import alerts, rules, silences
from services.alerting.evaluation import Evaluation
from services.charting import exposition, stored_charts
from services.people import presence, users
from services.telemetry import devices, pins, sensor_search, sensors
from services.telemetry.aggregation import Aggregator
from tests.support.realtime import Recorder
from utils.chunks import chunks
from utils.clock import now
from utils.ids import new_id
from utils.prefix_terms import name_terms

MANY = 10_001
PROCESS = "process"


@pytest.fixture
def engine() -> str:
    """The limit of a query, and what services make of it, are the same on both engines; this one is quickly filled."""
    return "sqlite"


def store(document: type[Document], made: Iterable[Document]) -> None:
    for some in chunks(list(made)):
        document.insert_many(list(some))


def person(name: str, role: str = "user") -> User:
    return User(username=name, username_key=name, nickname=name, password_hash="-", role=role).insert()


def fleet(owner: User, count: int, *, start: int = 0, visibility: str = "public", online: bool = False) -> list[Sensor]:
    """Devices "Pi <n>" with a sensor "Temperature <n>" each."""
    numbers = range(start, start + count)
    made = [
        Device(name=f"Pi {n}", name_terms=name_terms(f"Pi {n}"), owner_id=owner.id, token_hash=str(n), token_hint="x")
        for n in numbers
    ]
    found = [
        Sensor(
            number=n + 1, slot=0, device_id=device.id, owner_id=owner.id, key=f"t{n}", name=f"Temperature {n}", unit="°C",
            visibility=visibility, labels=["lab"],
        )
        for n, device in zip(numbers, made, strict=True)
    ]  # fmt: skip
    for sensor in found:
        sensor.terms = sensor_search.terms(sensor)
    store(Device, made)
    store(Sensor, found)
    if online:
        ServerProcess.update_one({"_id": PROCESS}, {"$set": {"seen_at": now()}}, upsert=True)
        store(DeviceConnection, (DeviceConnection(sid=str(d.id), device_id=d.id, process_id=PROCESS) for d in made))
    return found


def all_pages(user: User, **asked: Any) -> list[ObjectId]:
    found: list[ObjectId] = []
    after: ObjectId | None = None
    while True:
        page, after = sensors.listing(user, limit=1_000, after=after, **asked)
        found += [sensor.id for sensor in page]
        if after is None:
            return found


def test_all_sensors_are_listed_by_whether_their_device_is_online_when_ten_thousand_are(db: Database, alice: User) -> None:
    online = [sensor.id for sensor in fleet(alice, MANY, online=True)]
    [offline] = fleet(alice, 1, start=MANY)
    assert all_pages(person("bob"), online=True) == online
    assert all_pages(person("carol"), online=False) == [offline.id]
    assert len(devices.online_among(sensor.device_id for sensor in Sensor.find())) == MANY


def test_one_sees_public_sensors_and_ones_own_in_the_order_of_their_ids_on_pages_of_any_size(db: Database, alice: User) -> None:
    bob, root = person("bob"), person("root", "admin")
    made = [
        sensor
        for n in range(30)
        for sensor in fleet((alice, bob)[n % 2], 1, start=n, visibility=("public", "private", "private")[n % 3])
    ]
    for who in (alice, bob, root):
        seen = [each.id for each in made if who is root or each.visibility == "public" or each.owner_id == who.id]
        for asked in ({}, {"label": "lab"}, {"query": "temp"}, {"online": False}):
            for limit in (1, 7, 100):
                found: list[ObjectId] = []
                after: ObjectId | None = None
                while True:
                    page, after = sensors.listing(who, limit=limit, after=after, **asked)
                    assert len(page) <= limit
                    found += [sensor.id for sensor in page]
                    if after is None:
                        break
                assert found == seen, (who.username, asked, limit)


def costs(db: Database, work: Callable[[], object]) -> tuple[int, int]:
    with db.count_queries() as counts:
        work()
    return counts.reads, counts.writes


def test_what_people_ask_for_takes_as_many_queries_among_a_thousand_as_among_a_hundred(
    db: Database, alice: User, told: Recorder
) -> None:
    bob = person("bob")
    room = Room(name="Room", name_key="room", owner_id=alice.id, capacity=9).insert()
    Member(room_id=room.id, user_id=bob.id, nickname="bob", nickname_key="bob").insert()
    watched = fleet(alice, 1)[0]

    def more(count: int, start: int) -> None:
        made = fleet(alice, count, start=start, online=True)
        made += fleet(alice, count, start=start + count, visibility="private")
        found = [rule(sensor, room.id, alice) for sensor in made]
        store(AlertRule, found)
        store(Alert, (alert(each, n % 2 == 0) for n, each in enumerate(found)))
        store(AlertSilence, (silence(each, alice) for each in found))
        store(Connection, (Connection(sid=new_id().__str__(), user_id=new_id(), session_key="k", process_id=PROCESS) for _ in made))
        store(StoredChart, (waiting_chart(sensor) for sensor in made))

    asked: dict[str, Callable[[], object]] = {
        "a page of sensors": lambda: sensors.listing(bob, limit=50, after=None),
        "with a label": lambda: sensors.listing(bob, label="lab", limit=50, after=None),
        "by a word": lambda: sensors.listing(bob, query="temperature 5", limit=50, after=None),
        "/chart": lambda: sensor_search.called("Temperature 5", bob, 5),
        "/chart by key": lambda: sensor_search.called("t5", bob, 5),
        "Grafana's target": lambda: exposition.course(bob, "Pi 5 / Temperature 5 (°C)", 0, 1, 1),
        "Grafana's search": lambda: exposition.search(bob, "Temperature 5 "),
        "alerts": lambda: alerts.listing(AlertQuery(), bob, limit=50, before=None),
        "open alerts": lambda: alerts.listing(AlertQuery(state="open"), bob, limit=50, before=None),
        "a sensor's alerts": lambda: alerts.listing(AlertQuery(sensor_id=str(watched.id)), bob, limit=50, before=None),
        "silences": lambda: silences.listing(SilenceQuery(), bob, limit=50, after=None),
        "who is online": lambda: users.online(bob, limit=50),
        "a sensor is made private": lambda: sensors.review_watchers(str(watched.id)),
        "charts to draw": lambda: list(stored_charts.keep()),
    }
    more(50, 1)
    few = {what: costs(db, work) for what, work in asked.items()}
    more(450, 1_000)
    many = {what: costs(db, work) for what, work in asked.items()}
    assert many == few
    assert max(reads for reads, _ in few.values()) <= 8
    found = sensor_search.called("Temperature 5", bob, 5)
    assert [sensor.key for sensor in found] == ["t5"]
    assert exposition.course(bob, "Pi 5 / Temperature 5 (°C)", 0, 1, 1) == ("Pi 5 / Temperature 5 (°C)", [])
    assert {called for called, _ in exposition.search(bob, "pi 5")} >= {"Pi 5 / Temperature 5 (°C)"}


def rule(sensor: Sensor, room_id: ObjectId, by: User) -> AlertRule:
    return AlertRule(sensor_id=sensor.id, number=sensor.number, room_id=room_id, created_by=by.id, when="above", threshold=1.0)


def alert(of: AlertRule, is_open: bool) -> Alert:
    return Alert(
        rule_id=of.id, sensor_id=of.sensor_id, number=of.number, device_id=new_id(), room_id=of.room_id, created_by=of.created_by,
        sensor_name="t", when="above", incident_version=1, open=is_open, started_at=now(), fired_at=now(),
    )  # fmt: skip


def silence(of: AlertRule, by: User) -> AlertSilence:
    return AlertSilence(rule_id=of.id, until=now() + timedelta(hours=1), created_by=by.id, created_by_username=by.username)


def waiting_chart(sensor: Sensor) -> StoredChart:
    """One that somebody wants and that has nothing new to show for an hour."""
    return StoredChart(sensor_id=sensor.id, range="24h", wanted_at=now(), look_at=now() + timedelta(hours=1))


def test_somebody_in_ten_thousand_rooms_with_alerts_sees_them(db: Database, alice: User, told: Recorder) -> None:
    bob = person("bob")
    [sensor] = fleet(alice, 1)
    rooms = [Room(name="Room", name_key="room", capacity=9) for _ in range(MANY)]
    made = [rule(sensor, room.id, alice) for room in rooms]
    fired = [alert(each, n % 3 == 0) for n, each in enumerate(made)]
    store(Room, rooms)
    store(Member, (Member(room_id=room.id, user_id=bob.id, nickname="bob", nickname_key="bob") for room in rooms))
    store(AlertRule, made)
    store(Alert, fired)
    silenced = [silence(each, alice) for each in made]
    store(AlertSilence, silenced)
    page, before = alerts.listing(AlertQuery(), bob, limit=50, before=None)
    assert [each.id for each in page] == [each.id for each in reversed(fired)][:50]
    page, _ = alerts.listing(AlertQuery(), bob, limit=50, before=before)
    assert [each.id for each in page] == [each.id for each in reversed(fired)][50:100]
    for state, is_open in (("open", True), ("firing", True), ("resolved", False)):
        page, _ = alerts.listing(AlertQuery(state=state), bob, limit=50, before=None)
        assert [each.id for each in page] == [each.id for each in reversed(fired) if each.open is is_open][:50]
    assert all(view["room_id"] is not None for view in alerts.views(page, bob))
    held, after = silences.listing(SilenceQuery(), bob, limit=50, after=None)
    assert [each.id for each in held] == [each.id for each in silenced[:50]]
    held, _ = silences.listing(SilenceQuery(), bob, limit=50, after=after)
    assert [each.id for each in held] == [each.id for each in silenced[50:100]]
    with db.count_queries() as counts:
        rules.view(made[0], bob)
    assert counts.reads <= 4


def test_somebody_who_blocks_ten_thousand_people_sees_and_counts_the_others_notices(
    db: Database, alice: User, told: Recorder
) -> None:
    blocked = [new_id() for _ in range(MANY)]
    friend = person("bob")
    store(Block, (Block(user_id=alice.id, blocked_id=each) for each in blocked))
    actors = [friend.id, friend.id, *blocked[:2_500], friend.id]
    told_of = [Notification(user_id=alice.id, event_id=new_id(), kind="mention", actor_id=actor) for actor in actors]
    store(Notification, told_of)
    assert notifications.unread_count(alice.id) == 3
    page, following = notifications.listing(alice, unread_only=True, limit=50, before=None)
    assert [view["id"] for view in page] == [str(told_of[-1].event_id)]
    assert following is not None
    presence.announce(alice.id, presence.HERE)


def test_what_ten_thousand_people_were_told_is_taken_back(db: Database, alice: User, told: Recorder) -> None:
    event = new_id()
    store(Notification, (Notification(user_id=new_id(), event_id=event, kind="invitation", actor_id=alice.id) for _ in range(MANY)))
    notifications.withdraw(event)
    assert Notification.count() == 0
    assert len(told.payloads("notification_withdrawn")) == MANY


def test_a_sensor_is_pinned_and_posted_in_ten_thousand_rooms(db: Database, alice: User) -> None:
    bob = person("bob")
    [sensor] = fleet(alice, 1)
    places = [new_id() for _ in range(MANY)]
    store(Pin, (Pin(room_id=each, sensor_id=sensor.id, slot=0, pinned_by=alice.id) for each in places))
    daily = [Digest(sensor_id=sensor.id, room_id=each, hour=1, tz="UTC", created_by=alice.id, due_at=now()) for each in places]
    store(Digest, daily)
    Member(room_id=places[-1], user_id=bob.id, nickname="bob", nickname_key="bob").insert()
    assert pins.rooms_of(sensor, bob) == [places[-1]]
    assert [each.room_id for each in digests.of_sensor(sensor.id, bob)] == [places[-1]]


def test_ten_thousand_people_are_online_and_listed_a_page_at_a_time_each_once(db: Database, told: Recorder) -> None:
    ServerProcess(id=PROCESS).insert()
    people = [User(username=f"p{n}", username_key=f"p{n}", nickname="p", password_hash="-") for n in range(MANY)]
    store(User, people)
    # Some have two devices, one has more than a page of them, and one was on a process that died.
    devices_of = [(each, n) for n, each in enumerate(people) for _ in range(1 + (n % 10 == 0) + (n == 77) * 30)]
    lost = people[5].id
    past = now() - timedelta(hours=1)
    store(
        Connection,
        (
            Connection(
                sid=str(at), user_id=each.id, session_key="k", process_id="dead" if each.id == lost else PROCESS, began_at=past
            )
            for at, (each, _) in enumerate(devices_of)
        ),
    )
    found: list[str] = []
    after: ObjectId | None = None
    while True:
        with db.count_queries() as counts:
            page, after = users.online(people[0], limit=20, after=after)
        assert len(page) <= 20
        assert counts.reads <= 6
        found += [view["id"] for view in page]
        if after is None or len(found) > 1_000:
            break
    assert found == [str(each.id) for each in people if each.id != lost][: len(found)]
    assert len(presence.states(each.id for each in people)) == MANY - 1
    presence._people.ended(str(at) for at in range(len(devices_of)))
    assert Connection.count() == 0


def test_the_worker_takes_readings_of_ten_thousand_sensors_at_once(db: Database, alice: User, told: Recorder) -> None:
    made = fleet(alice, MANY)
    worker = Aggregator()
    for sensor in made:
        worker._note_change(sensor.number, (0, 60_000))
    worker._tell_of_charts()
    assert len(told.payloads("chart_updated")) == MANY
    for _ in Evaluation().work(range(MANY), 1):
        pass
