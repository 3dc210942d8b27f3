"""Documents with a TTL index go when their time is over and the database is swept."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.odm import Database, Document, Index, connect
from utils.clock import now


class Session(Document):
    class Settings:
        collection = "sessions"
        indexes = [Index("expires_at", ttl_seconds=0), Index("seen_at", ttl_seconds=3600), Index("labels")]

    name: str
    expires_at: datetime | None = None
    seen_at: datetime | None = None
    labels: list[str] = []


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = connect(f"sqlite:///{tmp_path / 'a.db'}", [Session])
    yield database
    database.close()


def test_only_what_has_expired_is_swept(database: Database) -> None:
    Session.insert_many(
        [
            Session(name="over", expires_at=now() - timedelta(seconds=1), labels=["a"]),
            Session(name="open", expires_at=now() + timedelta(hours=1), labels=["a"]),
            Session(name="never", labels=["a"]),
            Session(name="unseen", seen_at=now() - timedelta(hours=2), labels=["a"]),
            Session(name="seen", seen_at=now() - timedelta(minutes=50), labels=["a"]),
        ]
    )
    with database.count_queries() as counts:
        assert database.sweep_expired() == 2
    assert counts.writes == 2
    assert sorted(session.name for session in Session.find()) == ["never", "open", "seen"]
    assert Session.count({"labels": "a"}) == 3
    assert database.sweep_expired() == 0


def test_a_great_many_are_swept_in_short_steps(database: Database) -> None:
    old = now() - timedelta(days=1)
    Session.insert_many([Session(name=str(number), expires_at=old) for number in range(2500)])
    assert database.sweep_expired() == 2500
    assert Session.count() == 0
