"""Rooms, as the services keep them: lists, search, owners, counts that a crash left wrong, deletion, slow mode."""

from datetime import timedelta

import pytest

from models.accounts import User
from models.moderation import Ban, Invitation
from models.odm import Database
from models.rooms import Member, Room
from services.messaging import messages
from services.rooms import directory, invitations, moderation, rooms
from services.rooms.rooms import NicknameTaken
from services.rooms.upkeep import Upkeep
from tests.support.accounts import account
from tests.support.realtime import Recorder
from utils.clock import now
from utils.errors import Forbidden, NotFound, RateLimited, RoomFull


@pytest.mark.parametrize("written", ["Al\u200bice", "ALICE\u200d", "Alice\u3164", "Alice\ufe0f", "Al\u00adice", "Alice\U000e0041"])
def test_nobody_takes_the_nickname_of_somebody_with_something_invisible_in_it(alice: User, bob: User, written: str) -> None:
    room = rooms.create(alice, "Green\u200bhouse")
    with pytest.raises(NicknameTaken):
        rooms.join(room.id, bob, written)
    rooms.join(room.id, bob, "👩\u200d🌾")
    assert {member.nickname for member in Member.find({"room_id": room.id})} == {"Alice", "👩\u200d🌾"}
    assert [view["name"] for view in directory.listing(alice, query="greenhouse")[0]] == ["Green\u200bhouse"]


def test_a_place_that_a_crash_took_is_given_back(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab", capacity=2)
    Room.update_one({"_id": room.id}, {"$inc": {"member_count": 1}})  # claimed, and then the process was killed
    with pytest.raises(RoomFull):
        rooms.join(room.id, bob)
    upkeep = Upkeep(settle_seconds=0)
    for _ in upkeep.look():
        pass
    assert upkeep.suspects == 1
    assert (Room.get(room.id) or room).member_count == 2, "it may be a join under way: looked at twice"
    upkeep.look_again()
    assert (Room.get(room.id) or room).member_count == 1
    rooms.join(room.id, bob)


def test_a_join_under_way_is_not_taken_for_a_crash(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    Room.update_one({"_id": room.id}, {"$inc": {"member_count": 1}})
    upkeep = Upkeep(settle_seconds=0)
    for _ in upkeep.look():
        pass
    Member(room_id=room.id, user_id=bob.id, nickname="Bob", nickname_key="bob").insert()
    upkeep.look_again()
    assert (Room.get(room.id) or room).member_count == 2
    assert upkeep.suspects == 0


def test_a_ban_ends_by_itself_and_a_second_one_replaces_the_first(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    made, created = moderation.ban(room.id, alice, bob.id, reason="noise", until=now() + timedelta(hours=1))
    assert (made["reason"], made["user"]["username"], created) == ("noise", "bob", True)
    with pytest.raises(rooms.Banned):
        rooms.join(room.id, bob)
    _, created = moderation.ban(room.id, alice, bob.id)
    assert (created, [view["until"] for view in moderation.bans(room.id, alice)[0]]) == (False, [None])
    Ban.update_one({"user_id": bob.id}, {"$set": {"until": now() - timedelta(seconds=1)}})
    assert moderation.bans(room.id, alice)[0] == []
    rooms.join(room.id, bob)


def test_who_is_banned_while_joining_does_not_stay(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    room = rooms.create(alice, "Lab")
    claim = rooms._claim_place

    def ban_meanwhile(claimed: Room) -> None:
        claim(claimed)
        moderation.ban(room.id, alice, bob.id)

    monkeypatch.setattr(rooms, "_claim_place", ban_meanwhile)
    with pytest.raises(rooms.Banned):
        rooms.join(room.id, bob)
    assert (Room.get(room.id) or room).member_count == Member.count({"room_id": room.id}) == 1


def test_members_see_the_invitations_that_they_sent_and_moderators_all(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Open")
    rooms.join(room.id, bob)
    dora, emil = account("dora"), account("emil")
    invitations.invite(room.id, alice, user_id=dora.id)
    invitations.invite(room.id, bob, user_id=emil.id)
    seen = {user.username: [view["user"]["username"] for view in invitations.of_room(room.id, user)[0]] for user in (alice, bob)}
    assert seen == {"alice": ["dora", "emil"], "bob": ["emil"]}
    page, more = invitations.of_room(room.id, alice, limit=1)
    assert (len(page), more is not None) == (1, True)
    with pytest.raises(Forbidden):
        invitations.of_room(room.id, account("frank"))


def test_the_room_of_the_installation_says_that_it_is_the_lobby(alice: User) -> None:
    lobby, other = rooms.ensure_lobby(), rooms.create(alice, "Lobby")
    assert [rooms.view(room, None)["lobby"] for room in (lobby, other)] == [True, False]


def test_an_invitation_opens_a_private_room_once_and_tells_the_invited(alice: User, bob: User, told: Recorder) -> None:
    room = rooms.create(alice, "Secret", visibility="private")
    with pytest.raises(NotFound):
        rooms.join(room.id, bob)
    invitations.invite(room.id, alice, username="BOB")
    assert told.payloads("room_invitation")[-1]["invitation"]["room"]["name"] == "Secret"
    assert told.payloads("new_notification")[-1]["notification"]["kind"] == "invitation"
    assert [view["invited_by"]["username"] for view in invitations.of_person(bob)[0]] == ["alice"]
    rooms.join(room.id, bob)
    assert Invitation.count({}) == 0
    carl = account("carl")
    with pytest.raises(Forbidden):
        invitations.invite(room.id, bob, user_id=carl.id)
    rooms.update(room.id, alice, {"members_can_invite": True})
    invitations.invite(room.id, bob, user_id=carl.id)
    moderation.kick(room.id, alice, bob.id)
    with pytest.raises(NotFound):
        rooms.join(room.id, bob)


def test_slow_mode_holds_up_members_but_not_moderators_or_a_repeated_send(alice: User, bob: User, db: Database) -> None:
    room = rooms.create(alice, "Lab")
    rooms.join(room.id, bob)
    rooms.update(room.id, alice, {"slow_mode_seconds": 60})
    first, _ = messages.send(room.id, bob, "one", client_id="1")
    with pytest.raises(RateLimited) as refused:
        messages.send(room.id, bob, "two", client_id="2")
    assert 1 <= refused.value.retry_after <= 60
    assert messages.send(room.id, bob, "one", client_id="1") == (first, False)
    for number in range(3):
        messages.send(room.id, alice, str(number))
    rooms.update(room.id, alice, {"slow_mode_seconds": 0})
    messages.send(room.id, bob, "two", client_id="2")


def test_a_mute_is_kept_and_shown_on_all_of_ones_devices(alice: User, told: Recorder) -> None:
    room = rooms.create(alice, "Lab")
    rooms.set_muted(room.id, alice, muted=True)
    told_to, _, payload = told.published[-1]
    assert (told_to, payload["membership"]["muted"]) == (f"user_{alice.id}", True)
    assert rooms.visible(room.id, alice)[1].muted is True  # type: ignore[union-attr]
