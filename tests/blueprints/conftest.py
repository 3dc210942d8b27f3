"""An application in this process, on each engine, for what needs no second process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.nx import emptied, mongodb_url
from tests.support.platforms import application


@pytest.fixture
def environment() -> dict[str, str]:
    """Settings of the application besides the usual ones; a module may say otherwise."""
    return {}


@pytest.fixture(params=["sqlite", "mongodb"])
def app(request: pytest.FixtureRequest, tmp_path: Path, environment: dict[str, str]) -> Iterator[Flask]:
    """The application on an empty database."""
    if request.param == "mongodb":
        environment = {**environment, "DATABASE_URL": request.getfixturevalue("fresh_mongodb")}
    with application(tmp_path, **environment) as app:
        yield app


@pytest.fixture(scope="session")
def mongodb_server() -> Iterator[str]:
    """A MongoDB database, to be emptied for each test."""
    with mongodb_url("fieldroom_test_http") as url:
        yield url


@pytest.fixture
def fresh_mongodb(mongodb_server: str) -> str:
    """The URL of an empty MongoDB database."""
    return emptied(mongodb_server)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that has not signed in."""
    return app.test_client()
