"""Rooms, as the services keep them: lists, search, owners, counts that a crash left wrong, deletion, slow mode."""

import threading
from datetime import timedelta

import pytest

from models.accounts import User
from models.messages import Reaction
from models.moderation import Ban, Invitation, RoomRemoval
from models.odm import Database
from models.rooms import Member, Message, Room
from services import limits
from services.messaging import messages
from services.rooms import directory, invitations, moderation, removal, rooms
from services.rooms.rooms import NicknameTaken
from services.rooms.upkeep import Upkeep
from tests.support.realtime import Recorder
from utils.clock import now
from utils.errors import Forbidden, NotFound, RateLimited, RoomFull
from utils.rate_limits import RateLimits


def make_user(name: str) -> User:
    return User(username=name, username_key=name, nickname=name.title(), nickname_key=name, password_hash="-").insert()


def names(views: list[dict[str, object]]) -> list[object]:
    return [view["name"] for view in views]


@pytest.fixture
def bob(db: Database) -> User:
    return make_user("bob")


def found(user: User, query: str) -> list[object]:
    return names(directory.listing(user, query=query)[0])  # type: ignore[arg-type]


def test_a_room_is_found_by_the_beginnings_of_its_words_in_any_script(alice: User) -> None:
    for name in ("Green House", "Greenland (north)", "温室 数据", "Café Zürich", "a.b*c"):
        rooms.create(alice, name)
    assert found(alice, "green") == ["Green House", "Greenland (north)"]
    assert found(alice, "HOUSE") == ["Green House"]
    assert found(alice, "green ho") == ["Green House"]
    assert found(alice, "室") == found(alice, "数据") == ["温室 数据"]
    assert found(alice, "zur") == found(alice, "cafe") == ["Café Zürich"]
    assert found(alice, "north") == ["Greenland (north)"]
    assert found(alice, "a.b*") == ["a.b*c"]
    assert found(alice, ".*") == []
    assert found(alice, "ouse") == []


def test_pages_of_rooms_are_by_name_and_complete_and_private_ones_are_their_members(alice: User, bob: User) -> None:
    for number in range(7):
        rooms.create(alice, f"Room {number % 3}", visibility="private" if number % 2 else "public")
    for user, mine, count in ((alice, False, 7), (alice, True, 7), (bob, False, 4), (bob, True, 0)):
        seen, after = [], None
        while True:
            page, after = directory.listing(user, mine=mine, limit=2, after=after)
            seen += page
            if after is None:
                break
        assert len({view["id"] for view in seen}) == len(seen) == count
        assert names(seen) == sorted(names(seen))  # type: ignore[arg-type,type-var]


def test_members_are_listed_by_role_and_found_by_their_nickname(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    for name in ("zoe", "carl", "anna"):
        rooms.join(room.id, make_user(name))
    rooms.join(room.id, bob, "Bobby")
    moderation.set_role(room.id, alice, bob.id, "moderator")
    seen, after = [], None
    while True:
        page, after = directory.members(room, alice, limit=2, after=after)
        seen += page
        if after is None:
            break
    assert [(view["role"], view["nickname"]) for view in seen] == [
        ("owner", "Alice"), ("moderator", "Bobby"), ("member", "Anna"), ("member", "Carl"), ("member", "Zoe"),
    ]  # fmt: skip
    assert [view["nickname"] for view in directory.members(room, alice, query="A")[0]] == ["Alice", "Anna"]


@pytest.mark.parametrize("written", ["Al\u200bice", "ALICE\u200d", "Alice\u3164", "Alice\ufe0f", "Al\u00adice", "Alice\U000e0041"])
def test_nobody_takes_the_nickname_of_somebody_with_something_invisible_in_it(alice: User, bob: User, written: str) -> None:
    room = rooms.create(alice, "Green\u200bhouse")
    with pytest.raises(NicknameTaken):
        rooms.join(room.id, bob, written)
    rooms.join(room.id, bob, "👩\u200d🌾")
    assert {member.nickname for member in Member.find({"room_id": room.id})} == {"Alice", "👩\u200d🌾"}
    assert found(alice, "greenhouse") == ["Green\u200bhouse"]


def test_searches_and_lists_use_an_index(alice: User, db: Database) -> None:
    room = rooms.create(alice, "Lab")
    with db.count_queries() as counts:
        directory.listing(alice, query="la")
    assert (counts.reads, counts.writes) == (4, 0), "memberships, private, public, online: whatever the number of rooms"
    with db.count_queries() as counts:
        directory.members(room, alice)
    assert counts.reads <= 4


def test_an_owner_who_leaves_is_followed_by_the_longest_standing_moderator(alice: User, bob: User, told: Recorder) -> None:
    room = rooms.create(alice, "Lab")
    carl = make_user("carl")
    for user in (carl, bob):
        rooms.join(room.id, user)
    moderation.set_role(room.id, alice, bob.id, "moderator")
    rooms.leave(room.id, alice)
    assert (Room.get(room.id) or room).owner_id == bob.id
    rooms.leave(room.id, bob)
    assert (Room.get(room.id) or room).owner_id == carl.id
    assert rooms.visible(room.id, carl)[1].role == "owner"  # type: ignore[union-attr]
    rooms.leave(room.id, carl)
    assert (Room.get(room.id) or room).owner_id is None


def test_a_transfer_makes_one_owner_and_the_former_one_a_moderator(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    with pytest.raises(NotFound):
        moderation.transfer(room.id, alice, bob.id)
    rooms.join(room.id, bob)
    moderation.transfer(room.id, alice, bob.id)
    roles = {member.user_id: member.role for member in Member.find({"room_id": room.id})}
    assert roles == {alice.id: "moderator", bob.id: "owner"}
    with pytest.raises(Forbidden):
        moderation.transfer(room.id, alice, alice.id)


def test_a_transfer_cut_short_gives_the_rights_to_one_and_is_finished_later(alice: User, bob: User) -> None:
    room = rooms.create(alice, "Lab")
    rooms.join(room.id, bob)
    moved = {"owner_id": bob.id, "created_at": now() - timedelta(hours=1)}
    Room.update_one({"_id": room.id}, {"$set": moved})  # and here the process was killed
    with pytest.raises(Forbidden):
        rooms.update(room.id, alice, {"capacity": 5})
    rooms.update(room.id, bob, {"capacity": 5})
    for _ in Upkeep().look():
        pass
    roles = {member.user_id: member.role for member in Member.find({"room_id": room.id})}
    assert roles == {alice.id: "moderator", bob.id: "owner"}


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


def test_a_deleted_room_is_gone_at_once_and_emptied_in_slices(
    alice: User, bob: User, told: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "SLICE", 10)
    room, other = rooms.create(alice, "Lab"), rooms.create(alice, "Stays")
    rooms.join(room.id, bob)
    sent = [messages.send(room.id, alice, str(number))[0] for number in range(25)]
    Reaction(message_id=sent[0].id, user_id=bob.id, emoji="👍").insert()
    removal.delete(room.id, alice)
    assert {"room_id": str(room.id), "deleted": True} in told.payloads("room_updated")
    for use in (
        lambda: rooms.known(room.id, alice), lambda: rooms.join(room.id, bob), lambda: messages.send(room.id, alice, "x")
    ):  # fmt: skip
        with pytest.raises(NotFound):
            use()
    steps = sum(1 for _ in removal.work(settle_seconds=3600))
    assert steps >= 4, "the messages went in several slices"
    assert Message.count({"room_id": room.id}) == Member.count({"room_id": room.id}) == Reaction.count({}) == 0
    assert Message.count({"room_id": other.id}) == 1
    assert RoomRemoval.count({}) == 1, "kept for a while: a message may still be on its way"
    Message(room_id=room.id, seq=999, author_id=bob.id, author_username="bob", nickname="Bob").insert()
    for _ in range(2):
        for _ in removal.work(settle_seconds=-1):
            pass
    assert (Message.count({"room_id": room.id}), RoomRemoval.count({})) == (0, 0)


def test_a_room_that_everyone_left_belongs_to_whoever_comes_next(alice: User, bob: User) -> None:
    room, carl = rooms.create(alice, "Lab"), make_user("carl")
    rooms.leave(room.id, alice)
    assert (Room.get(room.id) or room).owner_id is None
    joined = rooms.join(room.id, bob)
    rooms.join(room.id, carl)
    owned = Room.get(room.id) or room
    assert (owned.owner_id, joined.role) == (bob.id, "owner")
    assert rooms.update(room.id, bob, {"name": "Bob's"})[0].name == "Bob's"
    lobby = rooms.ensure_lobby()
    rooms.join(lobby.id, bob)
    assert (Room.get(lobby.id) or lobby).owner_id is None


def test_of_several_who_come_at_once_one_owns_the_room(alice: User, db: Database) -> None:
    room, crowd = rooms.create(alice, "Lab"), [make_user(f"person{number}") for number in range(4)]
    start = threading.Barrier(5)

    def come(user: User) -> None:
        start.wait()
        rooms.join(room.id, user)

    def go() -> None:
        start.wait()
        rooms.leave(room.id, alice)

    threads = [threading.Thread(target=come, args=(user,)) for user in crowd] + [threading.Thread(target=go)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = [member.user_id for member in Member.find({"room_id": room.id, "role": "owner"})]
    assert owners == [(Room.get(room.id) or room).owner_id]
    assert owners[0] in {user.id for user in crowd}


def test_nobody_stays_a_member_of_a_deleted_room_while_the_messages_of_another_are_removed(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "SLICE", 10)
    large, second, third = (rooms.create(alice, name) for name in ("Large", "Second", "Third"))
    for room in (large, second, third):
        rooms.join(room.id, bob)
    for number in range(40):
        messages.send(large.id, alice, str(number))
    removal.delete(large.id, alice)
    removal.delete(second.id, alice)
    members = [Member.count({"room_id": room.id}) for room in (large, second, third)]
    assert members == [2, 2, 2]
    deleted_third = False
    for _ in removal.work(settle_seconds=3600):
        messages_left = Message.count({"room_id": large.id})
        if 0 < messages_left < 42:
            assert Member.count({"room_id": second.id}) == 0
            if deleted_third:
                assert Member.count({"room_id": third.id}) == 0
            else:
                removal.delete(third.id, alice)
                deleted_third = True
    assert deleted_third
    assert Message.count({"room_id": {"$in": [large.id, second.id, third.id]}}) <= 2, "the last room's own, at the next turn"


def test_a_private_room_that_everybody_left_is_removed_and_a_public_one_is_not(alice: User) -> None:
    private, public = rooms.create(alice, "Secret", visibility="private"), rooms.create(alice, "Open")
    for room in (private, public):
        rooms.leave(room.id, alice)
    assert (Room.get(private.id), Room.get(public.id) is None) == (None, False)


def test_the_lobby_cannot_be_deleted_or_hidden(alice: User) -> None:
    User.update_one({"_id": alice.id}, {"$set": {"role": "admin"}})
    admin = User.get(alice.id) or alice
    lobby = rooms.ensure_lobby()
    rooms.update(lobby.id, admin, {"name": "Welcome"})
    with pytest.raises(Forbidden):
        removal.delete(lobby.id, admin)
    with pytest.raises(Forbidden):
        rooms.update(lobby.id, admin, {"visibility": "private"})


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
    dora, emil = make_user("dora"), make_user("emil")
    invitations.invite(room.id, alice, user_id=dora.id)
    invitations.invite(room.id, bob, user_id=emil.id)
    seen = {user.username: [view["user"]["username"] for view in invitations.of_room(room.id, user)[0]] for user in (alice, bob)}
    assert seen == {"alice": ["dora", "emil"], "bob": ["emil"]}
    page, more = invitations.of_room(room.id, alice, limit=1)
    assert (len(page), more is not None) == (1, True)
    with pytest.raises(Forbidden):
        invitations.of_room(room.id, make_user("frank"))


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
    carl = make_user("carl")
    with pytest.raises(Forbidden):
        invitations.invite(room.id, bob, user_id=carl.id)
    rooms.update(room.id, alice, {"members_can_invite": True})
    invitations.invite(room.id, bob, user_id=carl.id)
    moderation.kick(room.id, alice, bob.id)
    with pytest.raises(NotFound):
        rooms.join(room.id, bob)


@pytest.fixture
def fresh_limits() -> None:
    limits.bind(RateLimits())


def test_slow_mode_holds_up_members_but_not_moderators_or_a_repeated_send(
    alice: User, bob: User, fresh_limits: None, db: Database
) -> None:
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
