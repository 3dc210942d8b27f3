"""What a wrong environment is told."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import Config, ConfigError, load_config
from tests.support.server import ROOT, clean_environment


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"FLASK_ENV": "prod"}, "FLASK_ENV"),
        ({"PORT": "abc"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"DATABASE_URL": "postgres://x"}, "DATABASE_URL"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
        ({"ALLOWED_ORIGINS": "lab.example.org"}, "ALLOWED_ORIGINS"),
        ({"PUBLIC_URL": "lab.example.org"}, "PUBLIC_URL"),
        ({"ASYNC_MODE": "twisted"}, "ASYNC_MODE"),
        ({"WORKER": "maybe"}, "WORKER"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"FLASK_ENV": "production"}, "SECRET_KEY"),
        ({"MAIL_BACKEND": "pigeon"}, "MAIL_BACKEND"),
        ({"MAIL_BACKEND": "smtp", "MAIL_FROM": "a@example.org"}, "SMTP_URL"),
        ({"MAIL_BACKEND": "smtp", "SMTP_URL": "smtp://localhost"}, "MAIL_FROM"),
        ({"MAIL_BACKEND": "sendgrid", "MAIL_FROM": "a@example.org"}, "SENDGRID_API_KEY"),
        ({"SMTP_URL": "http://bob:short@localhost"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://bob:short@localhost:port"}, "SMTP_URL"),
        ({"MAIL_FROM": "Fieldroom"}, "MAIL_FROM"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_variable(
    tmp_path: Path, environment: dict[str, str], variable: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_config({"DATA_DIR": str(tmp_path), **environment})
    assert str(refusal.value).startswith(f"{variable}: ")
    assert "\n" not in str(refusal.value)
    assert "short" not in str(refusal.value), "a secret is not printed"


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    environment = {**clean_environment(), "DATA_DIR": str(tmp_path), "PORT": "http"}
    ended = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("fieldroom: PORT: ")
    assert "'http'" in ended.stderr


def test_a_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = load_config({"DATA_DIR": str(tmp_path / "data")})
    second = load_config({"DATA_DIR": str(tmp_path / "data")})
    assert len(first.secret_key) > 40
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_redis_carries_the_messages_too_unless_told_otherwise(tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path), "REDIS_URL": "redis://cache:6379/0"}
    assert load_config(base).message_queue_url == "redis://cache:6379/0"
    assert load_config({**base, "MESSAGE_QUEUE_URL": "amqp://queue"}).message_queue_url == "amqp://queue"
    assert load_config({"DATA_DIR": str(tmp_path)}).message_queue_url is None


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name.upper() for name in Config.model_fields if f"`{name.upper()}`" not in readme] == []
