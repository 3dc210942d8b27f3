"""Two server processes on one database and one Redis are one platform."""

import threading

import requests

from tests.support.people import Listener, Person, unique
from tests.support.server import PASSWORD, Server


def test_a_message_crosses_processes_and_a_session_works_on_both(pair: tuple[Server, Server]) -> None:
    one, two = pair
    alice, bob = Person(one.url), Person(two.url)
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    sent = alice.say(room, "hello over there")
    assert bob.live.wait("new_message", lambda p: p["message"]["id"] == sent["id"])["message"] == sent
    alice_on_two = Listener(two.url, headers={"Cookie": alice.api.cookie})
    assert alice_on_two.ok("join_chat_room", {"room_id": room})["messages"][-1] == sent
    for each in (alice_on_two, alice, bob):
        each.close()


def test_senders_on_both_processes_leave_no_hole_in_seq(pair: tuple[Server, Server]) -> None:
    people = [Person(server.url) for server in pair for _ in range(3)]
    room = people[0].room()["id"]
    for each in people:
        each.join(room)

    def send_many(each: Person) -> None:
        for number in range(20):
            each.say(room, str(number))

    threads = [threading.Thread(target=send_many, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seqs = [message["seq"] for message in people[-1].join(room, after_seq=0)["messages"]]
    assert seqs == list(range(1, 6 + 6 * 20 + 1))
    for each in people:
        each.close()


def test_the_member_limit_holds_across_processes(pair: tuple[Server, Server]) -> None:
    owner = Person(pair[0].url)
    room = owner.room(capacity=3)["id"]
    racers = [Person(server.url) for server in pair for _ in range(5)]
    codes: list[str] = []

    def race(racer: Person) -> None:
        answer = racer.live.call("join_chat_room", {"room_id": room})
        codes.append("in" if answer["ok"] else answer["error"]["code"])

    threads = [threading.Thread(target=race, args=(racer,)) for racer in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["in"] * 2 + ["room_full"] * 8
    for each in (owner, *racers):
        each.close()


def test_presence_and_signing_out_reach_the_other_process(pair: tuple[Server, Server]) -> None:
    one, two = pair
    name = unique()
    alice, bob = Person(one.url, name), Person(two.url)
    room = alice.room()["id"]
    bob.join(room)
    elsewhere = Listener(two.url, headers={"Cookie": alice.api.cookie})
    alice.live.close()
    assert bob.api.get(f"/api/users/{alice.id}")["user"]["online"] is True
    session = requests.Session()
    session.cookies.update(alice.api.session.cookies)
    assert session.post(one.url + "/api/auth/logout", timeout=10).status_code == 204
    elsewhere.client.wait()
    bob.live.wait("presence", lambda p: p["user_id"] == alice.id and not p["online"])
    again = requests.post(two.url + "/api/auth/login", json={"username": name, "password": PASSWORD}, timeout=10)
    assert again.status_code == 200
    bob.close()
