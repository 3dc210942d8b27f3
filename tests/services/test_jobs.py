"""A job is done once, by somebody, and never stays where it is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from models.accounts import User
from models.jobs import Job
from models.odm import Database
from models.tasks import TaskStatus
from services import duties, jobs
from services.jobs import claims
from services.platform import current
from utils.clock import now
from utils.errors import Forbidden, NotFound, RateLimited, Unavailable


class Line:
    """A queue that is looked into. away: it cannot be reached."""

    def __init__(self) -> None:
        self.ids: list[ObjectId] = []
        self.away = False

    def put(self, job_id: ObjectId) -> None:
        if self.away:
            raise Unavailable()
        self.ids.append(job_id)

    def depth(self) -> int:
        if self.away:
            raise Unavailable()
        return len(self.ids)


@pytest.fixture(autouse=True)
def line(db: Database) -> Line:
    made = Line()
    current().provide(jobs.JobQueue, made)
    return made


@pytest.fixture(autouse=True)
def outcomes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the jobs of kind "test" come to, one after the other: a result, or what is raised."""
    coming: list[Any] = []

    def handler(job: Job, progress: jobs.Progress) -> Mapping[str, Any]:
        progress(0.5)
        outcome = coming.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        result: dict[str, Any] = outcome
        return result

    monkeypatch.setitem(jobs._HANDLERS, "test", handler)
    return coming


def state(job: Job) -> tuple[TaskStatus, int]:
    stored = Job.get(job.id)
    assert stored is not None
    return stored.status, stored.attempts


def age(job: Job, seconds: float) -> None:
    Job.update_one({"_id": job.id}, {"$set": {"seen_at": now() - timedelta(seconds=seconds)}})


def test_a_job_that_comes_twice_out_of_the_queue_is_done_once(alice: User, outcomes: list[Any]) -> None:
    outcomes += [{"n": 1}, {"n": 2}]
    job = jobs.submit("test", alice, {})
    for worker in ("a", "b"):
        jobs.work_on(job.id, worker)
    stored = jobs.visible(job.id, alice)
    assert (stored.status, stored.progress, stored.result, stored.worker) == ("done", 1.0, '{"n": 1}', "a")


def test_a_job_is_asked_for_while_the_queue_is_away_and_done_when_it_is_back(alice: User, line: Line, outcomes: list[Any]) -> None:
    line.away = True
    job = jobs.submit("test", alice, {})
    age(job, 60)
    with pytest.raises(Unavailable):
        jobs.recover()
    line.away = False
    jobs.recover()
    assert line.ids == [job.id]


def test_a_job_that_the_queue_lost_is_put_back_but_not_while_others_wait(alice: User, line: Line) -> None:
    job = jobs.submit("test", alice, {})
    age(job, 60)
    jobs.recover()
    assert line.ids == [job.id], "it is still in the queue"
    line.ids.clear()
    jobs.recover()
    assert line.ids == [job.id]
    line.ids.clear()
    jobs.recover()
    assert line.ids == [], "it was put back a moment ago"


def test_a_dead_workers_job_is_begun_again_and_fails_when_it_kills_them_all(alice: User, line: Line) -> None:
    job = jobs.submit("test", alice, {})
    for attempt in (1, 2, 3):
        claimed = {"status": "running", "worker": "dead", "attempts": attempt, "seen_at": now()}
        Job.update_one({"_id": job.id}, {"$set": claimed})
        jobs.recover()
        assert state(job) == ("running", attempt), "it was seen a moment ago"
        line.ids.clear()
        age(job, duties.STALE_SECONDS + 1)
        jobs.recover()
        assert line.ids == ([job.id] if attempt < 3 else [])
    stored = jobs.visible(job.id, alice)
    assert stored.status == "failed"
    assert stored.error is not None
    assert "3 times" in stored.error.message


def test_a_worker_that_was_taken_for_dead_does_not_overwrite_what_its_successor_did(alice: User, outcomes: list[Any]) -> None:
    job = jobs.submit("test", alice, {})

    def slow(_job: Job, _progress: jobs.Progress) -> Mapping[str, Any]:
        Job.update_one({"_id": job.id}, {"$set": {"status": "queued"}})
        outcomes.append({"by": "second"})
        jobs._HANDLERS["test"], mine = first, slow
        jobs.work_on(job.id, "second")
        jobs._HANDLERS["test"] = mine
        return {"by": "first"}

    first = jobs._HANDLERS["test"]
    jobs._HANDLERS["test"] = slow
    jobs.work_on(job.id, "first")
    assert jobs.visible(job.id, alice).result == '{"by": "second"}'


def test_what_is_not_to_be_had_right_now_is_tried_again_three_times_in_all(alice: User, line: Line, outcomes: list[Any]) -> None:
    outcomes += [Unavailable(), Unavailable(), Unavailable()]
    job = jobs.submit("test", alice, {})
    seen = []
    for _ in range(3):
        jobs.work_on(job.id, "a")
        seen.append(state(job))
        line.ids.clear()
        jobs.recover()
        assert line.ids == [], "not at once"
        age(job, claims.LOST_SECONDS)
        jobs.recover()
        assert line.ids == ([job.id] if len(seen) < 3 else [])
    assert seen == [("queued", 1), ("queued", 2), ("failed", 3)]


@pytest.mark.parametrize(("raised", "code"), [(Forbidden("No."), "forbidden"), (ZeroDivisionError("secret"), "unavailable")])
def test_a_failure_says_why_and_nothing_of_the_inside(alice: User, outcomes: list[Any], raised: Exception, code: str) -> None:
    outcomes.append(raised)
    job = jobs.submit("test", alice, {})
    jobs.work_on(job.id, "a")
    error = jobs.visible(job.id, alice).error
    assert error is not None
    assert error.code == code
    assert "secret" not in error.message


def test_a_server_that_ends_gives_back_what_it_did_not_finish(alice: User, line: Line) -> None:
    job = jobs.submit("test", alice, {})
    Job.update_one({"_id": job.id}, {"$set": {"status": "running", "worker": "ending", "attempts": 1}})
    line.ids.clear()
    jobs.give_back("ending")
    jobs.recover()
    assert state(job) == ("queued", 0)
    assert line.ids == [job.id]


def test_only_the_owner_and_administrators_see_a_job_and_nobody_an_expired_one(alice: User) -> None:
    job = jobs.submit("test", alice, {})
    bob = User(username="bob", username_key="bob", nickname="Bob", password_hash="-").insert()
    with pytest.raises(NotFound):
        jobs.visible(job.id, bob)
    bob.role = "admin"
    assert jobs.visible(job.id, bob).id == job.id
    Job.update_one({"_id": job.id}, {"$set": {"expires_at": now() - timedelta(seconds=1)}})
    with pytest.raises(NotFound):
        jobs.visible(job.id, alice)


def test_one_person_cannot_fill_the_queue(alice: User, outcomes: list[Any]) -> None:
    made = [jobs.submit("test", alice, {}) for _ in range(jobs.MOST_PER_PERSON)]
    with pytest.raises(RateLimited):
        jobs.submit("test", alice, {})
    outcomes.append({})
    jobs.work_on(made[0].id, "a")
    jobs.submit("test", alice, {})
