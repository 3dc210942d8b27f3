"""Requests enter the platform that they are meant for."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.platform import Platform

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Inside:
    """A WSGI application that runs inside `platform`, and so does what makes its answer while that is sent."""

    def __init__(self, platform: Platform, application: Application) -> None:
        self._platform = platform
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._platform.entered():
            answer = self._application(environ, start_response)
        return answer if isinstance(answer, (list, tuple)) else _Answer(self._platform, answer)


class _Answer:
    def __init__(self, platform: Platform, parts: Iterable[bytes]) -> None:
        self._platform = platform
        self._parts = parts
        self._iterator = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._platform.entered():
            return next(self._iterator)

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            with self._platform.entered():
                close()
