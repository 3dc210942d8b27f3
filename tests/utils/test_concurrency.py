"""What has no hurry leaves its turn to what has."""

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
