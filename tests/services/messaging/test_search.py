"""What a person finds of what was said, and that nobody finds what they may not read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bson import ObjectId

from models.accounts import User
from models.messages import Message
from models.odm import Database
from models.rooms import Member, Room
from services.messaging import direct, edits, messages, search
from services.rooms import removal, rooms, timeline
from tests.support.platforms import running
from utils.clock import now
from utils.errors import Forbidden, NotFound, ValidationFailed
from utils.text_terms import index_terms


@pytest.fixture
def bob(db: Database) -> User:
    return User(username="bob", username_key="bob", nickname="Bob", password_hash="-").insert()


@pytest.fixture
def room(alice: User) -> Room:
    return rooms.create(alice, "Greenhouse")


def found(user: User, query: str, **narrowed: object) -> list[str]:
    return [message.body for message in search.search(user, query, **narrowed).items]  # type: ignore[arg-type]


def store(room: Room, author: User, bodies: list[str], made: Callable[[int], datetime]) -> None:
    """Messages as they would have been stored at those times."""
    last = timeline.last_seq(room.id)
    Message.insert_many(
        Message(
            room_id=room.id, seq=last + number, author_id=author.id, author_username=author.username, nickname="x", body=body,
            terms=index_terms(body), created_at=made(number),
        )
        for number, body in enumerate(bodies, 1)
    )  # fmt: skip


def test_messages_are_found_by_word_and_by_chinese_text_newest_first(alice: User, room: Room) -> None:
    for body in ("The Café is warm", "warm again", "cold", "温室温度报警", "温室正常"):
        messages.send(room.id, alice, body)
    assert found(alice, "WARM") == ["warm again", "The Café is warm"]
    assert found(alice, "cafe warm") == ["The Café is warm"]
    assert found(alice, "温度") == ["温室温度报警"]
    assert found(alice, "温室") == ["温室正常", "温室温度报警"]
    assert found(alice, "报") == ["温室温度报警"]
    assert found(alice, "war") == []
    assert found(alice, "室度") == []


def test_messages_are_found_by_their_emoji(alice: User, room: Room) -> None:
    for body in ("too warm 🔥🌡️", "👍🏽", "fire"):
        messages.send(room.id, alice, body)
    assert found(alice, "🔥") == found(alice, "🌡 warm") == ["too warm 🔥🌡️"]
    assert found(alice, "👍") == ["👍🏽"]
    assert found(alice, "👎") == []


def test_a_long_message_is_found_by_what_it_says_at_its_end_once_and_in_its_place(alice: User, room: Room) -> None:
    chinese = "".join(chr(0x4E00 + number) for number in range(1_500))
    prose = " ".join(f"word{number}" for number in range(900))
    for body in (f"{chinese} the end", "the end", prose, "the word899"):
        messages.send(room.id, alice, body)
    assert found(alice, "the end") == ["the end", f"{chinese} the end"]
    assert found(alice, chinese[-8:]) == found(alice, chinese[700:703]) == found(alice, chinese[-1]) == [f"{chinese} the end"]
    assert found(alice, chinese[-1] + chinese[0]) == []
    assert found(alice, "word899") == ["the word899", prose]


def test_quoted_parts_are_found_as_they_stand(alice: User, room: Room) -> None:
    messages.send(room.id, alice, "the red green house")
    messages.send(room.id, alice, "the green  red house")
    assert found(alice, '"green house"') == ["the red green house"]
    assert found(alice, '"green red" the') == ["the green  red house"]


def test_only_rooms_that_one_is_a_member_of_now_are_searched(alice: User, bob: User, room: Room) -> None:
    messages.send(room.id, alice, "secret word")
    hidden = rooms.create(alice, "Private", visibility="private")
    messages.send(hidden.id, alice, "secret plan")
    assert found(bob, "secret") == []
    rooms.join(room.id, bob)
    assert found(bob, "secret") == ["secret word"]
    assert found(bob, "secret", room_id=room.id) == ["secret word"]
    rooms.leave(room.id, bob)
    assert found(bob, "secret") == []
    with pytest.raises(Forbidden):
        search.search(bob, "secret", room_id=room.id)
    for unknown in (hidden.id, ObjectId()):
        with pytest.raises(NotFound):
            search.search(bob, "secret", room_id=unknown)
    assert sorted(found(alice, "secret")) == ["secret plan", "secret word"]


def test_a_deleted_room_is_searched_no_more_though_its_messages_are_still_being_removed(alice: User, bob: User, room: Room) -> None:
    messages.send(room.id, alice, "secret word")
    rooms.join(room.id, bob)
    kept = rooms.create(bob, "Kept")
    messages.send(kept.id, bob, "secret plan")
    assert found(bob, "secret") == ["secret plan", "secret word"]
    removal.begin(room.id)
    assert Message.exists({"room_id": room.id, "terms": "secret"})
    assert Member.exists({"room_id": room.id, "user_id": bob.id})
    assert found(bob, "secret") == ["secret plan"]
    with pytest.raises(NotFound):
        search.search(bob, "secret", room_id=room.id)


def test_finding_out_which_rooms_there_are_costs_two_queries_whatever_their_number(alice: User, db: Database) -> None:
    for number in range(20):
        rooms.create(alice, f"Room {number}")
    with db.count_queries() as counts:
        assert found(alice, "nothing") == []
    assert counts.reads == 2 + 2 * 20  # each room is read along both kinds of terms


def test_private_conversations_are_searched_by_both_and_by_nobody_else(alice: User, bob: User) -> None:
    User.update_one({"_id": bob.id}, {"$set": {"preferences": {"private_messages": "everyone"}}})
    admin = User(username="root", username_key="root", nickname="Root", password_hash="-", role="admin").insert()
    direct.send(alice, bob.id, "between us")
    assert found(alice, "between") == found(bob, "between") == ["between us"]
    assert found(admin, "between") == []


def test_edits_and_deletions_change_what_is_found(alice: User, room: Room) -> None:
    message, _ = messages.send(room.id, alice, "first thought")
    edits.edit(message.id, alice, "second thought")
    assert found(alice, "first") == []
    assert found(alice, "second") == ["second thought"]
    edits.delete(message.id, alice)
    assert found(alice, "thought") == []


def test_notices_of_joining_are_not_found(alice: User, room: Room) -> None:
    assert found(alice, "joined") == []


def test_author_and_time_narrow_it_down(alice: User, bob: User, room: Room) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    store(room, alice, [f"word {number}" for number in range(1, 6)], lambda number: start + timedelta(days=number))
    rooms.join(room.id, bob)
    messages.send(room.id, bob, "word by bob")
    assert found(alice, "word", author_id=bob.id) == ["word by bob"]
    day = 86_400_000
    first = int(start.timestamp() * 1000)
    assert found(alice, "word", since=first + 2 * day, until=first + 4 * day) == ["word 4", "word 3", "word 2"]
    assert found(alice, "word", until=first + 2 * day - 1) == ["word 1"]


@pytest.mark.parametrize("query", ["", "?!", '""', "→"])
def test_a_query_without_a_word_says_so(alice: User, room: Room, query: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        search.search(alice, query)
    assert list(refused.value.fields) == ["q"]


def test_pages_leave_nothing_out_and_repeat_nothing_even_within_one_millisecond(alice: User, room: Room) -> None:
    other = rooms.create(alice, "Other")
    moment = now()
    for each, name in ((room, "a"), (other, "b")):
        store(
            each, alice, [f"same {name}{number}" for number in range(30)], lambda number: moment - timedelta(seconds=number // 10)
        )
    bodies: list[str] = []
    cursor = None
    while True:
        page = search.search(alice, "same", limit=7, cursor=cursor)
        bodies += [message.body for message in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert len(bodies) == len(set(bodies)) == 60
    times = {message.body: message.created_at for message in Message.find({"terms": "same"})}
    assert [times[body] for body in bodies] == sorted(times.values(), reverse=True)


def test_a_request_looks_at_a_bounded_number_of_messages_and_the_next_one_goes_on(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_LOOKED_AT", 10)
    store(room, alice, ["one two"] + ["two one"] * 25, lambda number: now() + timedelta(seconds=number))
    pages = 0
    cursor = None
    bodies: list[str] = []
    while pages == 0 or cursor is not None:
        page = search.search(alice, '"one two"', cursor=cursor)
        bodies += [message.body for message in page.items]
        cursor = page.next
        pages += 1
    assert bodies == ["one two"]
    assert pages == 3


@pytest.mark.parametrize("cursor", ["!!!", "AAAA", "MTpi", "OTk5OTk5OTk5OTk5OTk5OjE"])
def test_a_cursor_that_was_not_given_out_is_refused(alice: User, room: Room, cursor: str) -> None:
    with pytest.raises(ValidationFailed):
        search.search(alice, "word", cursor=cursor)


def test_a_search_reads_along_the_index_and_looks_at_no_other_messages(tmp_path: Path) -> None:
    which = {"room_id": ObjectId(), "$and": [{"terms": "warm"}, {"terms": "greenhouse"}]}
    with running(tmp_path) as platform:
        steps = platform.database.explain(Message, which, sort=[("created_at", -1)], limit=8)
    assert any("messages|room_id_1_terms_1_created_at_-1" in step for step in steps)
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in steps), steps


def test_the_index_that_a_search_needs_is_declared() -> None:
    assert ("room_id", "terms", "created_at") in [index.fields for index in Message.schema_of.indexes]
