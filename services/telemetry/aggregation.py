"""The aggregating worker's work: from due marks to fresh rollups, newest readings and news of changed charts."""

import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from bson import ObjectId

from models.devices import Sensor
from models.readings import MINUTE_MS, RollupMark, number_of, timed_id, ts_of
from schemas.charts import ChartUpdatedEvent
from services.metrics import metrics
from services.push import push, sensor_room
from services.telemetry import discards, erasure, marks, retention
from services.telemetry.rollups import Aggregation
from utils.chunks import chunks
from utils.clock import now

# The lease that the worker of all processes' workers holds.
LEASE = "aggregator"
MARKS_PER_PASS = 50
# A chart of a sensor that sends all the time changes all the time; nobody needs to be told more often than this.
CHART_SECONDS = 2.0
# How often to look for what was kept for long enough, and how many slices of removing it to put into one pass.
RETENTION_SECONDS = 3600.0
_EXPIRY_SLICES = 20
_SENSORS = 50
_REMEMBERED = 10_000

Span = tuple[int, int]
Raw = Mapping[str, Any]


class Watcher(Protocol):
    """Looks at what has come, before it is aggregated and beside that. Raises services.telemetry.rollups.Fenced."""

    def work(self, due: Sequence[RollupMark], fence: int, *, all_due: bool) -> Iterator[None]:
        """Look at what the marks of a pass say has come; all_due: whether those are all that there are."""

    def beside(self, steps: Iterator[None], fence: int) -> Iterator[None]:
        """Do the steps, and look at what comes meanwhile."""


class _Nobody:
    def work(self, due: Sequence[RollupMark], fence: int, *, all_due: bool) -> Iterator[None]:
        return iter(())

    def beside(self, steps: Iterator[None], fence: int) -> Iterator[None]:
        return steps


class Aggregator:
    """Takes marks, a pass at a time. behind: whether more were due at the last pass than it took.

    watch: who looks at what has come. also_remove: what goes, some at each step, with the readings of a deleted sensor (given
    its number). rollup_seconds: how much time passes at least from one pass over marks to the next, where nothing has piled up; in
    between `watch` alone looks. Each such pass is a handful of writes to the disk, whatever it brings.
    """

    def __init__(
        self,
        watch: Watcher | None = None,
        also_remove: Callable[[int], Iterator[None]] | None = None,
        *,
        rollup_seconds: float = 0.0,
    ) -> None:
        self.behind = False
        self._watch: Watcher = watch or _Nobody()
        self._also_remove = also_remove
        self._rollup_seconds = rollup_seconds
        self._aggregated_at = float("-inf")
        self._expiry: Iterator[None] | None = None
        self._expired_at = float("-inf")
        self._changed: dict[int, Span] = {}
        self._told_at: OrderedDict[int, float] = OrderedDict()

    def work(self, fence: int) -> Generator[None, None, None]:
        """One pass over the marks that are due, some milliseconds' worth at each step.

        fence: of the lease under which this is done. Interrupted between two steps it leaves nothing undone: the marks go
        last, so that everything is done again. Raises services.telemetry.rollups.Fenced.
        """
        moment = time.monotonic()
        if not self.behind and moment - self._aggregated_at < self._rollup_seconds:
            yield from self._watch.work((), fence, all_due=False)
            self._tell_of_charts()
            return
        due = marks.due(MARKS_PER_PASS)
        self.behind = len(due) == MARKS_PER_PASS
        if due:
            self._aggregated_at = moment
        lag = (now() - due[0].due_at).total_seconds() if due else 0.0
        metrics().aggregation_lag.set(max(0.0, lag))
        # Before the rollups: an alert is not to wait for a backlog of them.
        yield from self._watch.work(due, fence, all_due=not self.behind)
        yield from self._watch.beside(self._aggregate(due, fence), fence)
        self._tell_of_charts()

    def _aggregate(self, due: list[RollupMark], fence: int) -> Iterator[None]:
        if due:
            aggregation = Aggregation(retention.whole(marks.minutes_of(due)), fence)
            yield from aggregation.slices()
            yield from self._update_sensors(aggregation)
            marks.remove(due)
            yield
        yield from discards.remove(self._also_remove)
        yield from self._remove_expired()

    def _remove_expired(self) -> Iterator[None]:
        """Some slices of removing what was kept for long enough: from the start every RETENTION_SECONDS."""
        moment = time.monotonic()
        if self._expiry is None and moment - self._expired_at >= RETENTION_SECONDS:
            self._expiry, self._expired_at = retention.remove(), moment
        if self._expiry is None:
            return
        left = _EXPIRY_SLICES
        for _ in islice(self._expiry, _EXPIRY_SLICES):
            left -= 1
            yield
        if left:
            self._expiry = None

    def _update_sensors(self, aggregation: Aggregation) -> Iterator[None]:
        """Write newest readings into their sensors' documents and note whose charts changed."""
        spans = _spans(aggregation.minutes)
        numbers = sorted(spans)
        for start in range(0, len(numbers), _SENSORS):
            part = numbers[start : start + _SENSORS]
            found = {row["number"]: row for row in Sensor.find_raw({"number": {"$in": part}}, projection=("number", "last"))}
            # In one commit: each is as many pages on the disk as all of them.
            Sensor.bulk_update(list(_newer(found, aggregation)))
            for number, sensor in found.items():
                _mend_newest(number, sensor["_id"], sensor.get("last"), aggregation)
                self._note_change(number, spans[number])
            # Readings that were on their way while their sensor was deleted.
            discards.order(number for number in part if number not in found)
            yield

    def _note_change(self, number: int, span: Span) -> None:
        start, end = self._changed.get(number, span)
        self._changed[number] = (min(start, span[0]), max(end, span[1]))

    def _tell_of_charts(self) -> None:
        moment = time.monotonic()
        ready = [number for number in self._changed if moment - self._told_at.get(number, -CHART_SECONDS) >= CHART_SECONDS]
        if not ready:
            return
        for some in chunks(ready):
            for row in Sensor.find_raw({"number": {"$in": some}}, projection=("number",)):
                _publish_change(row["_id"], self._changed[row["number"]])
        for number in ready:
            del self._changed[number]
            self._told_at[number] = moment
            self._told_at.move_to_end(number)
        while len(self._told_at) > _REMEMBERED:
            self._told_at.popitem(last=False)


def _spans(minutes: list[int]) -> dict[int, Span]:
    """The first and the last ms of each sensor's minutes; minutes: ids in order."""
    spans: dict[int, Span] = {}
    for id in minutes:
        start = spans.get(number_of(id), (ts_of(id), 0))[0]
        spans[number_of(id)] = (start, ts_of(id) + MINUTE_MS - 1)
    return spans


def _newer(found: Mapping[int, Raw], aggregation: Aggregation) -> Iterator[tuple[Raw, Raw]]:
    """What makes sensors' documents, by number, say which reading is the newest, where one newer than the one they know was met."""
    for number, sensor in found.items():
        newest, known = aggregation.newest.get(number), sensor.get("last")
        if newest is not None and (known is None or newest[0] > known["ts"]):
            older = {"_id": sensor["_id"], "$or": [{"last": None}, {"last.ts": {"$lt": newest[0]}}]}
            yield older, {"$set": {"last": {"ts": newest[0], "value": newest[1]}}}


def _mend_newest(number: int, sensor_id: ObjectId, known: Raw | None, aggregation: Aggregation) -> None:
    """Have a sensor's document name another newest reading, where somebody has removed the one that it names; known: that one."""
    newest = aggregation.newest.get(number)
    if known is None or (newest is not None and newest[0] > known["ts"]):
        return
    # Where it was met in its minute it is there still.
    if newest != (known["ts"], known["value"]) and aggregation.covers(timed_id(number, known["ts"])):
        erasure.renew_last(sensor_id)


def _publish_change(sensor_id: ObjectId, span: Span) -> None:
    room = sensor_room(sensor_id)
    if push().watched_among([room]):
        payload: ChartUpdatedEvent = {"sensor_id": str(sensor_id), "start": span[0], "end": span[1]}
        push().publish(room, "chart_updated", dict(payload))
