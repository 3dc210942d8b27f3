"""Who is told of a message: whom it names, whom it answers, everyone where @room is said by somebody who may."""

import pytest
from bson import ObjectId

from models.friends import Block
from models.messages import Notification
from models.odm import Database
from models.rooms import Member, Room
from services import notifications
from services.messaging import blocks, edits, mentions, messages
from services.push import user_room
from services.rooms import known_rooms, moderation, removal, rooms
from tests.services.messaging.messages_support import people, room_of
from tests.support.accounts import account
from tests.support.realtime import Recorder
from utils.errors import NotFound

pytestmark = pytest.mark.usefixtures("db")


def told_of(message_id: ObjectId) -> dict[ObjectId, str]:
    return {notice.user_id: notice.kind for notice in Notification.find({"message_id": message_id})}


def test_the_longest_nickname_that_is_somebodys_is_meant() -> None:
    alice, ann, anna, two = people("alice", "ann", "anna", "two")
    room = room_of(alice, ann, anna)
    rooms.join(room.id, two, "Two Words")
    for text, meant in [
        ("@ANN, look", [ann]), ("@anna's", [anna]), ("@ann @anna @ann", [ann, anna]), ('@"two words"', [two]),
        ("@annabel", []), ("@Two Words", []), ("`@ann`", []), ("mail ann@anna.org", []), ("你好@ann你好", [ann]),
    ]:  # fmt: skip
        message, _ = messages.send(room.id, alice, text)
        assert message.mentions == [person.id for person in meant], text
        assert told_of(message.id) == {person.id: "mention" for person in meant}, text


def test_nobody_is_told_of_their_own_message_nor_in_a_room_that_they_muted(told: Recorder) -> None:
    alice, bob, eve = people("alice", "bob", "eve")
    room = room_of(alice, bob, eve)
    Member.update_one({"room_id": room.id, "user_id": bob.id}, {"$set": {"muted": True}})
    first, _ = messages.send(room.id, bob, "hello")
    message, _ = messages.send(room.id, alice, "@alice @bob @eve", reply_to=first.id)
    assert message.mentions == [alice.id, bob.id, eve.id]
    assert told_of(message.id) == {eve.id: "mention"}
    own, _ = messages.send(room.id, alice, "@room", reply_to=message.id)
    assert told_of(own.id) == {eve.id: "mention"}
    pushed = [(to, payload["notification"]["message_id"]) for to, event, payload in told.published if event == "new_notification"]
    assert pushed == [(user_room(eve.id), str(message.id)), (user_room(eve.id), str(own.id))]


def test_who_is_answered_is_told_once_even_if_mentioned_too() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    first, _ = messages.send(room.id, bob, "hello")
    answer, _ = messages.send(room.id, alice, "hello @bob @room", reply_to=first.id, client_id="1")
    messages.send(room.id, alice, "hello @bob @room", reply_to=first.id, client_id="1")
    assert told_of(answer.id) == {bob.id: "reply"}


def test_who_has_left_is_not_told() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    first, _ = messages.send(room.id, bob, "goodbye")
    rooms.leave(room.id, bob)
    answer, _ = messages.send(room.id, alice, "@bob", reply_to=first.id)
    assert (answer.mentions, told_of(answer.id)) == ([], {})


def test_everyone_may_call_everyone_in_a_small_room_and_moderators_in_a_large_one() -> None:
    alice, bob, mod = people("alice", "bob", "mod")
    small = room_of(alice, bob, mod)
    called, _ = messages.send(small.id, bob, "@room lunch")
    assert called.mentions_room
    assert told_of(called.id) == {alice.id: "mention", mod.id: "mention"}
    large = room_of(alice, bob, mod, size=mentions.EVERYONE_IS_FREE + 1)
    moderation.set_role(large.id, alice, mod.id, "moderator")
    by_member, by_moderator, by_owner = (messages.send(large.id, who, "@room lunch")[0] for who in (bob, mod, alice))
    assert (by_member.mentions_room, by_moderator.mentions_room, by_owner.mentions_room) == (False, True, True)
    assert [len(told_of(each.id)) for each in (by_member, by_moderator, by_owner)] == [0, 50, 50]


def test_in_a_very_large_room_everyone_is_marked_but_no_notification_is_made() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    Room.update_one({"_id": room.id}, {"$set": {"member_count": mentions.EVERYONE_IS_TOLD + 1}})
    known_rooms.forget(room.id)
    message, _ = messages.send(room.id, alice, "@room @bob hear")
    assert message.mentions_room
    assert told_of(message.id) == {bob.id: "mention"}


def test_a_member_who_is_called_room_is_mentioned_in_quotation_marks() -> None:
    alice, bob, eve = people("alice", "bob", "eve")
    room = room_of(alice, eve)
    rooms.join(room.id, bob, "Room")
    named, _ = messages.send(room.id, alice, '@"room"')
    assert (named.mentions, named.mentions_room) == ([bob.id], False)
    assert messages.send(room.id, alice, "@room")[0].mentions_room


def test_an_edit_tells_whom_it_adds_and_nobody_twice() -> None:
    alice, bob, eve = people("alice", "bob", "eve")
    room = room_of(alice, bob, eve)
    message, _ = messages.send(room.id, alice, "@bob")
    notifications.mark_all_read(bob)
    edits.edit(message.id, alice, "@bob and @eve")
    assert told_of(message.id) == {bob.id: "mention", eve.id: "mention"}
    assert notifications.unread_count(bob.id) == 0


def test_notifications_are_paged_newest_first_and_read_on_all_devices(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    sent = [messages.send(room.id, alice, f"@bob {number}")[0] for number in range(5)]
    seen: list[str | None] = []
    before = None
    while True:
        page, before = notifications.listing(bob, unread_only=False, limit=2, before=before)
        seen += [view["excerpt"] for view in page]
        if before is None:
            break
    assert seen == [f"@bob {number}" for number in (4, 3, 2, 1, 0)]
    notifications.mark_read(bob, sent[3].id)
    assert told.payloads("notifications_read") == [{"id": str(sent[3].id), "unread": 4}]
    unread, _ = notifications.listing(bob, unread_only=True, limit=10, before=None)
    assert [view["seq"] for view in unread] == [sent[number].seq for number in (4, 2, 1, 0)]
    with pytest.raises(NotFound):
        notifications.mark_read(alice, sent[0].id)
    notifications.mark_all_read(bob)
    assert notifications.unread_count(bob.id) == 0


def test_a_notification_shows_nothing_of_a_room_that_one_was_thrown_out_of() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob, visibility="private")
    messages.send(room.id, alice, "@bob secret plans")
    moderation.ban(room.id, alice, bob.id)
    listed, _ = notifications.listing(bob, unread_only=False, limit=10, before=None)
    (view,) = [view for view in listed if view["kind"] == "mention"]
    assert (view["room_name"], view["seq"], view["excerpt"]) == (None, None, None)


def test_what_a_blocked_person_did_is_not_listed() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.send(room.id, alice, "@bob")
    assert notifications.unread_count(bob.id) == 1
    Block(user_id=bob.id, blocked_id=alice.id).insert()
    assert notifications.listing(bob, unread_only=False, limit=10, before=None) == ([], None)
    assert notifications.unread_count(bob.id) == 0


def test_a_notification_names_people_as_the_room_does_and_by_their_account() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    rooms.join(room.id, alice, "Ally")
    messages.send(room.id, alice, "@bob")
    [notice], _ = notifications.listing(bob, unread_only=False, limit=10, before=None)
    assert notice["actor"] == {"id": str(alice.id), "username": "alice", "nickname": "Ally"}


def test_a_notification_shows_nothing_of_a_room_that_is_deleted_from_that_moment_on() -> None:
    alice, bob = people("alice", "bob")
    room = room_of(alice, bob)
    messages.send(room.id, alice, "@bob the code is 1234")
    removal.delete(room.id, alice)
    [notice], _ = notifications.listing(bob, unread_only=False, limit=10, before=None)
    assert (notice["room_name"], notice["seq"], notice["excerpt"]) == (None, None, None)


def test_notifications_of_other_kinds_need_no_room_or_message(told: Recorder) -> None:
    alice, bob = people("alice", "bob")
    request = account("somebody").id
    notifications.notify({bob.id: "friend_request"}, actor=alice, event_id=request)
    notifications.notify({bob.id: "friend_request"}, actor=alice, event_id=request)
    (view,), _ = notifications.listing(bob, unread_only=True, limit=10, before=None)
    assert (view["id"], view["kind"], view["actor"]) == (
        str(request),
        "friend_request",
        {"id": str(alice.id), "username": "alice", "nickname": "alice"},
    )
    assert len(told.payloads("new_notification")) == 1
    notifications.withdraw(request)
    assert notifications.unread_count(bob.id) == 0


def test_whoever_had_a_notice_of_a_deleted_message_is_told_that_it_is_gone(told: Recorder) -> None:
    alice, bob, eve = people("alice", "bob", "eve")
    room = room_of(alice, bob, eve)
    message, _ = messages.send(room.id, alice, "@bob @eve")
    notifications.mark_read(bob, message.id)
    edits.delete(message.id, alice)
    edits.delete(message.id, alice)
    pushed = [(to, payload) for to, event, payload in told.published if event == "notification_withdrawn"]
    assert sorted(pushed, key=str) == sorted(
        [
            (user_room(bob.id), {"id": str(message.id), "read": True}),
            (user_room(eve.id), {"id": str(message.id), "read": False}),
        ],
        key=str,
    )


def test_whoever_blocks_somebody_hears_nothing_of_what_they_say_and_others_do(told: Recorder) -> None:
    owner, alice, bob = people("owner", "alice", "bob")
    room = room_of(owner, alice, bob)
    first, _ = messages.send(room.id, owner, "first")
    blocks.block(owner, alice.id)
    said, _ = messages.send(room.id, alice, "@room", reply_to=first.id)
    edits.delete(said.id, alice)
    heard = [to for to, event, _ in told.published if event in ("new_notification", "notification_withdrawn")]
    assert heard == [user_room(bob.id)] * 2


def test_listing_notifications_uses_its_indexes(db: Database) -> None:
    if db.url_scheme != "sqlite":
        return
    user_id = account("alice").id
    for which in ({"user_id": user_id}, {"user_id": user_id, "read": False}):
        plan = " ".join(db.explain(Notification, which, sort=[("event_id", -1)], limit=51))
        assert "SEARCH notifications USING INDEX" in plan
        assert "TEMP B-TREE" not in plan
