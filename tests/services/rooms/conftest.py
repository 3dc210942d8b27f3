"""Somebody besides Alice."""

import pytest

from models.accounts import User
from models.odm import Database
from tests.support.accounts import account


@pytest.fixture
def bob(db: Database) -> User:
    return account("bob")
