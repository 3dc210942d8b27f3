"""How long does a long conversation take to export, and how much memory does it take to do so?

`python -m bench.export [--messages N]`. A room of N (100,000; a million by the flag) messages is exported as txt, csv and json,
each in a process of its own, and so is a room of a hundredth of that: what it takes must not grow with the room. The time is set
beside that of reading the same messages' documents from SQLite and decoding their BSON, which any export has to do. Expected: no
more than 24 MiB of difference in memory, of which SQLite's cache of pages takes 16 once the file is larger than what is mapped.
"""

import argparse
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import bson
import psutil
from bson import ObjectId

from bench.support.tables import print_table
from config import load_config
from models.accounts import User
from models.messages import Message
from models.rooms import Member, Room
from realtime.wiring import wire
from schemas.search import ExportFormat
from services.messaging import export
from utils.clock import now
from utils.text_terms import index_terms

PART = 2_000
FORMATS: tuple[ExportFormat, ...] = ("txt", "csv", "json")
MOST_DIFFERENCE_MIB = 24.0


def load(folder: Path, sizes: list[int]) -> tuple[ObjectId, list[ObjectId]]:
    """A database with one room of each size, whose messages one person has written; returns the person and the rooms."""
    with wire(load_config({"FLASK_ENV": "testing", "DATA_DIR": str(folder)})).entered() as platform:
        found = _load(sizes)
    platform.close()
    return found


def _load(sizes: list[int]) -> tuple[ObjectId, list[ObjectId]]:
    person = User(username="ada", username_key="ada", nickname="Ada", password_hash="-").insert()
    rooms = []
    for size in sizes:
        room = Room(name=f"Room of {size}", name_key=f"room of {size}", capacity=5, member_count=1, last_seq=size).insert()
        Member(room_id=room.id, user_id=person.id, nickname="Ada", nickname_key="ada").insert()
        start = now() - timedelta(days=300)
        for first in range(1, size + 1, PART):
            Message.insert_many(_message(person, room, seq, start) for seq in range(first, min(first + PART, size + 1)))
        rooms.append(room.id)
    return person.id, rooms


def _message(person: User, room: Room, seq: int, start: object) -> Message:
    body = f"Message {seq}: the greenhouse is at {seq % 40} degrees, 温室正常。"
    return Message(
        room_id=room.id, seq=seq, author_id=person.id, author_username=person.username, nickname="Ada", body=body,
        terms=index_terms(body) if seq % 100 == 0 else [], created_at=start + timedelta(seconds=seq),  # type: ignore[operator]
    )  # fmt: skip


def measure(folder: Path, person_id: ObjectId, room_id: ObjectId, format: ExportFormat) -> tuple[float, float, float]:
    """Export a room in this process: seconds, MB written, and the most memory that was the process's own, in MiB.

    Pages of the database's file, which the kernel lends and takes back, are not the process's own.
    """
    with wire(load_config({"FLASK_ENV": "testing", "DATA_DIR": str(folder)})).entered():
        return _measure(person_id, room_id, format)


def _measure(person_id: ObjectId, room_id: ObjectId, format: ExportFormat) -> tuple[float, float, float]:
    person = User.get(person_id)
    assert person is not None
    process = psutil.Process()
    started = time.perf_counter()
    size, peak = 0, 0
    for number, part in enumerate(export.of_room(room_id, person, format, locale="zh-CN", tz="Asia/Shanghai")):
        size += len(part.encode())
        if number % 10 == 0 or number < 10:
            memory = process.memory_info()
            peak = max(peak, memory.rss - getattr(memory, "shared", 0))
    return time.perf_counter() - started, size / 1e6, peak / 2**20


def bare(folder: Path, messages: int) -> float:
    """Seconds to read and decode the newest `messages` documents, with nothing made of them."""
    connection = sqlite3.connect(folder / "fieldroom.sqlite3")
    started = time.perf_counter()
    for (document,) in connection.execute("SELECT _doc FROM messages ORDER BY _rid DESC LIMIT ?", (messages,)):
        bson.decode(document)
    connection.close()
    return time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.export", description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=100_000)
    most = parser.parse_args(arguments).messages
    sizes = [max(1, most // 100), most]
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with spawning.Pool(1) as loader:
            person, rooms = loader.apply(load, (folder, sizes))
        floor = bare(folder, most)
        rows, difference = [], 0.0
        for format in FORMATS:
            peaks = []
            for size, room in zip(sizes, rooms, strict=True):
                with spawning.Pool(1) as exporter:
                    seconds, megabytes, peak = exporter.apply(measure, (folder, person, room, format))
                peaks.append(peak)
                ratio = f"{seconds / (floor * size / most):.1f}x"
                rows.append([format, f"{size:,}", f"{size / seconds:,.0f}", ratio, f"{megabytes:.1f}", f"{peak:.0f}"])
            difference = max(difference, peaks[1] - peaks[0])
    print_table(["export", "messages", "messages/s", "time of bare reading", "MB", "peak MiB"], rows)
    print(f"Memory of the larger above that of the smaller: {difference:.1f} MiB (expected: at most {MOST_DIFFERENCE_MIB:.0f})")
    return 0 if difference <= MOST_DIFFERENCE_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
