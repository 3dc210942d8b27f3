"""Reactions: counted right whoever reacts at the same moment, shown in every view, bounded in number."""

import pytest

from models.messages import Message, Reaction
from models.odm import Database
from services.messaging import messages, reactions
from services.messaging.reactions import MAX_EMOJI, TooManyReactions
from services.push import chat_room
from tests.services.messaging.messages_support import people, room_of
from tests.support.realtime import Recorder
from tests.support.threads import context_thread

pytestmark = pytest.mark.usefixtures("db")


def shown(message: Message) -> list[tuple[str, int]]:
    stored = Message.get(message.id)
    assert stored is not None
    return [(total.emoji, total.count) for total in stored.reactions]


def test_a_reaction_is_there_once_and_can_be_taken_back(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, alice, "hello")
    for person, emoji in [(bob, "👍"), (alice, "🎉"), (alice, "👍"), (bob, "👍")]:
        reactions.react(message.id, person, emoji, on=True)
    assert shown(message) == [("👍", 2), ("🎉", 1)]
    summed = reactions.react(message.id, bob, "🎉", on=False)
    assert messages.view(summed, bob.id)["reactions"] == [
        {"emoji": "👍", "count": 2, "user_ids": [str(bob.id), str(alice.id)], "me": True},
        {"emoji": "🎉", "count": 1, "user_ids": [str(alice.id)], "me": False},
    ]
    reactions.react(message.id, alice, "🎉", on=False)
    assert shown(message) == [("👍", 2)]
    pushed = [(to, payload["message"]) for to, event, payload in told.published if event == "message_reaction"]
    assert [to for to, _ in pushed] == [chat_room(room.id)] * 4, "what changed nothing is not pushed"
    assert [view["reactions_version"] for _, view in pushed] == [1, 2, 3, 4]
    assert all("me" not in reaction for _, view in pushed for reaction in view["reactions"])


def test_many_people_at_once_are_all_counted() -> None:
    crowd = people(*(f"person{number}" for number in range(12)))
    room = room_of(crowd[0], *crowd[1:])
    message, _ = messages.send(room.id, crowd[0], "hello")
    threads = [
        context_thread(target=reactions.react, args=(message.id, person, emoji), kwargs={"on": True})
        for person in crowd
        for emoji in ("👍", "🎉")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shown(message)) == sorted([("👍", 12), ("🎉", 12)])
    assert Reaction.count({"message_id": message.id}) == 24


def test_people_in_other_processes_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, alice, "hello")
    real, others = Message.get, iter([bob])

    def get(message_id: object) -> Message | None:
        found = real(message_id)
        # Between our look at the message and our change of it, somebody in another process reacts.
        for person in others:
            Reaction(message_id=message.id, user_id=person.id, emoji="🎉").insert()
            assert found is not None
            reactions._sum_up(found, "🎉")
        return found

    monkeypatch.setattr(Message, "get", get)
    reactions.react(message.id, alice, "👍", on=True)
    monkeypatch.undo()
    assert shown(message) == [("🎉", 1), ("👍", 1)]


def test_a_message_takes_twenty_different_emoji() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, alice, "hello")
    emoji = [chr(0x1F400 + number) for number in range(MAX_EMOJI + 1)]
    for each in emoji[:MAX_EMOJI]:
        reactions.react(message.id, alice, each, on=True)
    with pytest.raises(TooManyReactions):
        reactions.react(message.id, bob, emoji[-1], on=True)
    assert not Reaction.exists({"message_id": message.id, "emoji": emoji[-1]})
    reactions.react(message.id, bob, emoji[0], on=True)
    assert shown(message)[0] == (emoji[0], 2)


def test_a_reaction_whose_summary_was_lost_in_a_crash_is_mended_by_the_next() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, alice, "hello")
    Reaction(message_id=message.id, user_id=alice.id, emoji="👍").insert()
    reactions.react(message.id, alice, "👍", on=True)
    assert shown(message) == [("👍", 1)]


def test_counting_uses_its_indexes(db: Database) -> None:
    if db.url_scheme == "sqlite":
        user = people("alice")[0].id
        for which, sort in [
            ({"message_id": user, "emoji": "👍"}, [("created_at", 1)]),
            ({"message_id": {"$in": [user]}, "user_id": user}, None),
        ]:  # fmt: skip
            plan = " ".join(db.explain(Reaction, which, sort=sort, limit=20))
            assert "SEARCH reactions USING INDEX" in plan
            assert "TEMP B-TREE" not in plan
