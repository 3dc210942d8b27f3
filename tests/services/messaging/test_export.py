"""Conversations as files: what is in them, and what making them costs."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.accounts import User
from models.messages import Message
from models.odm import Database
from models.rooms import Room
from schemas.accounts import Locale
from services import own_account
from services.messaging import direct, edits, export, messages
from services.rooms import rooms, timeline
from tests.support.platforms import running
from utils.clock import now
from utils.errors import Forbidden, NotFound

FORMULAS = ["﹦1", "﹢1", "﹣1", "﹫1", "⁼1", "\u200b=1", "\ufeff=1", "\u3164\u2800=1", " \u2060\x01@1", "\xa0+1", "\u202e-1"]
# 23:02:58 in Shanghai.
WHEN = datetime(2022, 12, 14, 15, 2, 58, tzinfo=UTC)
OPEN: dict[str, Any] = {"private_messages": "everyone"}


@pytest.fixture
def alice(db: Database) -> User:
    return User(username="Alice", username_key="alice", nickname="ALICE", password_hash="-", preferences=OPEN).insert()


@pytest.fixture
def bob(db: Database) -> User:
    return User(username="Bob", username_key="bob", nickname="BOB", password_hash="-", preferences=OPEN).insert()


@pytest.fixture
def room(alice: User) -> Room:
    return rooms.create(alice, "test")


def whole(parts: Iterator[str]) -> str:
    """All of a file, of messages that were all sent at WHEN."""
    Message.update_many({}, {"$set": {"created_at": WHEN}})
    return "".join(parts)


def test_the_chinese_text_has_the_group_part_and_then_the_private_part(alice: User, bob: User, room: Room) -> None:
    messages.send(room.id, alice, "大家好")
    rooms.join(room.id, bob, "鲍勃")
    rooms.leave(room.id, bob)
    direct.send(alice, bob.id, "你好")
    direct.send(bob, alice.id, "嗨")
    expected = (
        "-----下面是群聊的聊天记录-----\n"
        '聊天室:test 时间:2022-12-14 23:02:58 用户名:Alice(昵称)ALICE 内容:昵称为"ALICE"的用户进入了房间。\n'
        "聊天室:test 时间:2022-12-14 23:02:58 用户名:Alice(昵称)ALICE 内容:大家好\n"
        '聊天室:test 时间:2022-12-14 23:02:58 用户名:Bob(昵称)鲍勃 内容:昵称为"鲍勃"的用户进入了房间。\n'
        '聊天室:test 时间:2022-12-14 23:02:58 用户名:Bob(昵称)鲍勃 内容:昵称为"鲍勃"的用户退出了房间。\n'
        "-----下面是私聊的聊天记录-----\n"
        '时间:2022-12-14 23:02:58 发送人:Alice 接收人:Bob 内容:昵称为"ALICE"的用户进入了私聊。\n'
        "时间:2022-12-14 23:02:58 发送人:Alice 接收人:Bob 内容:你好\n"
        '时间:2022-12-14 23:02:58 发送人:Bob 接收人:Alice 内容:昵称为"BOB"的用户进入了私聊。\n'
        "时间:2022-12-14 23:02:58 发送人:Bob 接收人:Alice 内容:嗨\n"
    )
    assert whole(export.of_everything(alice, "txt", locale="zh-CN", tz="Asia/Shanghai")) == expected


def test_the_notices_read_as_those_of_the_chat_that_went_before_do(alice: User, bob: User) -> None:
    hole = rooms.create(bob, "thuhole")
    rooms.join(hole.id, alice, "ALICE")
    rooms.leave(hole.id, alice)
    Message.update_many({"kind": "leave"}, {"$set": {"created_at": datetime(2022, 12, 14, 15, 18, 51, tzinfo=UTC)}})
    group = "".join(export.of_room(hole.id, bob, "txt", locale="zh-CN", tz="Asia/Shanghai")).splitlines()
    assert group[0] == "-----下面是群聊的聊天记录-----"
    assert group[-1] == ('聊天室:thuhole 时间:2022-12-14 23:18:51 用户名:Alice(昵称)ALICE 内容:昵称为"ALICE"的用户退出了房间。')
    sent, _ = direct.send(alice, bob.id, "你好")
    Message.update_one({"_id": sent.id}, {"$set": {"created_at": datetime(2022, 12, 14, 15, 46, 47, tzinfo=UTC)}})
    private = "".join(export.of_room(sent.room_id, bob, "txt", locale="zh-CN", tz="Asia/Shanghai")).splitlines()
    assert private == [
        "-----下面是私聊的聊天记录-----",
        '时间:2022-12-14 23:46:47 发送人:Alice 接收人:Bob 内容:昵称为"ALICE"的用户进入了私聊。',
        "时间:2022-12-14 23:46:47 发送人:Alice 接收人:Bob 内容:你好",
    ]


def test_whose_account_ended_has_left_the_private_chat(alice: User, bob: User) -> None:
    sent, _ = direct.send(alice, bob.id, "hello")
    direct.send(bob, alice.id, "hi")
    own_account.delete_account(alice, None, signed_in_seconds=0)
    text = "".join(export.of_room(sent.room_id, bob, "txt", locale="zh-CN", tz="UTC"))
    *_, answered, left = text.splitlines()
    assert answered.endswith("发送人:Bob 接收人:Alice 内容:hi")
    assert left.endswith('发送人:Alice 接收人:Bob 内容:昵称为"ALICE"的用户退出了私聊。')
    when = left.removeprefix("时间:").partition(" 发送人")[0]
    assert abs(datetime.fromisoformat(f"{when}+00:00") - now()).total_seconds() < 60


def test_a_long_private_conversation_has_each_of_the_two_come_in_once(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_PART", 2)
    for number in range(4):
        sent, _ = direct.send(*((alice, bob.id) if number % 2 else (bob, alice.id)), str(number))
    text = whole(export.of_room(sent.room_id, bob, "txt", locale="en", tz="UTC"))
    assert text.count("entered the private chat.") == 2
    assert [line.rpartition(":")[2] for line in text.splitlines() if "entered" not in line][1:] == ["0", "1", "2", "3"]


def test_the_english_text_says_the_same(alice: User, bob: User, room: Room) -> None:
    direct.send(alice, bob.id, "hello")
    expected = (
        "-----Group chat history-----\n"
        "Room:test Time:2022-12-14 15:02:58 User:Alice(nickname)ALICE "
        'Content:The user with the nickname "ALICE" entered the room.\n'
        "-----Private chat history-----\n"
        'Time:2022-12-14 15:02:58 From:Alice To:Bob Content:The user with the nickname "ALICE" entered the private chat.\n'
        "Time:2022-12-14 15:02:58 From:Alice To:Bob Content:hello\n"
    )
    assert whole(export.of_everything(alice, "txt", locale="en", tz="UTC")) == expected


def test_without_a_choice_it_is_in_ones_own_language_and_an_empty_one_has_both_headings(alice: User) -> None:
    alice.locale = "zh-CN"
    text = whole(export.of_everything(alice, "txt", locale=None, tz="UTC"))
    assert text == "-----下面是群聊的聊天记录-----\n-----下面是私聊的聊天记录-----\n"
    assert whole(export.of_everything(alice, "json", locale=None, tz="UTC")) == "[]\n"


def test_one_room_has_the_heading_of_its_kind_only(alice: User, bob: User, room: Room) -> None:
    message, _ = direct.send(alice, bob.id, "hello")
    text = whole(export.of_room(message.room_id, bob, "txt", locale="en", tz="UTC"))
    heading, _, hello = text.splitlines()
    assert (heading, hello) == ("-----Private chat history-----", "Time:2022-12-14 15:02:58 From:Alice To:Bob Content:hello")
    assert whole(export.of_room(room.id, alice, "txt", locale="en", tz="UTC")).startswith(
        "-----Group chat history-----\nRoom:test "
    )


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_nobody_can_forge_a_line_of_somebody_else(alice: User, room: Room, line_break: str) -> None:
    messages.send(room.id, alice, f"one{line_break}Room:test Time:2022-12-14 15:02:58 User:Bob(nickname)Bob Content:two")
    lines = whole(export.of_room(room.id, alice, "txt", locale="en", tz="UTC")).splitlines()
    assert len(lines) == 3
    assert lines[2].endswith("Content:one ⏎ Room:test Time:2022-12-14 15:02:58 User:Bob(nickname)Bob Content:two")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_text_file_does_nothing_to_a_terminal_that_shows_it(alice: User, room: Room, locale: Locale) -> None:
    messages.send(
        room.id, alice, "\x1b]0;pwn\x07\x1b[31mred \x9b31m \x7f a\tb \u202eevil\u202c \u2067x\u2069 שלום \u200d👩\u200d🌾"
    )
    line = whole(export.of_room(room.id, alice, "txt", locale=locale, tz="UTC")).splitlines()[2]
    assert line.endswith(":�]0;pwn��[31mred �31m � a\tb �evil� �x� שלום \u200d👩\u200d🌾")


def test_what_was_deleted_is_not_in_it(alice: User, room: Room) -> None:
    message, _ = messages.send(room.id, alice, "a mistake")
    edits.delete(message.id, alice)
    for format in ("txt", "json", "csv"):
        assert "mistake" not in whole(export.of_room(room.id, alice, format, locale="en", tz="UTC"))  # type: ignore[arg-type]


def test_json_is_one_array_of_the_messages_as_the_interface_has_them(alice: User, bob: User, room: Room) -> None:
    sent, _ = messages.send(room.id, alice, 'quoted "\n\u2028 text')
    direct.send(alice, bob.id, "hello")
    items = json.loads(whole(export.of_everything(alice, "json", locale="en", tz="Asia/Shanghai")))
    assert [item["kind"] for item in items] == ["join", "text", "text"]
    sent.created_at = WHEN
    assert items[1] == {
        "conversation": "group", "room": "test", "with": None, **json.loads(json.dumps(messages.view(sent, alice.id)))
    }  # fmt: skip


def test_each_object_of_the_json_says_which_conversation_it_is_of(alice: User, bob: User, room: Room) -> None:
    direct.send(alice, bob.id, "hello")
    answer, _ = direct.send(bob, alice.id, "hi")
    for user, other in ((alice, "Bob"), (bob, "Alice")):
        items = json.loads(whole(export.of_everything(user, "json", locale="en", tz="UTC")))
        private = [(item["room"], item["with"], item["body"]) for item in items if item["conversation"] == "private"]
        assert private == [(None, other, "hello"), (None, other, "hi")]
        assert [(item["room"], item["with"]) for item in items if item["conversation"] == "group"] == [("test", None)][
            : user is alice
        ]
        assert json.loads(whole(export.of_room(answer.room_id, user, "json", locale="en", tz="UTC"))) == items[-2:]


@pytest.mark.parametrize("body", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "\n=1", *FORMULAS])
def test_no_cell_begins_a_formula_and_every_message_is_one_record(alice: User, room: Room, body: str) -> None:
    rooms.update(room.id, alice, {"name": "=name"})
    messages.send(room.id, alice, body)
    messages.send(room.id, alice, 'plain, with "quotes"\nand lines')
    text = whole(export.of_room(room.id, alice, "csv", locale="en", tz="Asia/Shanghai"))
    assert text.startswith("\ufeffconversation,room,time,")
    header, _, first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert len(header) == len(first) == len(second)
    assert first[:5] == ["group", "'=name", "2022-12-14 23:02:58", "Alice", "ALICE"]
    assert first[header.index("content")] == "'" + body
    assert second[header.index("content")] == 'plain, with "quotes"\nand lines'


def test_only_members_export_a_room(alice: User, bob: User, room: Room) -> None:
    hidden = rooms.create(alice, "hidden", visibility="private")
    with pytest.raises(Forbidden):
        export.of_room(room.id, bob, "txt", locale="en", tz="UTC")
    with pytest.raises(NotFound):
        export.of_room(hidden.id, bob, "txt", locale="en", tz="UTC")
    assert "test" not in whole(export.of_everything(bob, "txt", locale="en", tz="UTC"))


def test_an_export_ends_where_the_room_ended_when_it_began(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PART", 2)
    for number in range(5):
        messages.send(room.id, alice, f"message {number}")
    parts = export.of_room(room.id, alice, "txt", locale="en", tz="UTC")
    text = ""
    for part in parts:
        text += part
        messages.send(room.id, alice, "too late")
    assert [line.rpartition(":")[2] for line in text.splitlines()[2:]] == [f"message {number}" for number in range(5)]


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[None]:
    with running(tmp_path):
        yield


@pytest.mark.parametrize("format", ["txt", "json", "csv"])
def test_ten_times_the_messages_take_no_more_memory(on_sqlite: None, format: export.ExportFormat) -> None:
    author = User(username="Alice", username_key="alice", nickname="ALICE", password_hash="-").insert()
    room_id = rooms.create(author, "test").id

    def grow(start: int, end: int) -> None:
        Message.insert_many(
            Message(room_id=room_id, seq=seq, author_id=author.id, author_username="Alice", nickname="ALICE", body="word " * 10)
            for seq in range(start, end)
        )

    def peak() -> int:
        tracemalloc.start()
        size = sum(len(part) for part in export.of_room(room_id, author, format, locale="en", tz="UTC"))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 50 * timeline.last_seq(room_id)
        return most

    grow(2, 1_001)
    before = peak()
    grow(1_001, 10_001)
    assert peak() < 1.3 * before
