"""What happens to messages while others look on, over the official client, on every stack."""

import threading
from collections.abc import Callable

import pytest

from tests.contract.stack import DEFAULT_STACK, EVERY_MODE
from tests.support.people import Person

MakePerson = Callable[..., Person]
NOWHERE = "0" * 24


def two_in_a_room(person: MakePerson) -> tuple[Person, Person, str]:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    return alice, bob, room


def test_changes_of_a_message_reach_everyone_in_the_room(person: MakePerson) -> None:
    alice, bob, room = two_in_a_room(person)
    message = alice.say(room, "frist")
    edited = alice.live.ok("edit_message", {"id": message["id"], "body": "first"})["message"]
    assert bob.live.wait("message_edited") == {"message": edited}
    assert (edited["body"], edited["seq"], edited["client_id"]) == ("first", message["seq"], message["client_id"])
    reacted = bob.live.ok("react", {"id": message["id"], "emoji": "👍", "on": True})["message"]
    assert reacted["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [bob.id], "me": True}]
    pushed = alice.live.wait("message_reaction")["message"]["reactions"]
    assert pushed == [{"emoji": "👍", "count": 1, "user_ids": [bob.id]}]
    tombstone = alice.live.ok("delete_message", {"id": message["id"]})["message"]
    assert bob.live.wait("message_deleted") == {"message": tombstone}
    assert (tombstone["body"], tombstone["deleted"], tombstone["reactions"]) == ("", True, [])
    assert bob.join(room, after_seq=message["seq"] - 1)["messages"] == [tombstone]


@DEFAULT_STACK
def test_who_did_not_write_it_cannot_change_it(person: MakePerson) -> None:
    alice, bob, room = two_in_a_room(person)
    message = alice.say(room, "mine")
    outsider = person()
    for who in (bob, outsider):
        assert who.live.refused("edit_message", {"id": message["id"], "body": "yours"}) == "forbidden"
        assert who.live.refused("delete_message", {"id": message["id"]}) == "forbidden"
    assert outsider.live.refused("react", {"id": message["id"], "emoji": "👍", "on": True}) == "forbidden"
    assert alice.live.refused("delete_message", {"id": NOWHERE}) == "not_found"


def test_a_mention_and_an_answer_arrive_as_notifications_on_every_device(person: MakePerson) -> None:
    alice, bob, room = two_in_a_room(person)
    bob.live.ok("leave_chat_room", {"room_id": room})
    tablet = bob.connect()
    said = alice.say(room, f"hello @{bob.user['nickname']}")
    assert said["mentions"] == [bob.id]
    for device in (bob.live, tablet):
        notice = device.wait("new_notification")["notification"]
        assert (notice["kind"], notice["message_id"], notice["actor"]["id"]) == ("mention", said["id"], alice.id)
    bob.api.post(f"/api/notifications/{notice['id']}/read", expect=204)
    assert tablet.wait("notifications_read") == {"id": notice["id"], "unread": 0}
    bob.join(room)
    alice_said = alice.say(room, "anyone?")
    bob.live.ok("send_message", {"room_id": room, "body": "me", "client_id": "1", "reply_to": alice_said["id"]})
    assert alice.live.wait("new_notification")["notification"]["kind"] == "reply"
    tablet.close_soon()


@EVERY_MODE
def test_typing_lapses_by_itself(person: MakePerson) -> None:
    alice, bob, room = two_in_a_room(person)
    alice.live.ok("typing_start", {"room_id": room})
    bob.live.wait("user_typing", lambda shown: shown["typing"] is True)
    bob.live.wait("user_typing", lambda shown: shown["typing"] is False, timeout=20)


@EVERY_MODE
def test_typing_ends_with_the_connection(person: MakePerson) -> None:
    alice, bob, room = two_in_a_room(person)
    alice.live.ok("typing_start", {"room_id": room})
    bob.live.wait("user_typing", lambda shown: shown["typing"] is True)
    alice.live.close_soon()
    gone = bob.live.wait("user_typing", lambda shown: shown["typing"] is False, timeout=4)
    assert gone["user"]["id"] == alice.id


def test_reactions_at_once_are_all_counted(person: MakePerson) -> None:
    people = [person() for _ in range(5)]
    room = people[0].room()["id"]
    for each in people:
        each.join(room)
    message = people[0].say(room, "vote")
    emoji = ["👍", "👎", "🎉"]

    def react(each: Person) -> None:
        for one in emoji * 2:
            each.live.ok("react", {"id": message["id"], "emoji": one, "on": True})

    threads = [threading.Thread(target=react, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = people[0].join(room)["messages"][-1]["reactions"]
    assert sorted((each["emoji"], each["count"], each["me"]) for each in last) == sorted((one, 5, True) for one in emoji)


WRONG: list[tuple[str, object, str]] = [
    ("edit_message", None, "validation_failed"),
    ("edit_message", {"id": NOWHERE}, "validation_failed"),
    ("edit_message", {"id": NOWHERE, "body": ""}, "validation_failed"),
    ("edit_message", {"id": NOWHERE, "body": "x" * 9000}, "validation_failed"),
    ("edit_message", {"id": ["x"], "body": "x"}, "validation_failed"),
    ("edit_message", {"id": NOWHERE, "body": "x", "seq": 1}, "validation_failed"),
    ("delete_message", {"id": 5}, "validation_failed"),
    ("delete_message", [], "invalid_request"),
    ("delete_message", {"id": NOWHERE}, "not_found"),
    ("react", {"id": NOWHERE, "emoji": "no", "on": True}, "validation_failed"),
    ("react", {"id": NOWHERE, "emoji": "👍" * 40, "on": True}, "validation_failed"),
    ("react", {"id": NOWHERE, "emoji": {"$gt": ""}, "on": True}, "validation_failed"),
    ("react", {"id": NOWHERE, "emoji": "👍", "on": 1}, "validation_failed"),
    ("react", {"id": NOWHERE, "emoji": "👍", "on": True}, "not_found"),
    ("typing_start", {"room_id": NOWHERE}, "not_found"),
    (
        "send_message",
        {"room_id": NOWHERE, "body": "x", "client_id": "1", "attachment_ids": [NOWHERE] * 11},
        "validation_failed",
    ),
    ("send_message", {"room_id": NOWHERE, "body": "x", "client_id": "1", "reply_to": NOWHERE}, "not_found"),
]


def test_a_hostile_event_gets_an_error_and_the_connection_lives(person: MakePerson, subtests: pytest.Subtests) -> None:
    alice = person()
    for event, payload, code in WRONG:
        with subtests.test(event=event, payload=repr(payload)[:80]):
            assert alice.live.refused(event, payload) == code
            assert alice.live.refused("delete_message", {"id": NOWHERE}) == "not_found"
