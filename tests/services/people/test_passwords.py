"""What a stored password costs whoever wants to guess it."""

from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from config import CONFIGS
from models.accounts import User
from services.people import accounts, passwords
from tests.support.platforms import running

PASSWORD = "correct horse 7"


def made_with(encoded: str) -> tuple[Type, int, int, int]:
    """The kind of a hash, its passes, its memory in KiB and its lanes."""
    parameters = extract_parameters(encoded)
    return parameters.type, parameters.time_cost, parameters.memory_cost, parameters.parallelism


@pytest.mark.parametrize("env", sorted(CONFIGS.keys() - {"testing"}))
def test_everywhere_but_in_tests_a_guess_costs_what_rfc_9106_recommends(tmp_path: Path, env: str) -> None:
    with running(tmp_path, FLASK_ENV=env, SECRET_KEY="k" * 32):
        encoded = passwords.hash_password(PASSWORD)
        assert made_with(encoded) == (Type.ID, 3, 64 * 1024, 4)
        assert passwords.verify_password(encoded, PASSWORD)
        assert not passwords.verify_password(encoded, PASSWORD + "!")
        assert not passwords.verify_password(None, PASSWORD)


def test_a_password_from_cheaper_times_still_opens_the_account_and_is_hashed_anew(tmp_path: Path) -> None:
    with running(tmp_path):
        alice = accounts.register("alice", PASSWORD)
    with running(tmp_path, FLASK_ENV="production", SECRET_KEY="k" * 32):
        accounts.authenticate("alice", PASSWORD)
        [now] = User.find({"_id": alice.id})
        assert made_with(now.password_hash) == (Type.ID, 3, 64 * 1024, 4)
        accounts.authenticate("alice", PASSWORD)
        assert User.find({"_id": alice.id})[0].password_hash == now.password_hash
