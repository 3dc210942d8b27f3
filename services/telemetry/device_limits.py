"""How much one device may send: readings a second, and batches at a time.

A device that floods (a script in a loop, a clock that runs wild) would otherwise take the time of all other devices, and of the
people's chat. What is refused is not lost: the refusal says when to come again, and a client keeps what was not acknowledged.
Each process counts for itself, as a device is connected to one.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bson import ObjectId

from services.platform import current
from utils import concurrency
from utils.errors import RateLimited

BURST_SECONDS = 10
_LARGEST_BATCH = 5_000
# A refusal comes this late at most. Meanwhile nothing is read from the connection, so that whoever sends on and on, whatever
# the answers, is held up by its own socket and costs the others nothing.
_LONGEST_PAUSE = 1.0
_REMEMBERED = 20_000


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
        wait = self._take(bucket, max(1, readings))
        if wait:
            concurrency.sleep(min(wait, _LONGEST_PAUSE))
            raise RateLimited(math.ceil(wait), "This device sends too much. Keep the readings and send them later.")
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


class ConfiguredLimits(DeviceLimits):
    """What devices may send where this runs."""

    def __init__(self) -> None:
        config = current().config
        if config.ratelimit_enabled:
            super().__init__(config.device_readings_per_second, config.device_batches_in_flight)
        else:
            super().__init__()


def limits() -> DeviceLimits:
    """What devices of this process may send."""
    return current().part(ConfiguredLimits)
