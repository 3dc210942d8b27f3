"""What the tests of concurrency run in processes of their own: `python -m tests.models.odm.writers ROLE URL …`."""

import sys
import time
from collections.abc import Callable

from models.odm import Document, Index, connect
from tests.support.threads import context_thread

PLAIN, EVENTLET, GEVENT = "plain", "eventlet", "gevent"


class Entry(Document):
    class Settings:
        collection = "entries"
        indexes = [Index("writer", "number", unique=True), Index("tags")]

    writer: str
    number: int
    tags: list[str] = []


class Tally(Document):
    class Settings:
        collection = "tallies"

    id: str  # type: ignore[assignment]
    value: int = 0


def count(url: str, writer: str, rounds: str) -> None:
    """Raises a common counter and inserts an entry, `rounds` times."""
    connect(url, [Entry, Tally])
    for number in range(int(rounds)):
        Tally.find_one_and_update({"_id": "all"}, {"$inc": {"value": 1}}, upsert=True)
        Entry(writer=writer, number=number, tags=["a", writer]).insert()


def stream(url: str, writer: str) -> None:
    """Inserts entries until it is killed; prints the number of each once it is acknowledged."""
    connect(url, [Entry, Tally])
    number = 0
    while True:
        Entry(writer=writer, number=number, tags=["a"]).insert()
        print(number, flush=True)
        number += 1


def hold(url: str, seconds: str) -> None:
    """Keeps a write transaction open for a while; prints a line once it has it."""
    database = connect(url, [Entry, Tally])
    with database.engine._pool.transaction():  # type: ignore[attr-defined]
        print("held", flush=True)
        time.sleep(float(seconds))


def green(url: str, mode: str) -> None:
    """Patches first, as the server does, and then has green threads write at once, while another process holds the file.

    Prints how often a green thread that only ticks every 5 ms came to its turn, and the counter.
    """
    if mode == EVENTLET:
        import eventlet

        eventlet.monkey_patch()
    else:
        from gevent import monkey

        monkey.patch_all()
    import subprocess

    database = connect(url, [Entry, Tally])
    holder = subprocess.Popen([sys.executable, "-m", "tests.models.odm.writers", "hold", url, "0.5"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    ticks = 0
    done = False

    def tick() -> None:
        nonlocal ticks
        while not done:
            ticks += 1
            time.sleep(0.005)

    def write(writer: str) -> None:
        for number in range(20):
            Tally.find_one_and_update({"_id": "all"}, {"$inc": {"value": 1}}, upsert=True)
            Entry(writer=writer, number=number, tags=["x"]).insert()
            time.sleep(0)
            assert Entry.count({"writer": writer, "tags": "x"}) == number + 1
            # No index: decodes and matches in batches, between which others run.
            assert sum(1 for _ in Entry.stream({"writer": writer}, sort=[("tags", 1)])) == number + 1

    ticker = context_thread(target=tick)
    ticker.start()
    writers = [context_thread(target=write, args=(f"w{n}",)) for n in range(5)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done = True
    ticker.join()
    holder.wait()
    tally = Tally.get("all")
    print(ticks, tally.value if tally else None, Entry.count(), flush=True)
    database.close()


if __name__ == "__main__":
    roles: dict[str, Callable[..., None]] = {"count": count, "stream": stream, "hold": hold, "green": green}
    roles[sys.argv[1]](*sys.argv[2:])
