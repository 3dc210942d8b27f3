"""What a message costs: one read and one write, at most three and two, in a room of two as in one of five hundred."""

from collections.abc import Callable
from functools import partial

import pytest

from models.messages import Message, Notification
from models.odm import Database
from services.messaging import direct, friends, messages, reactions
from services.rooms import timeline
from services.rooms.newest import newest
from tests.services.messaging.messages_support import costs, people, room_of
from tests.support.platforms import forget_rooms

Say = Callable[[], object]


@pytest.mark.parametrize("size", [2, 500])
@pytest.mark.parametrize(
    ("what", "reads", "writes"),
    [
        ("plain", 1, 1),
        ("mention", 2, 2),
        ("everyone", 2, 2),
        ("reply", 3, 2),
        ("reply with mention", 3, 2),
        ("repeat", 2, 1),
        ("repeated reply", 2, 0),
    ],
)
def test_a_message_costs_the_same_whatever_the_number_of_members(
    db: Database, size: int, what: str, reads: int, writes: int
) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob, size=size)
    first, _ = messages.send(room.id, bob, "first", client_id="first")
    messages.send(room.id, alice, "answered", client_id="answered", reply_to=first.id)
    say: dict[str, Say] = {
        "plain": lambda: messages.send(room.id, alice, "hello", client_id="1"),
        "mention": lambda: messages.send(room.id, alice, "hello @bob and @nobody", client_id="1"),
        "everyone": lambda: messages.send(room.id, alice, "hello @room", client_id="1"),
        "reply": lambda: messages.send(room.id, alice, "hello", client_id="1", reply_to=first.id),
        "reply with mention": lambda: messages.send(room.id, alice, "@bob @room", client_id="1", reply_to=first.id),
        "repeat": lambda: messages.send(room.id, bob, "first", client_id="first"),
        "repeated reply": lambda: messages.send(room.id, alice, "answered", client_id="answered", reply_to=first.id),
    }
    assert costs(db, say[what]) == (reads, writes)


def test_a_private_message_costs_no_more(db: Database) -> None:
    alice, bob = people("alice", "bob")
    friends.request(alice, bob.username)
    friends.request(bob, alice.username)
    first, _ = direct.send(alice, bob.id, "hello", client_id="1")
    for reads, writes, reply_to, client_id in [(1, 1, None, "2"), (2, 1, first.id, "3"), (2, 1, None, "1"), (2, 0, first.id, "3")]:
        send = partial(messages.send, first.room_id, alice, "@bob hello", client_id=client_id, reply_to=reply_to)
        assert costs(db, send) == (reads, writes)
    assert not Notification.exists({"kind": {"$in": ["mention", "reply"]}}), "the other one is meant anyway"


def test_the_first_message_after_a_start_reads_its_room_besides(db: Database) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    first, _ = messages.send(room.id, bob, "first")
    for reads, reply_to in [(2, None), (4, first.id)]:
        newest().flush()
        forget_rooms()
        assert costs(db, partial(messages.send, room.id, alice, "hello", reply_to=reply_to)) == (
            reads,
            1 if reply_to is None else 2,
        )


def test_however_much_is_said_the_room_and_the_pointer_are_written_once_behind_it(db: Database) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.mark_read(room.id, alice, timeline.last_seq(room.id))

    def talk() -> None:
        for number in range(40):
            messages.send(room.id, alice, str(number))

    assert costs(db, talk) == (40, 40)
    with newest()._writing:
        talk()
    with db.count_queries() as counts:
        newest().flush()
    assert (counts.reads, counts.writes) == (0, 2)


def test_marking_as_read_is_one_query_and_one_more_where_another_process_took_the_message(db: Database) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    sent = [messages.send(room.id, alice, str(number))[0].seq for number in range(3)]
    for seq in sent:
        assert costs(db, partial(messages.mark_read, room.id, bob, seq)) == (0, 1)
    newest().flush()
    forget_rooms()
    assert costs(db, partial(messages.mark_read, room.id, alice, sent[1])) == (1, 1)
    assert costs(db, partial(messages.mark_read, room.id, alice, sent[2])) == (0, 1)


def test_a_page_of_history_costs_one_query_and_one_more_where_an_emoji_is_crowded(db: Database) -> None:
    names = [f"person{number}" for number in range(22)]
    crowd = people(*names)
    room = room_of(crowd[0], *crowd[1:])
    sent = [messages.send(room.id, crowd[0], str(number))[0] for number in range(5)]
    reactions.react(sent[0].id, crowd[1], "👍", on=True)

    def page_costs() -> int:
        with db.count_queries() as counts:
            found, _ = messages.history(room.id)
            messages.views(found, crowd[21].id)
        return counts.reads

    assert page_costs() == 1
    for person in crowd:
        reactions.react(sent[1].id, person, "👍", on=True)
    assert page_costs() == 2
    summed = Message.get(sent[1].id)
    assert summed is not None
    seen = messages.view(summed, crowd[21].id)["reactions"]
    assert [(each["emoji"], each["count"], len(each["user_ids"]), each.get("me")) for each in seen] == [("👍", 22, 20, True)]
