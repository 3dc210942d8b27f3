"""What one device may send: so much at once, so much a second, so many batches at a time."""

import time
from collections.abc import Iterator

import pytest

from services.telemetry.device_limits import BURST_SECONDS, DeviceLimits, SharedDeviceLimits
from tests.support.eventually import eventually
from tests.support.redis import RedisServer
from utils import concurrency
from utils.errors import RateLimited
from utils.ids import new_id


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = 1000.0
        self.pauses: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.moment)
        monkeypatch.setattr(concurrency, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.moment += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def send(limits: DeviceLimits, device: object, readings: int) -> int | None:
    """How many seconds the device is told to wait, None where its batch is taken."""
    try:
        with limits.admit(device, readings):  # type: ignore[arg-type]
            return None
    except RateLimited as error:
        return error.retry_after


def test_what_could_not_be_sent_for_a_while_may_come_at_once_and_then_only_so_much_a_second(clock: Clock) -> None:
    limits, device = DeviceLimits(1000), new_id()
    for _ in range(BURST_SECONDS):
        assert send(limits, device, 1000) is None
    assert send(limits, device, 1000) == 1
    clock.sleep(0.5)  # half a second in the pause of the refusal, at least
    assert send(limits, device, 1000) is None


def test_whoever_comes_again_when_told_to_is_taken(clock: Clock) -> None:
    limits, device = DeviceLimits(100), new_id()
    assert send(limits, device, 5000) is None
    wait = send(limits, device, 5000)
    assert wait == 50
    clock.sleep(wait)
    assert send(limits, device, 5000) is None


def test_the_largest_batch_is_taken_however_low_the_limit(clock: Clock) -> None:
    assert send(DeviceLimits(1), new_id(), 5000) is None


def test_a_refusal_takes_a_moment_so_that_a_flood_holds_itself_up(clock: Clock) -> None:
    limits, device = DeviceLimits(1000), new_id()
    send(limits, device, 10_000)
    clock.pauses.clear()
    assert send(limits, device, 5000) == 5
    assert clock.pauses == [1.0]


def test_one_device_does_not_count_for_another(clock: Clock) -> None:
    limits, device = DeviceLimits(500), new_id()
    assert send(limits, device, 5000) is None
    assert send(limits, device, 5000) is not None
    assert send(limits, new_id(), 5000) is None


def test_an_empty_batch_counts_as_one_reading(clock: Clock) -> None:
    limits, device = DeviceLimits(500), new_id()
    assert [send(limits, device, 0) for _ in range(5000)] == [None] * 5000
    assert send(limits, device, 0) is not None


def test_a_device_has_so_many_batches_under_way(clock: Clock) -> None:
    limits, device = DeviceLimits(0, 2), new_id()
    with limits.admit(device, 1):
        with limits.admit(device, 1):
            assert send(limits, device, 1) == 1
            assert send(limits, new_id(), 1) is None
        assert send(limits, device, 1) is None
    with pytest.raises(ZeroDivisionError), limits.admit(device, 1):
        raise ZeroDivisionError
    assert send(limits, device, 1) is None


def test_without_limits_everything_is_taken(clock: Clock) -> None:
    limits, device = DeviceLimits(), new_id()
    assert [send(limits, device, 5000) for _ in range(100)] == [None] * 100
    assert clock.pauses == []


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


def test_processes_that_share_a_redis_take_no_more_of_a_device_together_than_one_would(redis: RedisServer) -> None:
    one, two = SharedDeviceLimits(redis.url, 1000), SharedDeviceLimits(redis.url, 1000)
    device = new_id()
    assert [send(limits, device, 5000) for limits in (one, two)] == [None, None]
    refused = [send(limits, device, 5000) for limits in (one, two)]
    assert all(wait is not None and 3 <= wait <= 5 for wait in refused), refused
    assert send(two, new_id(), 5000) is None
    assert send(one, device, 500) is None, "half a second's worth has come back in the pauses of the refusals"


def test_a_device_has_so_many_batches_under_way_on_all_processes_together(redis: RedisServer) -> None:
    one, two = SharedDeviceLimits(redis.url, 0, 2), SharedDeviceLimits(redis.url, 0, 2)
    device = new_id()
    with one.admit(device, 1):
        with two.admit(device, 1):
            assert [send(limits, device, 1) for limits in (one, two)] == [1, 1]
            assert send(two, new_id(), 1) is None
        assert send(one, device, 1) is None
    with pytest.raises(ZeroDivisionError), two.admit(device, 1):
        raise ZeroDivisionError
    with one.admit(device, 1):
        assert send(two, device, 1) is None


def test_the_place_of_a_batch_whose_process_died_is_given_back(redis: RedisServer) -> None:
    dying, other = (SharedDeviceLimits(redis.url, 0, 1, slot_seconds=0.5) for _ in range(2))
    device = new_id()
    under_way = dying.admit(device, 1)
    under_way.__enter__()
    began = time.monotonic()
    assert send(other, device, 1) == 1
    eventually(lambda: send(other, device, 1) is None, within=5)
    assert time.monotonic() - began >= 0.4


def test_while_redis_is_away_devices_go_on_under_the_limits_of_each_process() -> None:
    server = RedisServer()
    server.start()
    limits, device = SharedDeviceLimits(server.url, 1000, 2), new_id()
    assert send(limits, device, 5000) is None
    server.stop()
    assert send(limits, device, 10_000) is None, "this process has not counted anything of it yet"
    assert send(limits, device, 5000) is not None
