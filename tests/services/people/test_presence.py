"""Presence: who is online and away, who is told, and that a reload is not seen as leaving and coming back."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from models.accounts import Connection, User
from models.odm import Database, DatabaseUnavailable
from models.processes import ServerProcess
from services.liveness import ALIVE_SECONDS, Processes, processes
from services.messaging import blocks, friends
from services.people import accounts, presence
from services.people.departures import Departures
from services.people.presence import State
from services.platform import current
from services.push import member_room, user_room
from services.rooms import rooms
from tests.support.accounts import account
from tests.support.eventually import eventually
from tests.support.platforms import configure
from tests.support.realtime import Recorder
from utils.clock import now
from utils.errors import AuthenticationRequired
from utils.ids import new_id

pytestmark = pytest.mark.usefixtures("db")

HERE, AWAY, OFFLINE = State(online=True, away=False), State(online=True, away=True), State(online=False, away=False)


def connect(user: User, sid: str) -> str:
    presence.connected(sid, user.id, "-", "test")
    return sid


def long_ago(process_id: str, *sids: str) -> None:
    """Have a process, and the begin of its connections, be so long ago that they are dead unless it says otherwise."""
    past = now() - timedelta(seconds=ALIVE_SECONDS + 1)
    ServerProcess.update_one({"_id": process_id}, {"$set": {"seen_at": past}})
    Connection.update_many({"sid": {"$in": list(sids)}}, {"$set": {"began_at": past}})
    current().provide(Processes, Processes())


def survive(process_id: str) -> None:
    """Be a process that has said twice in a row that it lives."""
    processes().heartbeat(process_id)
    processes().heartbeat(process_id)


def told_of(user: User, told: Recorder, room: str | None = None) -> list[tuple[bool, bool]]:
    """What those in `room` (the user's own devices, if left out) heard of them: (online, away)."""
    to = room or user_room(user.id)
    return [
        (payload["online"], payload.get("away", False))
        for where, event, payload in told.published
        if (where, event, payload.get("user_id")) == (to, "presence", str(user.id))
    ]


def test_only_the_first_and_the_last_of_several_connections_are_told(told: Recorder) -> None:
    alice = account("alice")
    first, second = connect(alice, "1"), connect(alice, "2")
    presence.disconnected(first, alice.id)
    assert presence.state(alice.id) == HERE
    presence.disconnected(second, alice.id)
    assert presence.state(alice.id) == OFFLINE
    assert told_of(alice, told) == [(True, False), (False, False)]


def test_one_is_away_once_nobody_is_at_any_device(told: Recorder) -> None:
    alice = account("alice")
    laptop, phone = connect(alice, "1"), connect(alice, "2")
    presence.set_away(laptop, alice.id, away=True)
    assert presence.state(alice.id) == HERE
    presence.set_away(phone, alice.id, away=True)
    presence.set_away(phone, alice.id, away=True)
    assert presence.state(alice.id) == AWAY
    presence.set_away(phone, alice.id, away=False)
    presence.disconnected(phone, alice.id)
    assert presence.state(alice.id) == AWAY, "the laptop is all there is, and nobody is at it"
    connect(alice, "3")
    assert presence.state(alice.id) == HERE
    assert told_of(alice, told) == [(True, False), (True, True), (True, False), (True, True), (True, False)]


def test_one_cannot_say_of_somebody_elses_device_that_nobody_is_there() -> None:
    alice, bob = account("alice"), account("bob")
    sid = connect(alice, "1")
    presence.set_away(sid, bob.id, away=True)
    assert presence.state(alice.id) == HERE


def test_who_comes_back_within_the_grace_period_was_never_gone(told: Recorder) -> None:
    configure(presence_grace_seconds=0.3)
    alice = account("alice")
    before = connect(alice, "1")
    presence.disconnected(before, alice.id)
    assert presence.state(alice.id) == HERE
    connect(alice, "2")
    eventually(lambda: not [row for row in connections_of(alice) if row == "1"])
    assert presence.state(alice.id) == HERE
    assert told_of(alice, told) == [(True, False)]


def test_who_stays_away_longer_than_the_grace_period_is_offline_then_and_told_once(told: Recorder) -> None:
    configure(presence_grace_seconds=0.2)
    alice = account("alice")
    began = time.monotonic()
    for sid in ("1", "2"):
        connect(alice, sid)
        presence.disconnected(sid, alice.id)
    assert presence.state(alice.id) == HERE
    eventually(lambda: presence.state(alice.id) == OFFLINE)
    assert time.monotonic() - began >= 0.2
    eventually(lambda: len(told_of(alice, told)) == 2)
    assert told_of(alice, told) == [(True, False), (False, False)]


def connections_of(user: User) -> list[str]:
    return [row["sid"] for row in Connection.find_raw({"user_id": user.id}, projection=("sid",))]


def test_friends_and_those_who_share_a_room_are_told_and_no_others(told: Recorder) -> None:
    alice, friend, other = account("alice"), account("friend"), account("other")
    room = rooms.create(alice, "Room")
    friends.request(alice, "friend")
    assert told_of(alice, told, user_room(friend.id)) == [], "who only asked is told nothing"
    friends.request(friend, "alice")
    told.published.clear()
    connect(alice, "1")
    where = {place for place, event, _ in told.published if event == "presence"}
    assert where == {user_room(alice.id), user_room(friend.id), member_room(room.id)}
    assert user_room(other.id) not in where


def test_new_friends_learn_of_each_other_at_once(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    connect(alice, "1")
    friends.request(alice, "bob")
    friends.request(bob, "alice")
    assert told_of(alice, told, user_room(bob.id)) == [(True, False)]
    assert told_of(bob, told, user_room(alice.id)) == [(False, False)]


def test_a_friend_who_is_blocked_sees_one_go_offline_and_come_back_with_the_end_of_the_block(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    rooms.join(rooms.create(alice, "Room").id, bob)
    connect(alice, "1")
    blocks.block(alice, bob.id)
    assert told_of(alice, told, user_room(bob.id)) == [(False, False)]
    assert presence.states_for(bob.id, [alice.id]) == {}
    assert presence.states_for(alice.id, [alice.id]) == {alice.id: HERE}
    blocks.unblock(alice, bob.id)
    assert told_of(alice, told, user_room(bob.id)) == [(False, False), (True, False)]


def test_a_stranger_who_is_blocked_hears_nothing_of_it(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    connect(alice, "1")
    blocks.block(alice, bob.id)
    blocks.unblock(alice, bob.id)
    assert [event for room, event, _ in told.published if room == user_room(bob.id)] == []


def test_the_connections_of_a_killed_process_count_no_more(told: Recorder) -> None:
    alice = account("alice")
    connect(alice, "1")
    long_ago("test", "1")
    assert presence.state(alice.id) == OFFLINE
    assert presence.online_users() == set()
    survive("another process")
    presence.sweep()
    assert told_of(alice, told) == [(True, False), (False, False)]
    survive("another process")
    assert [row["_id"] for row in ServerProcess.find_raw({})] == ["another process"], "nothing is left of the dead one"


def test_a_process_keeps_all_of_its_connections_alive_by_one_write(db: Database, told: Recorder) -> None:
    people = [account(f"u{number}") for number in range(20)]
    for number, person in enumerate(people):
        connect(person, str(number))
    long_ago("test", *map(str, range(20)))
    with db.count_queries() as counts:
        processes().heartbeat("test")
        presence.sweep()
    assert counts.writes <= 2, "the process, and one look for a connection to sweep"
    current().provide(Processes, Processes())
    assert presence.online_users() == presence.online_among(person.id for person in people) == {person.id for person in people}


def test_after_the_database_was_away_no_process_takes_the_others_for_dead(told: Recorder) -> None:
    alice = account("alice")
    connect(alice, "1")
    long_ago("test", "1")
    processes().heartbeat("the first that reaches it again")
    presence.sweep()
    assert connections_of(alice) == ["1"]
    processes().heartbeat("test")
    assert presence.state(alice.id) == HERE
    assert told_of(alice, told) == [(True, False)]


def test_a_restart_with_the_same_data_counts_nobody_whose_process_was_killed(told: Recorder) -> None:
    alice, bob = account("alice"), account("bob")
    connect(alice, "1")
    long_ago("test", "1")
    current().provide(Processes, Processes())
    processes().heartbeat("the next one")
    presence.connected("2", bob.id, "-", "the next one")
    assert presence.online_users() == {bob.id}
    assert presence.states([alice.id, bob.id]) == {bob.id: HERE}


def test_a_connection_costs_one_write_and_so_does_its_end(db: Database, told: Recorder) -> None:
    alice = account("alice")
    connect(alice, "warm")
    with db.count_queries() as counts:
        connect(alice, "1")
    assert (counts.reads, counts.writes) == (3, 1), "her state, herself once more, her rooms"
    with db.count_queries() as counts:
        presence.disconnected("1", alice.id)
    assert (counts.reads, counts.writes) == (2, 1)


def test_many_who_leave_at_once_are_forgotten_in_one_write(db: Database, told: Recorder) -> None:
    configure(presence_grace_seconds=0.2)
    alice = account("alice")
    for number in range(50):
        connect(alice, str(number))
    with db.count_queries() as counts:
        for number in range(49):
            presence.disconnected(str(number), alice.id)
        eventually(lambda: connections_of(alice) == ["49"])
    assert counts.writes < 10
    assert presence.state(alice.id) == HERE


def test_whoever_sets_a_new_password_while_a_stranger_connects_shuts_them_out(
    told: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = account("alice")
    insert = Connection.insert

    def reset_first(connection: Connection) -> Connection:
        accounts.set_password(alice.id, "a new password 7")
        return insert(connection)

    monkeypatch.setattr(Connection, "insert", reset_first)
    with pytest.raises(AuthenticationRequired):
        presence.connected("stolen", alice.id, "-", "test", alice.session_epoch)
    assert connections_of(alice) == []
    assert told.published == []


def test_a_restart_is_not_seen_and_who_does_not_come_back_is_announced_by_another_process(told: Recorder) -> None:
    configure(presence_grace_seconds=1)
    alice, bob = account("alice"), account("bob")
    connect(alice, "1")
    connect(bob, "2")
    presence.forget_process("test")
    assert presence.states([alice.id, bob.id]) == {alice.id: HERE, bob.id: HERE}
    presence.connected("3", bob.id, "-", "the next process")
    processes().heartbeat("test")
    presence.sweep()
    eventually(lambda: presence.states([alice.id, bob.id]) == {bob.id: HERE})
    presence.sweep()
    assert told_of(alice, told) == [(True, False), (False, False)]
    assert told_of(bob, told) == [(True, False)]


def test_departures_wait_for_a_database_that_is_away() -> None:
    gone: list[str] = []
    failures = iter([DatabaseUnavailable("no database")])

    def depart(those: Sequence[tuple[str, object]]) -> None:
        for sid, _ in those:
            if sid == "defective":
                raise RuntimeError("a defect")
            if failure := next(failures, None):
                raise failure
            gone.append(sid)

    departures = Departures(depart, delay_seconds=0.01, retry_seconds=0.01)
    departures.add("unlucky", new_id())
    departures.add("defective", new_id())
    departures.add("fine", new_id())
    # Of several that are ended together, those before the one that fails are ended once more.
    eventually(lambda: set(gone) == {"fine", "unlucky"})


def test_without_a_delay_a_departure_is_at_once() -> None:
    gone: list[str] = []
    Departures(lambda those: gone.extend(sid for sid, _ in those)).add("1", new_id())
    assert gone == ["1"]
