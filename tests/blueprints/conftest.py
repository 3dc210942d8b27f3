"""An application in this process, on each engine, for what needs no second process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import database
from app import create_app
from config import load_config
from tests.support.nx import emptied, mongodb_url


@pytest.fixture(params=["sqlite", "mongodb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database."""
    environment = {"FLASK_ENV": "testing", "DATA_DIR": str(tmp_path), "RATELIMIT_ENABLED": "0"}
    if request.param == "mongodb":
        environment["DATABASE_URL"] = request.getfixturevalue("fresh_mongodb")
    yield create_app(load_config(environment))
    database.disconnect()


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
