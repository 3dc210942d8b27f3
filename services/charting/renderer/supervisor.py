"""Draws charts in a child process that can hang, crash or grow without harm to the process that asks."""

import atexit
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import structlog

from services.charting.charts import SkeletonKey, page
from services.charting.charts.skeletons import Kind
from services.charting.renderer.errors import (
    RenderCrashed,
    RendererBusy,
    RendererNotStarted,
    RenderError,
    RenderFailed,
    RenderTimeout,
)
from services.charting.renderer.frames import Deadline
from services.charting.renderer.prepared import Prepared
from services.charting.renderer.process import ChildGone, ChildProcess

Format = Literal["svg", "png", "html"]
SCALE_LIMITS = (0.5, 4.0)

# What every chart needs once (specifications without data, the JavaScript of HTML charts) is not held to the limit of
# one chart: a Raspberry Pi takes longer for it, and would never get to draw anything.
_PREPARATION_LIMIT = 60.0
# How long the warming up stands back, each time, while somebody waits for a chart.
_STAND_BACK_SECONDS = 0.05
_CLOSE_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Renderer:
    """One child process, started when first needed, and the queue before it.

    timeout: seconds that one chart may take once it is its turn; then its process is killed and RenderTimeout raised.
    max_queue: charts that may wait besides the one being drawn; one more is refused with RendererBusy. So is one that
    has waited for queue_timeout seconds, by default twice the timeout.
    memory_limit_mb: of data that the child may allocate; beyond, it dies and the chart fails with RenderCrashed.
    recycle_mb, recycle_after: the child is replaced once it holds that much memory or has drawn that many charts.
    idle_seconds: a child that nobody asked for anything for so long is ended; the next chart waits for another one, about a second.
    font_dirs: folders of fonts besides the system's. keep_in: a folder for what is prepared once, to be there at the next start.

    For any number of threads, eventlet or gevent green threads; waiting lets the others run. Create it after
    monkey-patching. A child that died while idle is replaced unnoticed; one that died while drawing costs the chart it
    drew. The child ends when this process does.
    """

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        max_queue: int = 16,
        queue_timeout: float | None = None,
        start_timeout: float = 60.0,
        memory_limit_mb: int = 1536,
        recycle_mb: int = 400,
        recycle_after: int = 5000,
        idle_seconds: float = 300.0,
        font_dirs: Sequence[Path] = (),
        keep_in: Path | None = None,
    ) -> None:
        self._prepared = Prepared(keep_in)
        self._prepares_the_rest = keep_in is not None
        self._timeout = timeout
        self._queue_timeout = 2 * timeout if queue_timeout is None else queue_timeout
        self._start_timeout = start_timeout
        self._recycle_bytes = recycle_mb << 20
        self._recycle_after = recycle_after
        self._idle_seconds = idle_seconds
        self._used_at = 0.0
        self._watcher: threading.Thread | None = None  # set by whoever has the turn
        self._new_child: Callable[[], ChildProcess] = lambda: ChildProcess(memory_limit_mb=memory_limit_mb, font_dirs=font_dirs)
        self._max_queue = max_queue
        self._queued = 0
        self._count_lock = threading.Lock()  # guards the counters; never held while waiting
        self._turn = threading.Lock()  # held by the one whose request the child has
        self._child: ChildProcess | None = None
        self._closed = False
        self._closing = threading.Event()
        self._skeletons: dict[SkeletonKey, Mapping[str, Any]] = {}
        self._bundle: bytes | None = None
        self._counts = dict.fromkeys(("rendered", "failed", "timeouts", "crashes", "busy", "starts", "recycled"), 0)

    def render(self, spec: Mapping[str, Any] | bytes, format: Format, *, scale: float = 2.0, timeout: float | None = None) -> bytes:
        """The specification (or its JSON) drawn as "svg", "png" or "html".

        scale: pixels of a PNG per CSS pixel, 0.5 to 4. timeout: in seconds, instead of the renderer's own.

        Raises RenderFailed, RenderTimeout, RendererBusy, RenderCrashed; ValueError for an unknown format or scale.
        """
        if format not in ("svg", "png", "html"):
            raise ValueError(f"unknown format {format!r}")
        if not SCALE_LIMITS[0] <= scale <= SCALE_LIMITS[1]:
            raise ValueError(f"scale must be from {SCALE_LIMITS[0]:g} to {SCALE_LIMITS[1]:g}")
        if format == "html":
            bundle = self.bundle()
            with self._json_errors():
                result = page(json.loads(spec) if isinstance(spec, bytes) else spec, bundle)
        else:
            with self._json_errors():
                body = spec if isinstance(spec, bytes) else json.dumps(spec, allow_nan=False).encode()
            header = {"op": "draw", "format": format, "scale": scale}
            result = self._request(header, body, self._timeout if timeout is None else timeout)
        self._count("rendered")
        return result

    def skeleton(self, key: SkeletonKey) -> Mapping[str, Any]:
        """The specification without data of this kind of chart: what services.charting.charts takes as `skeletons`.

        Built in the child the first time (0.1 s, and once a second for Altair), then kept. Raises as `render` does.
        """
        found = self._skeletons.get(key)
        if found is None:
            name = f"{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.json"
            found = self._skeletons[key] = json.loads(self._prepare_once(name, {"op": "skeleton", "key": asdict(key)}))
        return found

    def bundle(self) -> bytes:
        """The JavaScript that HTML charts draw themselves with, about 900 kB: made by the child once, then kept."""
        if self._bundle is None:
            self._bundle = self._prepare_once("bundle.js", {"op": "bundle"})
        return self._bundle

    def _prepare_once(self, name: str, header: dict[str, Any]) -> bytes:
        content = self._prepared.get(name)
        if content is None:
            content = self._request(header, b"", _PREPARATION_LIMIT, patience=_PREPARATION_LIMIT)
            self._prepared.put(name, content)
            if self._prepares_the_rest:
                self._prepares_the_rest = False
                self.warm_up()
        return content

    def warm_up(self, keys: Iterable[SkeletonKey] | None = None) -> threading.Thread:
        """Have the child prepare these skeletons (by default the usual ones) and the bundle, as far as they are not there yet.

        Returns at once, with the (green) thread that does it. Charts asked for meanwhile are drawn in between. Where things are
        kept beyond the process, this is done the first time that one of them is missing: at a place's first chart.
        """
        self._prepares_the_rest = False
        wanted = usual_skeletons() if keys is None else list(keys)
        thread = threading.Thread(target=self._prepare, args=(wanted,), name="renderer-warm-up", daemon=True)
        thread.start()
        return thread

    def stats(self) -> dict[str, int | None]:
        """Counts since the start (rendered, failed, timeouts, crashes, busy, starts, recycled) and the present
        queued (waiting or being drawn), pid and resident_bytes of the child (None without one).
        """
        child = self._child
        return {
            **self._counts,
            "queued": self._queued,
            "pid": None if child is None else child.pid,
            "resident_bytes": None if child is None else child.resident_bytes,
        }

    def close(self) -> None:
        """End the child. A chart that is being drawn fails with RenderCrashed, later ones with RenderError."""
        self._closed = True
        self._closing.set()
        child = self._child
        if child is not None:
            child.kill()
        # Whoever waits for the child learns from its death; only then is its socket nobody's.
        if self._turn.acquire(timeout=_CLOSE_SECONDS):
            self._discard()
            self._turn.release()
        atexit.unregister(self.close)

    def _request(self, header: dict[str, Any], body: bytes, limit: float, patience: float | None = None) -> bytes:
        with self._own_turn(patience):
            try:
                return self._exchange(header, body, limit)
            except TimeoutError as error:
                self._discard()
                self._count("timeouts")
                _log.warning("renderer_timeout", op=header["op"], limit=limit)
                raise RenderTimeout(limit) from error
            except RenderCrashed:
                self._discard()
                self._count("crashes")
                raise
            except RenderFailed:
                self._count("failed")
                raise
            except BaseException:
                # A green thread that is killed while it waits: the answer to come would be taken for the next one's.
                self._discard()
                raise
            finally:
                self._used_at = time.monotonic()
                self._recycle()

    def _exchange(self, header: dict[str, Any], body: bytes, limit: float) -> bytes:
        try:
            return self._ready_child().exchange(header, body, limit)
        except ChildGone as gone:
            if gone.began or self._closed:
                raise self._crashed("the renderer died while drawing", gone) from gone
        # It had died before it began, so this request is not what killed it: once more, with a fresh one.
        self._discard()
        try:
            return self._ready_child().exchange(header, body, limit)
        except ChildGone as gone:
            raise self._crashed("the renderer died while drawing", gone) from gone

    def _ready_child(self) -> ChildProcess:
        if self._closed:
            raise RenderError("the renderer is closed")
        child = self._child
        if child is not None and (child.owner_pid != os.getpid() or not child.is_alive()):
            self._discard()
            child = None
        child = child or self._start()
        try:
            child.wait_ready(Deadline(self._start_timeout))
        except TimeoutError as error:
            raise RendererNotStarted(f"the renderer did not start within {self._start_timeout:g} s", None) from error
        except ChildGone as gone:
            self._log_death(gone)
            raise RendererNotStarted("the renderer could not be started", gone.exit_status) from gone
        return child

    def _start(self) -> ChildProcess:
        try:
            child = self._child = self._new_child()
        except OSError as error:  # no memory or no process to be had
            raise RendererNotStarted(f"the renderer could not be started: {error}", None) from error
        atexit.register(self.close)
        self._count("starts")
        self._used_at = time.monotonic()
        if self._watcher is None or not self._watcher.is_alive():  # a process that was forked off has none
            self._watcher = threading.Thread(target=self._end_idle, name="renderer-idle", daemon=True)
            self._watcher.start()
        return child

    def _end_idle(self) -> None:
        """Wait until nobody has asked for anything for idle_seconds, and end the child: it holds 100 MB and more."""
        rest = self._idle_seconds
        while not self._closing.wait(rest):
            rest = self._rest()
            if rest > 0:
                continue
            rest = self._idle_seconds
            if not self._turn.acquire(blocking=False):
                continue  # it draws
            try:
                if self._rest() <= 0:
                    self._discard()
                    self._watcher = None
                    return
            finally:
                self._turn.release()

    def _rest(self) -> float:
        """How many seconds the child may be idle yet."""
        return self._used_at + self._idle_seconds - time.monotonic()

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.discard()

    def _recycle(self) -> None:
        """Replace a child that has grown. The next one gets ready while nobody waits for it."""
        child = self._child
        if child is None or self._closed:
            return
        if child.resident_bytes >= self._recycle_bytes or child.answered >= self._recycle_after:
            self._replace()

    def _replace(self) -> None:
        self._discard()
        self._count("recycled")
        self._start()

    def _crashed(self, what: str, gone: ChildGone) -> RenderCrashed:
        self._log_death(gone)
        return RenderCrashed(what, gone.exit_status)

    def _log_death(self, gone: ChildGone) -> None:
        if not self._closed:  # else it was asked to
            _log.warning("renderer_died", exit_status=gone.exit_status, said=gone.last_words)

    @contextmanager
    def _json_errors(self) -> Iterator[None]:
        try:
            yield
        except (TypeError, ValueError) as error:
            self._count("failed")
            raise RenderFailed(f"the specification is not JSON: {error}") from error

    @contextmanager
    def _own_turn(self, patience: float | None = None) -> Iterator[None]:
        with self._count_lock:
            full = self._queued > self._max_queue
            self._queued += not full
            queued = self._queued
        if full or not self._acquire_turn(self._queue_timeout if patience is None else patience):
            self._count("busy")
            raise RendererBusy(queued)
        try:
            yield
        finally:
            self._turn.release()
            self._leave()

    def _acquire_turn(self, patience: float) -> bool:
        acquired = False
        try:
            acquired = self._turn.acquire(timeout=patience)
        finally:
            if not acquired:
                self._leave()
        return acquired

    def _leave(self) -> None:
        with self._count_lock:
            self._queued -= 1

    def _count(self, counter: str) -> None:
        with self._count_lock:
            self._counts[counter] += 1

    def _prepare(self, keys: Iterable[SkeletonKey]) -> None:
        try:
            for key in keys:
                while self._queued and not self._closed:
                    time.sleep(_STAND_BACK_SECONDS)
                self.skeleton(key)
            self.bundle()
            with self._own_turn():
                if self._child is not None and not self._closed:  # preparing has doubled what it holds
                    self._replace()
        except RenderError as error:
            if not self._closed:
                _log.warning("renderer_warm_up_failed", error=str(error))


def usual_skeletons() -> list[SkeletonKey]:
    """One sensor, in each theme and language: live in a browser and as a picture, raw and rolled up; then the other kinds."""
    trends = [
        SkeletonKey(
            theme=theme,
            locale=locale,
            two_axes=False,
            band=band,
            dots=False,
            legend=False,
            zoned=not interactive,
            interactive=interactive,
        )
        for interactive in (True, False)
        for theme in ("light", "dark")
        for locale in ("en", "zh-CN")
        for band in (True, False)
    ]
    kinds: tuple[Kind, ...] = ("heatmap", "distribution")
    others = [
        SkeletonKey(theme=theme, locale=locale, kind=kind, interactive=True)
        for kind in kinds
        for theme in ("light", "dark")
        for locale in ("en", "zh-CN")
    ]
    return trends + others
