"""What whoever runs a place sees of migrations: a start that is refused, and `python -m models.migrate`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.migrations import MIGRATIONS
from models.odm import Document, Index, Migration, connect

ROOT = Path(__file__).parents[2]


class FutureRoom(Document):
    class Settings:
        collection = "rooms"
        indexes = [Index("mood")]

    mood: str | None = None


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "FLASK_ENV": "testing", "DATA_DIR": str(folder), "PORT": "0"}
    environment.pop("DATABASE_URL", None)
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fieldroom.sqlite3'}"


@pytest.mark.parametrize("program", [("app.py",), ("-m", "workers"), ("-m", "models.migrate")], ids=" ".join)
def test_a_database_of_a_newer_version_is_refused_in_one_line(tmp_path: Path, url: str, program: tuple[str, ...]) -> None:
    future = Migration("from-the-future", breaking=True)
    connect(url, [FutureRoom], migrations=[*MIGRATIONS, future]).close()
    ended = run(tmp_path, *program)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "DATABASE_URL: it was written by a newer version of the program" in line
    assert "from-the-future" in line


def test_an_operator_sees_what_is_left_and_has_it_taken_away(tmp_path: Path, url: str) -> None:
    other = connect(url, [FutureRoom])
    told = run(tmp_path, "-m", "models.migrate")
    assert told.returncode == 0, told.stderr
    assert "left over: rooms|mood_1" in told.stdout.splitlines()
    assert "also open by: base+" in told.stdout
    refused = run(tmp_path, "-m", "models.migrate", "contract", "--leftovers")
    assert refused.returncode == 2
    assert "first stop the processes of other versions" in refused.stderr
    other.close()
    done = run(tmp_path, "-m", "models.migrate", "contract", "--leftovers")
    assert done.stdout.splitlines() == [*(f"done: {each.name}" for each in MIGRATIONS if each.contract), "done: rooms|mood_1"]
    assert run(tmp_path, "-m", "models.migrate", "contract").stdout == "nothing to do\n"
    assert "left over" not in run(tmp_path, "-m", "models.migrate").stdout
