"""Alerts beside whatever else the worker does: the rules about what came are evaluated once a second, also when a pass takes long.

Normally a pass takes some milliseconds and begins with all marks. After a bulk import there may be thousands of them, and a deleted
sensor may take minutes to remove; what came in the meantime is looked at all the same, before its marks' turn comes.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from models.readings import RollupMark, number_of
from services.alerting import removal
from services.alerting.evaluation import Evaluation
from services.telemetry import marks
from services.telemetry.aggregation import Aggregator
from utils.clock import now

EVERY_SECONDS = 1.0
_MARKS = 500


class Watch:
    """Evaluates alert rules for as long as a process is the one that does."""

    def __init__(self) -> None:
        self._evaluation = Evaluation()
        self._looked_at = float("-inf")
        # Marks that were due by then were looked at.
        self._until: datetime | None = None

    def work(self, due: Sequence[RollupMark], fence: int, *, all_due: bool) -> Iterator[None]:
        """Evaluate what the marks of a pass, in the order in which they fell due, say has come.

        all_due: whether those are all that there are; else the later ones are looked at too.
        Raises services.telemetry.rollups.Fenced.
        """
        self._looked_at = time.monotonic()
        if due:
            self._until = max(self._until or due[-1].due_at, due[-1].due_at)
        elif self._until is None:
            self._until = now()
        found = list(due)
        if not all_due:
            later = marks.due(_MARKS, after=self._until)
            if later:
                self._until = later[-1].due_at
            found += later
        numbers = {number_of(id) for id in marks.minutes_of(found)}
        yield from self._evaluation.work(numbers, fence)

    def beside(self, steps: Iterator[None], fence: int) -> Iterator[None]:
        """Do the steps, and look once a second at what has come since. Raises services.telemetry.rollups.Fenced."""
        for _ in steps:
            yield
            if time.monotonic() - self._looked_at >= EVERY_SECONDS:
                yield from self.work((), fence, all_due=False)


def watched_aggregator(rollup_seconds: float = 0.0) -> Aggregator:
    """An aggregator that has alert rules evaluated beside its work, and removes what alerts deleted sensors have."""
    return Aggregator(Watch(), removal.remove, rollup_seconds=rollup_seconds)
