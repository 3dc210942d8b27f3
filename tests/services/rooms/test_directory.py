"""Finding rooms, and the people in them."""

import pytest

from models.accounts import User
from models.odm import Database
from services.people import presence
from services.rooms import directory, moderation, rooms
from tests.services.messaging.messages_support import costs
from tests.support.accounts import account
from tests.support.eventually import eventually


def names(views: list[dict[str, object]]) -> list[object]:
    return [view["name"] for view in views]


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
        rooms.join(room.id, account(name))
    rooms.join(room.id, bob, "Bobby")
    moderation.set_role(room.id, alice, bob.id, "moderator")
    seen, after = [], None
    while True:
        page, after = directory.members(room, alice, limit=2, after=after)
        seen += page
        if after is None:
            break
    assert [(view["role"], view["nickname"]) for view in seen] == [
        ("owner", "Alice"), ("moderator", "Bobby"), ("member", "anna"), ("member", "carl"), ("member", "zoe"),
    ]  # fmt: skip
    assert [view["nickname"] for view in directory.members(room, alice, query="A")[0]] == ["Alice", "anna"]


def test_searches_and_lists_use_an_index(alice: User, db: Database) -> None:
    room = rooms.create(alice, "Lab")
    directory.listing(alice)  # which processes there are is known from then on
    assert costs(db, lambda: directory.listing(alice, query="la")) == (5, 0), (
        "memberships, private, public, what came since, online: of any number"
    )
    with db.count_queries() as counts:
        directory.members(room, alice)
    assert counts.reads <= 4


def test_where_many_are_online_all_rooms_are_counted_once_and_soon_again(
    db: Database, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SNAPSHOT_SECONDS", 0.3)
    people = [account(f"u{number}") for number in range(30)]
    several = [rooms.create(alice, f"Room {number}") for number in range(10)]
    for number, person in enumerate(people):
        rooms.join(several[number % 10].id, person)
        presence.connected(str(number), person.id, "-", "test")
    ids = [room.id for room in several]
    assert directory.online_counts(ids) == dict.fromkeys(ids, 3)
    with db.count_queries() as counts:
        for _ in range(20):
            directory.online_counts(ids[:5])
    assert counts.reads == 0
    for number in range(10):
        presence.disconnected(str(number), people[number].id)
    eventually(lambda: directory.online_counts(ids) == dict.fromkeys(ids, 2))


def test_where_few_are_online_who_comes_counts_at_once(db: Database, alice: User) -> None:
    room = rooms.create(alice, "Lab")
    assert directory.online_counts([room.id]).get(room.id, 0) == 0
    presence.connected("1", alice.id, "-", "test")
    assert directory.online_counts([room.id]) == {room.id: 1}
