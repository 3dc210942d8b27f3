"""Changing and deleting what was said: nothing that was deleted comes back, whoever does what at the same moment."""

import threading
from collections.abc import Callable

import pytest
from bson import ObjectId

from models.friends import Block
from models.messages import Message, MessageEdit, Notification, Reaction
from models.odm import Database
from services.messaging import blocks, direct, edits, friends, messages, reactions
from services.messaging.edits import Deleted
from services.messaging.messages import NotWelcome
from services.rooms import moderation, rooms
from tests.services.messaging.messages_support import people, room_of
from tests.support.realtime import Recorder
from tests.support.threads import context_thread
from utils.errors import FieldroomError, Forbidden, NotFound

pytestmark = pytest.mark.usefixtures("db")


def stored(message_id: ObjectId) -> Message:
    message = Message.get(message_id)
    assert message is not None
    return message


def texts(message: Message) -> list[str]:
    return [edit.body for edit in MessageEdit.find({"message_id": message.id}, sort=[("version", 1)])]


def test_an_edit_keeps_what_the_message_was(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, bob, "one", client_id="1")
    for body in ("two", "three", "three", "one"):
        edits.edit(message.id, bob, body)
    now = stored(message.id)
    assert (now.body, now.edits, now.seq, now.client_id, now.edited_at is not None) == ("one", 3, message.seq, "1", True)
    found, after = edits.versions(message.id, alice, limit=2)
    assert [(edit.version, edit.body) for edit in found] == [(0, "one"), (1, "two")]
    assert after == 1
    assert [edit.body for edit in edits.versions(message.id, bob, limit=2, after=after)[0]] == ["three"]
    pushed = [payload["message"] for payload in told.payloads("message_edited")]
    assert [view["body"] for view in pushed] == ["two", "three", "one"], "the edit that changed nothing is not pushed"
    assert messages.send(room.id, bob, "one", client_id="1")[0].edits == 3


def test_only_its_author_changes_a_text_and_nobody_a_notice() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, bob, "mine")
    with pytest.raises(Forbidden):
        edits.edit(message.id, alice, "not mine")
    (join,) = Message.find({"room_id": room.id, "kind": "join", "author_id": bob.id})
    for change in (
        lambda: edits.edit(join.id, bob, "never here"),
        lambda: edits.delete(join.id, bob),
        lambda: edits.delete(join.id, alice),
    ):
        with pytest.raises(Forbidden):
            change()
    rooms.leave(room.id, bob)
    with pytest.raises(Forbidden):
        edits.edit(message.id, bob, "from outside")


def test_a_tombstone_keeps_its_place_and_nothing_else(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    message, _ = messages.send(room.id, bob, "a secret @alice", client_id="1")
    answer, _ = messages.send(room.id, alice, "an answer", reply_to=message.id)
    edits.edit(message.id, bob, "a better secret @alice")
    reactions.react(message.id, alice, "👍", on=True)
    edits.delete(message.id, bob)
    tomb = stored(message.id)
    assert (tomb.id, tomb.seq, tomb.author_id, tomb.kind, tomb.created_at) == (
        message.id, message.seq, bob.id, "text", message.created_at,
    )  # fmt: skip
    assert (tomb.deleted, tomb.body, tomb.terms, tomb.mentions, tomb.reactions, tomb.attachments) == (True, "", [], [], [], [])
    for document in (MessageEdit, Reaction, Notification):
        assert not document.exists({"message_id": message.id})
    assert stored(answer.id).reply_to == message.id
    assert told.payloads("message_deleted") == [{"message": messages.message_view(tomb)}]
    assert edits.versions(message.id, bob, limit=10) == ([], None)
    assert messages.send(room.id, bob, "a secret @alice", client_id="1") == (tomb, False), "a repeat does not bring it back"
    assert messages.send(room.id, alice, "late", reply_to=message.id)[1]


def test_what_is_deleted_takes_no_edit_and_no_reaction(told: Recorder) -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    message, _ = messages.send(room.id, alice, "gone")
    edits.delete(message.id, alice)
    for change in (
        lambda: edits.edit(message.id, alice, "back"),
        lambda: reactions.react(message.id, alice, "👍", on=True),
        lambda: reactions.react(message.id, alice, "👍", on=False),
    ):
        with pytest.raises(Deleted):
            change()
    assert edits.delete(message.id, alice).deleted
    assert len(told.payloads("message_deleted")) == 1
    with pytest.raises(NotFound):
        edits.delete(room.id, alice)


def test_moderators_delete_and_members_do_not() -> None:
    alice, bob, mod = people("alice", "bob", "mod")
    room = room_of(alice, bob, mod)
    moderation.set_role(room.id, alice, mod.id, "moderator")
    by_owner, by_bob = messages.send(room.id, alice, "1")[0], messages.send(room.id, bob, "2")[0]
    with pytest.raises(Forbidden):
        edits.delete(by_owner.id, bob)
    assert edits.delete(by_owner.id, mod).deleted
    assert edits.delete(by_bob.id, alice).deleted


def test_in_a_private_pair_each_deletes_only_their_own_and_a_block_ends_editing() -> None:
    alice, bob = people("alice", "bob")
    friends.request(alice, bob.username)
    friends.request(bob, alice.username)
    message, _ = direct.send(alice, bob.id, "hello", client_id="1")
    for refused in (lambda: edits.delete(message.id, bob), lambda: edits.versions(message.id, bob, limit=1)):
        with pytest.raises(Forbidden):
            refused()
    blocks.block(bob, alice.id)
    assert Block.exists({"user_id": bob.id})
    for refused in (lambda: edits.edit(message.id, alice, "listen"), lambda: reactions.react(message.id, alice, "👎", on=True)):
        with pytest.raises(NotWelcome):
            refused()
    assert edits.delete(message.id, alice).deleted


def at_once(*calls: Callable[[], object]) -> list[Exception]:
    """Run calls at the same moment; what they refused with. Anything but a refusal is raised."""
    errors: list[Exception] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        start.wait()
        try:
            call()
        except Exception as error:
            errors.append(error)

    threads = [context_thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(error, FieldroomError) for error in errors), errors
    return errors


@pytest.mark.parametrize("number", range(8))
def test_edits_and_a_deletion_at_once_leave_nothing_of_the_text(number: int) -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    message, _ = messages.send(room.id, alice, "secret 0")
    changes = [lambda n=n: edits.edit(message.id, alice, f"secret {n}") for n in range(1, 6)]
    changes.insert(number % 6, lambda: edits.delete(message.id, alice))
    errors = at_once(*changes, lambda: reactions.react(message.id, alice, "👍", on=True))
    assert all(isinstance(error, Deleted) for error in errors)
    tomb = stored(message.id)
    assert (tomb.deleted, tomb.body, tomb.reactions) == (True, "", [])
    assert not MessageEdit.exists({"message_id": message.id})
    assert not Reaction.exists({"message_id": message.id})


def test_edits_at_once_keep_every_text_once() -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    message, _ = messages.send(room.id, alice, "text 0")
    assert not at_once(*(lambda n=n: edits.edit(message.id, alice, f"text {n}") for n in range(1, 7)))
    now = stored(message.id)
    assert now.edits == 6
    assert sorted([*texts(now), now.body]) == [f"text {n}" for n in range(7)]


def test_an_edit_that_died_half_way_does_not_stand_in_the_way_of_the_next() -> None:
    (alice,) = people("alice")
    room = room_of(alice)
    message, _ = messages.send(room.id, alice, "one")
    MessageEdit(message_id=message.id, version=0, body="one").insert()
    assert edits.versions(message.id, alice, limit=10) == ([], None)
    edits.edit(message.id, alice, "two")
    assert texts(message) == ["one"]


def test_earlier_texts_are_read_by_an_index(db: Database) -> None:
    if db.url_scheme == "sqlite":
        which = {"message_id": people("alice")[0].id, "version": {"$gt": -1, "$lt": 3}}
        plan = " ".join(db.explain(MessageEdit, which, sort=[("version", 1)], limit=51))
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan
