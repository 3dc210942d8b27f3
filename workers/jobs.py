"""What works on the queues of background work: Huey's own consumer, as a part of a process that does other things too."""

import time
from collections.abc import Sequence

from huey.consumer import Consumer

from models.odm import OdmError
from services import duties, jobs, mail
from services.charting import chart_jobs, stored_charts  # noqa: F401 - chart_jobs says what draws charts
from services.charting.chart_files import files
from services.jobs.queue import HueyQueue
from services.mail import outbox
from utils.errors import Unavailable
from utils.logs import get_logger

log = get_logger(__name__)

_STOP_SECONDS = 2.0
_SWEEP_BEATS = 720


class _Consumer(Consumer):  # type: ignore[misc]  # Huey has no types
    """Huey's consumer without handlers of signals, which are the process's own.

    Its threads are green ones where the process is green, which needs no other worker type. Its scheduler has nothing to do: when
    something is to be tried again is in its document.
    """

    def __init__(self, queue: HueyQueue) -> None:
        super().__init__(queue.huey, workers=queue.line.workers, periodic=False, scheduler_interval=60)

    def _set_signal_handlers(self) -> None:
        return


class JobWorker:
    """Has background jobs done and mails sent in this process. owner: what names it among others."""

    def __init__(self, queues: Sequence[HueyQueue], owner: str) -> None:
        self._queues = queues
        self._owner = owner
        for queue in queues:
            queue.worker = owner
        self._consumers = [_Consumer(queue) for queue in queues]
        self._stopping = self._consumers[0].stop_flag
        self._running = False

    def run(self) -> None:
        """Begin to work, beside the caller; until `stop` is called, say every few seconds that this process is there, have
        workers that died replaced, and mend what dead processes left."""
        for queue, consumer in zip(self._queues, self._consumers, strict=True):
            duties.note(queue.line.duty, "waiting")
            consumer.start()
        self._running = True
        beats = 0
        while not self._stopping.is_set():
            self._look_after(sweeping=beats % _SWEEP_BEATS == 0)
            beats += 1
            self._stopping.wait(duties.HEARTBEAT_SECONDS)

    def _look_after(self, *, sweeping: bool) -> None:
        try:
            duties.heartbeat(self._owner)
            jobs.keep_alive(self._owner)
            mail.mails().keep_alive(self._owner)
            jobs.recover()
            mail.mails().recover()
            for consumer in self._consumers:
                consumer.check_worker_health()
            if sweeping:
                files().delete_older("jobs", jobs.KEPT_SECONDS)
                files().delete_older(stored_charts.FOLDER, stored_charts.FILE_SECONDS)
                outbox.sweep()
        except (OdmError, Unavailable, OSError) as error:
            log.error("jobs not looked after", reason=str(error))
        except Exception:
            log.exception("jobs not looked after")

    def stop(self, wait_seconds: float = _STOP_SECONDS) -> None:
        """Begin nothing more, wait a little for what is at hand, and leave it to others where it takes longer."""
        for queue, consumer in zip(self._queues, self._consumers, strict=True):
            consumer.stop_flag.set()
            queue.stop()
        if not wait_seconds:
            return
        if self._running:
            ends = time.monotonic() + wait_seconds
            for consumer in self._consumers:
                consumer.shutdown_timeout = max(0.0, ends - time.monotonic())
                consumer.stop(graceful=True)
        try:
            jobs.give_back(self._owner)
            mail.mails().give_back(self._owner)
            duties.forget(self._owner)
        except OdmError as error:
            log.warning("jobs not given back", reason=str(error))
