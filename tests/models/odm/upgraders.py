"""Versions of one program in processes of their own: `python -m tests.models.odm.upgraders ROLE URL …`."""

import sys
import time
from collections.abc import Callable
from typing import Any

from models.odm import CopyField, Document, Index, Migration, RemoveField, Rewrite, connect

LEASE = {"lease_seconds": 2.0, "alive_seconds": 4.0}


class FirstPost(Document):
    """As the first version has it."""

    class Settings:
        collection = "posts"
        indexes = [Index("author")]

    author: str
    number: int
    body: str = ""
    labels: list[str] = []


class SecondPost(Document):
    """The second calls the body text, stores both meanwhile, and finds posts by number, text and label."""

    class Settings:
        collection = "posts"
        indexes = [Index("author"), Index("number"), Index("text"), Index("labels")]

    author: str
    number: int
    body: str = ""
    text: str = ""
    labels: list[str] = []


RENAME = Migration("posts-text", expand=[CopyField("posts", "body", "text")], contract=[RemoveField("posts", "body")])


def options(url: str) -> dict[str, Any]:
    """The options of `connect` that make a dead process on MongoDB known in seconds."""
    return dict(LEASE) if url.startswith("mongodb") else {}


def write(url: str, author: str) -> None:
    """The first version at work: inserts, updates and replaces posts until it is told to end."""
    database = connect(url, [FirstPost], **options(url))
    print("ready", flush=True)
    written = 0
    for line in iter(sys.stdin.readline, ""):
        if line == "stop\n":
            break
        for number in range(1_000_000 + written, 1_000_000 + written + int(line)):
            post = FirstPost(author=author, number=0, labels=["made"]).insert()
            FirstPost.update_one({"_id": post.id}, {"$set": {"number": number}})
            post.number, post.labels = number, ["made", "replaced"]
            post.replace()
        written += int(line)
        print(written, flush=True)
    database.close()


def migrate(url: str, pause: str, at: str) -> None:
    """The second version starts: numbers are raised by one, slowly, and each that is raised is told."""
    slow = float(pause)

    def change(raw: dict[str, Any]) -> dict[str, Any]:
        if raw["number"] >= 1000:
            return raw
        time.sleep(slow)
        print(raw["number"], flush=True)
        return {**raw, "number": raw["number"] + 1000}

    time.sleep(max(0.0, float(at) - time.time()))
    database = connect(url, [SecondPost], migrations=[Migration("numbers", expand=[Rewrite("posts", change)])], **options(url))
    print("open", SecondPost.count({"number": {"$gte": 1000}}), flush=True)
    database.close()


if __name__ == "__main__":
    roles: dict[str, Callable[..., None]] = {"write": write, "migrate": migrate}
    roles[sys.argv[1]](*sys.argv[2:])
