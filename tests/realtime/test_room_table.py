"""Who is in which room, as python-socketio's own manager has it, whatever came before."""

import random
import time

import pytest
from bidict import ValueDuplicationError
from socketio import Manager

from realtime.managers import client_manager

SIDS = [f"s{number}" for number in range(8)]
ROOMS = ["a", "b", "c"]


class Ids:
    """Stands where a manager's server is asked for ids."""

    def __init__(self) -> None:
        self.next = 0
        self.eio = self

    def generate_id(self) -> str:
        self.next += 1
        return f"sid{self.next}"


def new(manager: Manager) -> Manager:
    manager.server = Ids()
    return manager


def table(manager: Manager) -> dict[tuple[str, object], dict[str, str]]:
    """The members of each room; the library keeps one in which nobody is where somebody unknown was to enter it."""
    rooms = {
        (namespace, room): dict(members.items()) for namespace, some in manager.rooms.items() for room, members in some.items()
    }
    return {room: members for room, members in rooms.items() if members}


def outcome(manager: Manager, name: str, *args: object) -> object:
    try:
        return getattr(manager, name)(*args)
    except (KeyError, ValueError) as error:
        return type(error)


def test_many_random_steps_leave_what_the_library_leaves() -> None:
    ours, theirs = new(client_manager(None)), new(Manager())
    dice = random.Random(1)
    for _ in range(5_000):
        namespace = dice.choice(["/", "/device"])
        sid = f"sid{dice.randrange(max(1, ours.server.next - 8), ours.server.next + 2)}"
        step = dice.choice(["connect", "enter_room", "leave_room", "disconnect", "close_room", "enter_room"])
        args: tuple[object, ...] = (sid, namespace)
        if step == "connect":
            args = (f"e{dice.randrange(6)}", namespace)
            step = "pre_connect"
        elif step in ("enter_room", "leave_room"):
            args = (sid, namespace, dice.choice([*ROOMS, sid]) if step == "enter_room" else dice.choice(ROOMS))
        elif step == "close_room":
            args = (dice.choice(ROOMS), namespace)
        assert outcome(ours, step, *args) == outcome(theirs, step, *args), (step, args)
        assert table(ours) == table(theirs), (step, args)
        assert (ours.pending_connect, ours.pending_disconnect) == (theirs.pending_connect, theirs.pending_disconnect)
        assert sorted(ours.get_rooms(sid, namespace)) == sorted(theirs.get_rooms(sid, namespace))
        for room in [None, *ROOMS]:
            assert dict(ours.get_participants(namespace, room)) == dict(theirs.get_participants(namespace, room))
    assert ours.server.next > 500


def test_one_connection_is_in_a_namespace_once() -> None:
    manager = new(client_manager(None))
    assert manager.pre_connect("e1", "/") == "sid1"
    assert manager.pre_connect("e1", "/") is None
    with pytest.raises(ValueDuplicationError):
        manager.basic_enter_room("another", "/", None, eio_sid="e1")


def test_a_network_that_takes_thousands_away_does_not_stop_everyone() -> None:
    manager = new(client_manager(None))
    sids = [manager.connect(manager.pre_connect(f"e{number}", "/"), "/") for number in range(8_000)]
    for number, sid in enumerate(sids):
        manager.enter_room(sid, "/", f"user_{number}")
    began = time.process_time()
    for sid in sids:
        manager.pre_disconnect(sid, "/")
        manager.disconnect(sid, "/")
    assert time.process_time() - began < 2, "one look through 16,000 rooms for each takes 20 s"
    assert manager.rooms == {}
