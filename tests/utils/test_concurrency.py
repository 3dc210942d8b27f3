"""What has no hurry leaves its turn to what has, and what cannot yield stops nobody."""

import subprocess
import sys

import pytest

from tests.support.server import ROOT

# Ten that give way between pieces of work, and one that does not: how many pieces are done between two of its turns?
PROGRAM = """
import sys
from utils import concurrency
concurrency.patch(sys.argv[1])
pieces, most = 0, 0

def background():
    global pieces
    for _ in range(100):
        concurrency.give_way()
        pieces += 1

threads = [concurrency.spawn(background, name=str(number)) for number in range(10)]
while any(thread.is_alive() for thread in threads):
    before = pieces
    concurrency.sleep(0)
    most = max(most, pieces - before)
print(pieces, most)
"""


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_a_message_waits_for_one_piece_of_background_work_and_not_for_one_of_each(mode: str) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, mode], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    pieces, most = map(int, ran.stdout.split())
    assert pieces == 1_000
    assert most <= 2


# A resolver that takes a second, as one does whose DNS server is away, and somebody who wants to run meanwhile.
RESOLVING = """
import sys
from utils import concurrency
concurrency.patch(sys.argv[1])
import socket, _socket, time
from eventlet import patcher
sleep, really = patcher.original("time").sleep, _socket.getaddrinfo

def slow(host, *rest):
    if host == "localhost" and not rest[-1] & socket.AI_NUMERICHOST:
        sleep(1)
    return really(host, *rest)

_socket.getaddrinfo = slow
assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
found, longest, last = [], 0.0, time.monotonic()
concurrency.spawn(lambda: found.append(socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)), name="resolver")
while True:
    longest, last = max(longest, time.monotonic() - last), time.monotonic()
    if found:
        break
    time.sleep(0.01)
assert any(address[4][:2] in (("127.0.0.1", 80), ("::1", 80)) for address in found[0]), found
try:
    socket.create_connection(("no-such-host.invalid", 80), timeout=20)
except socket.gaierror:
    print(longest, *[name for name in sys.modules if name.startswith("dns")])
"""


def test_a_slow_resolver_of_names_stops_nobody() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RESOLVING, "eventlet"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    longest, *resolvers = ran.stdout.split()
    assert float(longest) < 0.5
    assert resolvers == [], "eventlet's own resolver costs 14 MB"
