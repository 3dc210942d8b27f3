"""Who is at the other end of an open connection: the person as they are now, without asking the database each time."""

import ast
from pathlib import Path

import pytest

from models.accounts import User
from models.odm import Database
from realtime.connections import Person
from services import own_account
from services.changes import Changes
from services.known import Known
from services.people import accounts, known_people
from services.platform import current
from tests.support.accounts import account
from tests.support.realtime import Recorder
from utils.errors import AuthenticationRequired

pytestmark = pytest.mark.usefixtures("db")
ROOT = Path(__file__).resolve().parents[3]


def test_an_open_connection_acts_under_the_new_name_in_the_new_language_and_role_at_once() -> None:
    person = Person("1", account("alice").id, 0)
    assert (person.user.nickname, person.user.locale, person.user.role) == ("alice", None, "user")
    own_account.update_profile(person.user, {"nickname": "Alice B.", "locale": "zh-CN"})
    known_people.update(person.user_id, {"$set": {"role": "moderator"}})
    assert (person.user.nickname, person.user.locale, person.user.role) == ("Alice B.", "zh-CN", "moderator")


def test_the_events_of_an_open_connection_read_nobody_from_the_database(db: Database) -> None:
    person = Person("1", account("alice").id, 0)
    assert person.user.username == "alice"
    with db.count_queries() as counts:
        for _ in range(100):
            assert person.user.username == "alice"
    assert (counts.reads, counts.writes) == (0, 0)


def test_a_change_on_another_process_is_heard() -> None:
    person = Person("1", account("alice").id, 0)
    assert person.user.role == "user"
    User.update_one({"_id": person.user_id}, {"$set": {"role": "admin"}})  # as that process stores it
    assert person.user.role == "user"
    current().part(Changes).heard("user", [str(person.user_id)])
    assert person.user.role == "admin"


def test_a_process_that_could_not_listen_believes_nothing_from_before() -> None:
    person = Person("1", account("alice").id, 0)
    assert person.user.role == "user"
    User.update_one({"_id": person.user_id}, {"$set": {"role": "admin"}})
    current().part(Changes).missed()
    assert person.user.role == "admin"


def test_a_change_that_comes_while_somebody_is_read_is_not_covered_by_what_was_read() -> None:
    alice = account("alice")
    reads: list[User] = []

    def read(user_id: object) -> User | None:
        found = User.get(user_id)
        assert found is not None
        reads.append(found)
        if len(reads) == 1:
            known_people.update(alice.id, {"$set": {"nickname": "new"}})
        return found

    known = Known("user", read)
    known.get(alice.id)
    again = known.get(alice.id)
    assert again is not None
    assert again.nickname == "new"


def test_what_was_not_heard_of_is_seen_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = account("alice")
    known = Known("user", lambda user_id: User.get(user_id), seconds=0.0)
    known.get(alice.id)
    User.update_one({"_id": alice.id}, {"$set": {"nickname": "new"}})
    found = known.get(alice.id)
    assert found is not None
    assert found.nickname == "new"


def test_a_connection_whose_session_is_over_may_do_nothing_more(told: Recorder) -> None:
    alice = account("alice")
    person = Person("1", alice.id, 0)
    assert person.user.id == alice.id
    accounts.set_password(alice.id, "a new password 7")
    with pytest.raises(AuthenticationRequired):
        _ = person.user
    assert Person("2", alice.id, 1).user.id == alice.id


def test_a_session_that_is_younger_than_what_is_remembered_counts() -> None:
    alice = account("alice")
    assert Person("1", alice.id, 0).user.id == alice.id
    User.update_one({"_id": alice.id}, {"$inc": {"session_epoch": 1}})
    assert Person("2", alice.id, 1).user.id == alice.id


def test_nobody_changes_an_account_without_telling() -> None:
    """All writes to accounts are in services.people.known_people, which tells of them."""
    one = {"update_one", "find_one_and_update", "find_one_and_delete", "delete_one"}
    writes = one | {"update_many", "delete_many", "bulk_upsert", "bulk_update"}
    found = set()
    for folder in ("blueprints", "realtime", "services", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in writes and getattr(node.value, "id", "") == "User":
                    found.add(path.name)
    assert found == {"known_people.py"}
