"""Platforms in the test's own process: as the server and the worker have them, without a socket around."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask

from app import create_app
from config import load_config
from realtime.wiring import wire
from services.platform import Platform, current
from services.rooms.known_rooms import KnownRooms
from services.rooms.newest import Newest

T = TypeVar("T")


@contextmanager
def running(data_dir: object, **environment: str) -> Iterator[Platform]:
    """A platform on what is in a folder, entered while the block runs."""
    platform = wire(load_config({"FLASK_ENV": "testing", "DATA_DIR": str(data_dir), **environment}))
    try:
        with platform.entered():
            yield platform
    finally:
        platform.close()


@contextmanager
def application(data_dir: object, **environment: str) -> Iterator[Flask]:
    """An application on what is in a folder, entered while the block runs. Rate limits are off unless asked for."""
    settings = {"FLASK_ENV": "testing", "DATA_DIR": str(data_dir), "RATELIMIT_ENABLED": "0", **environment}
    app = create_app(load_config(settings))
    platform = platform_of(app)
    try:
        with platform.entered():
            yield app
    finally:
        platform.close()


def platform_of(app: Flask) -> Platform:
    """The platform of an application."""
    platform: Platform = app.extensions["fieldroom"]
    return platform


@contextmanager
def having(kind: type[T], part: T) -> Iterator[T]:
    """The platform that the test is in has another part of that kind while the block runs."""
    platform = current()
    before = platform.part(kind)
    platform.provide(kind, part)
    try:
        yield part
    finally:
        platform.provide(kind, before)


def configure(**settings: Any) -> None:
    """Change settings of the platform that the test is in."""
    platform = current()
    platform.config = platform.config.model_copy(update=settings)


def forget_rooms() -> None:
    """Have the platform that the test is in know nothing of any room, as after a start."""
    platform = current()
    platform.provide(KnownRooms, KnownRooms())
    platform.part(Newest).forget()
