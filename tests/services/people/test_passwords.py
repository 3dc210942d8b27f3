"""What a stored password costs whoever wants to guess it."""

from collections.abc import Iterator

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from config import CONFIGS
from models.accounts import User
from services.people import accounts, passwords

PASSWORD = "correct horse 7"


@pytest.fixture(autouse=True)
def as_configured_again() -> Iterator[None]:
    yield
    passwords.configure(CONFIGS["testing"].password_cost)


def made_with(encoded: str) -> tuple[Type, int, int, int]:
    """The kind of a hash, its passes, its memory in KiB and its lanes."""
    parameters = extract_parameters(encoded)
    return parameters.type, parameters.time_cost, parameters.memory_cost, parameters.parallelism


@pytest.mark.parametrize("env", sorted(CONFIGS.keys() - {"testing"}))
def test_everywhere_but_in_tests_a_guess_costs_what_rfc_9106_recommends(env: str) -> None:
    passwords.configure(CONFIGS[env].password_cost)
    encoded = passwords.hash_password(PASSWORD)
    assert made_with(encoded) == (Type.ID, 3, 64 * 1024, 4)
    assert passwords.verify_password(encoded, PASSWORD)
    assert not passwords.verify_password(encoded, PASSWORD + "!")
    assert not passwords.verify_password(None, PASSWORD)


@pytest.mark.usefixtures("db")
def test_a_password_from_cheaper_times_still_opens_the_account_and_is_hashed_anew() -> None:
    alice = accounts.register("alice", PASSWORD)
    passwords.configure(CONFIGS["production"].password_cost)
    accounts.authenticate("alice", PASSWORD)
    [now] = User.find({"_id": alice.id})
    assert made_with(now.password_hash) == (Type.ID, 3, 64 * 1024, 4)
    accounts.authenticate("alice", PASSWORD)
    assert User.find({"_id": alice.id})[0].password_hash == now.password_hash
