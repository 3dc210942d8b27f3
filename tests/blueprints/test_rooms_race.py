"""The last places of a room, and fifty people who want them at the same instant: each a thread with a request of its own.

The same race over Socket.IO, on every kind of concurrency, is in tests/realtime/test_chat.py.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from models.messages import Message
from models.rooms import Member
from services.rooms import rooms
from tests.blueprints.rooms_support import make_user, sign_in


def test_of_fifty_who_race_for_five_places_five_get_in(app: Flask) -> None:
    room = rooms.create(make_user(), "Race", capacity=6)
    racers = [sign_in(app, make_user()) for _ in range(50)]
    together = threading.Barrier(len(racers))

    def race(number: int) -> str:
        together.wait()
        response = racers[number].post(f"/api/chat-rooms/{room.id}/join", json={})
        return "joined" if response.status_code == 200 else f"{response.status_code} {response.get_json()['error']['code']}"

    with ThreadPoolExecutor(len(racers)) as pool:
        outcomes = list(pool.map(race, range(len(racers))))
    assert (outcomes.count("joined"), outcomes.count("409 room_full")) == (5, 45), outcomes
    assert rooms.known(room.id, make_user())[0].member_count == Member.count({"room_id": room.id}) == 6
    history = Message.find({"room_id": room.id}, sort=[("seq", 1)])
    assert [(message.seq, message.kind) for message in history] == [(seq, "join") for seq in range(1, 7)]


def test_one_person_who_joins_from_many_devices_at_once_takes_one_place(app: Flask) -> None:
    room = rooms.create(make_user(), "Race", capacity=20)
    user = make_user()
    devices = [sign_in(app, user) for _ in range(8)]
    with ThreadPoolExecutor(len(devices)) as pool:
        answers = list(pool.map(lambda device: device.post(f"/api/chat-rooms/{room.id}/join", json={}), devices))
    assert {answer.status_code for answer in answers} == {200}
    assert rooms.known(room.id, user)[0].member_count == Member.count({"room_id": room.id}) == 2
