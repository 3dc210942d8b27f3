"""How much one device may send: readings a second, and batches at a time.

A device that floods (a script in a loop, a clock that runs wild) would otherwise take the time of all other devices, and of the
people's chat. What is refused is not lost: the refusal says when to come again, and a client keeps what was not acknowledged.
Of several processes that share a Redis each counts there, so that what a device may send does not grow with their number: it may
have a connection to each, and send over HTTP besides.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bson import ObjectId
from redis.exceptions import RedisError

from services.platform import current
from utils import concurrency, redis_client
from utils.errors import RateLimited
from utils.ids import new_id
from utils.logs import get_logger

log = get_logger(__name__)

BURST_SECONDS = 10
_LARGEST_BATCH = 5_000
# A refusal comes this late at most. Meanwhile nothing is read from the connection, so that whoever sends on and on, whatever
# the answers, is held up by its own socket and costs the others nothing.
_LONGEST_PAUSE = 1.0
_REMEMBERED = 20_000
# How long a batch is under way at most: then its place is given back, for the process that stored it may have died.
SLOT_SECONDS = 60.0
# While Redis is away it is asked so often, not for each batch.
_ASK_AGAIN_SECONDS = 5.0
_KEY = "fieldroom:device:"


@dataclass(slots=True)
class _Bucket:
    """Tokens of one device, one for each reading that it may send, as of a moment (time.monotonic); its batches under way."""

    tokens: float
    moment: float
    in_flight: int = 0


class DeviceLimits:
    """Token buckets, by device.

    readings_per_second: how fast a bucket fills; it holds BURST_SECONDS' worth, for what a device could not send for a while,
    and at least one batch. 0: no limit. in_flight: batches of one device under way at a time; 0: no limit.
    """

    def __init__(self, readings_per_second: float = 0, in_flight: int = 0) -> None:
        self._rate = readings_per_second
        self._capacity = max(readings_per_second * BURST_SECONDS, _LARGEST_BATCH)
        self._in_flight = in_flight
        self._buckets: OrderedDict[ObjectId, _Bucket] = OrderedDict()

    @contextmanager
    def admit(self, device_id: ObjectId, readings: int) -> Iterator[None]:
        """Count a batch of that many readings, which is under way during the block. Raises RateLimited, after a pause."""
        if not self._rate and not self._in_flight:
            yield
            return
        bucket = self._bucket(device_id)
        _refuse_for(self._take(bucket, max(1, readings)))
        bucket.in_flight += 1
        try:
            yield
        finally:
            bucket.in_flight -= 1

    def _take(self, bucket: _Bucket, readings: int) -> float:
        """Take a token for each reading; where there are not enough: none, and how many seconds it takes until there are."""
        moment = time.monotonic()
        if self._in_flight and bucket.in_flight >= self._in_flight:
            return 1.0
        if not self._rate:
            return 0.0
        bucket.tokens = min(self._capacity, bucket.tokens + (moment - bucket.moment) * self._rate)
        bucket.moment = moment
        # What is larger than the bucket goes when it is full, and is paid off afterwards.
        missing = min(readings, self._capacity) - bucket.tokens
        if missing > 0:
            return missing / self._rate
        bucket.tokens -= readings
        return 0.0

    def _bucket(self, device_id: ObjectId) -> _Bucket:
        bucket = self._buckets.get(device_id)
        if bucket is None:
            bucket = self._buckets[device_id] = _Bucket(self._capacity, time.monotonic())
            if len(self._buckets) > _REMEMBERED:
                self._forget()
        self._buckets.move_to_end(device_id)
        return bucket

    def _forget(self) -> None:
        """Drop the bucket that was not used for longest; one with a batch under way is in use."""
        oldest = next((id for id, bucket in self._buckets.items() if not bucket.in_flight), None)
        if oldest is not None:
            del self._buckets[oldest]


# A bucket, by the clock of Redis, and the batches under way with the time at which each is given up. Gives the seconds to wait.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rate, capacity, in_flight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local readings, slot, slot_ms = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
if in_flight > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= in_flight then return '1' end
end
if rate > 0 then
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'moment')
  local tokens = capacity
  if bucket[1] then tokens = math.min(capacity, bucket[1] + (now - bucket[2]) * rate / 1000) end
  local missing = math.min(readings, capacity) - tokens
  if missing > 0 then return tostring(missing / rate) end
  tokens = tokens - readings
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'moment', now)
  redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - tokens) / rate * 1000) + 1000)
end
if in_flight > 0 then
  redis.call('ZADD', KEYS[2], now + slot_ms, slot)
  redis.call('PEXPIRE', KEYS[2], slot_ms)
end
return '0'
"""


class SharedDeviceLimits(DeviceLimits):
    """The same buckets in the Redis at `url`, for all processes together; while Redis is away, each process has its own.

    slot_seconds: how long a batch counts as under way at most.
    """

    def __init__(self, url: str, readings_per_second: float = 0, in_flight: int = 0, slot_seconds: float = SLOT_SECONDS) -> None:
        super().__init__(readings_per_second, in_flight)
        self._redis = redis_client.client(url)
        self._script = self._redis.register_script(_TAKE)
        self._slot_ms = int(slot_seconds * 1000)
        self._ask_at = float("-inf")

    @contextmanager
    def admit(self, device_id: ObjectId, readings: int) -> Iterator[None]:
        slot = str(new_id())
        wait = self._take_shared(device_id, max(1, readings), slot)
        if wait is None:
            with super().admit(device_id, readings):
                yield
            return
        _refuse_for(wait)
        try:
            yield
        finally:
            self._give_back(device_id, slot)

    def _take_shared(self, device_id: ObjectId, readings: int, slot: str) -> float | None:
        """As `_take`; None where Redis cannot be asked, or there is no limit to ask about."""
        if not (self._rate or self._in_flight) or time.monotonic() < self._ask_at:
            return None
        arguments: list[float | str] = [self._rate, self._capacity, self._in_flight, readings, slot, self._slot_ms]
        try:
            return float(self._script(keys=self._keys(device_id), args=arguments))
        except (RedisError, OSError) as error:
            self._ask_at = time.monotonic() + _ASK_AGAIN_SECONDS
            log.error("device limits hold for each process by itself", reason=str(error))
            return None

    def _give_back(self, device_id: ObjectId, slot: str) -> None:
        if self._in_flight:
            with suppress(RedisError, OSError):  # it is given up by itself
                self._redis.zrem(self._keys(device_id)[1], slot)

    @staticmethod
    def _keys(device_id: ObjectId) -> list[str]:
        return [f"{_KEY}{device_id}:tokens", f"{_KEY}{device_id}:batches"]


def _refuse_for(wait: float) -> None:
    """Raise RateLimited, after a pause, where there are seconds to wait."""
    if wait:
        concurrency.sleep(min(wait, _LONGEST_PAUSE))
        raise RateLimited(math.ceil(wait), "This device sends too much. Keep the readings and send them later.")


class ConfiguredLimits:
    """What devices may send where this runs: counted in Redis where there is one, for all processes together."""

    def __init__(self) -> None:
        config = current().config
        allowed = (config.device_readings_per_second, config.device_batches_in_flight) if config.ratelimit_enabled else (0, 0)
        self.limits = DeviceLimits(*allowed) if config.redis_url is None else SharedDeviceLimits(config.redis_url, *allowed)


def limits() -> DeviceLimits:
    """What devices of this process may send."""
    return current().part(ConfiguredLimits).limits
