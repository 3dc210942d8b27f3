"""What a wrong environment is told."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import Config, ConfigError, load_config
from tests.support.server import ROOT, clean_environment
from utils import settings_file


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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fieldroom.env"


def from_file(file: Path, **environment: str) -> Config:
    return load_config({"FIELDROOM_CONFIG": str(file), "DATA_DIR": str(file.parent / "data"), **environment})


def test_a_file_sets_what_the_environment_does_not(file: Path) -> None:
    file.write_text("# a comment\n\nexport PORT=5001 # and another\nLOG_LEVEL=\nSECRET_KEY='a $HOME # \"quoted\" key'\nWORKER=0\n")
    config = from_file(file, WORKER="1")
    assert (config.port, config.log_level, config.worker) == (5001, "info", True)
    assert config.secret_key == 'a $HOME # "quoted" key', "nothing is filled in"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("PORT=5001\n\n\nPORTS=1\n", 4, "'PORTS'"),
        ("# one\nPORT\n", 2, "NAME=value"),
        ("\nPORT='5001\n", 2, "NAME=value"),
        ("=1\n", 1, "NAME=value"),
        ("PORT=5001\nHOST=::1\nPORT=5002\n", 3, ":1"),
        ("HOST=::1\nPORT=http\n", 2, "PORT: "),
        ("FLASK_ENV=prod\n", 1, "FLASK_ENV: "),
        ("FIELDROOM_CONFIG=other.env\n", 1, "'FIELDROOM_CONFIG'"),
        ("SMTP_URL=http://bob:short@localhost\n", 1, "SMTP_URL: "),
    ],
)
def test_a_wrong_line_of_the_file_is_refused_in_one_line_that_names_it(file: Path, text: str, line: int, says: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        from_file(file)
    said = str(refusal.value)
    assert said.startswith(f"{file}:{line}: ")
    assert says in said.removeprefix(f"{file}:{line}")
    assert "\n" not in said
    assert "short" not in said, "a secret is not printed"


def test_a_file_that_cannot_be_read_is_refused_by_its_name(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"^FIELDROOM_CONFIG: cannot read .*fieldroom\.env: No such file"):
        from_file(file)
    file.write_bytes(b"HOST=\xff\n")
    with pytest.raises(ConfigError, match=r"fieldroom\.env: is not UTF-8$"):
        from_file(file)


def test_the_file_that_is_made_documents_every_setting_with_its_default_and_sets_none(file: Path) -> None:
    made = {**clean_environment(), "FIELDROOM_CONFIG": str(file)}
    assert subprocess.run([sys.executable, "-m", "config"], cwd=ROOT, env=made, timeout=60).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    defaults = load_config({"DATA_DIR": str(file.parent / "data")}).model_dump()
    assert from_file(file).model_dump() == defaults, "all of it is commented out"
    for name in ("FLASK_ENV", *(name.upper() for name in Config.model_fields)):
        assert re.search(rf"^# .*[^\s]\n#{name}=", text, re.MULTILINE), name
    file.write_text(re.sub("^#([A-Z])", r"\1", text, flags=re.MULTILINE))
    assert from_file(file).model_dump() == defaults, "what it shows are the defaults"
    file.write_text("PORT=5001\n")
    assert subprocess.run([sys.executable, "-m", "config"], cwd=ROOT, env=made, timeout=60).returncode == 0
    assert file.read_text() == "PORT=5001\n", "it is never rewritten"


def test_what_has_to_be_known_before_the_rest_is_read_is_taken_from_the_file_too(file: Path) -> None:
    named = {"FIELDROOM_CONFIG": str(file)}
    assert settings_file.peek("ASYNC_MODE", named, "eventlet") == "eventlet", "no file: said later, by name"
    file.write_text("ASYNC_MODE=gevent\n")
    assert settings_file.peek("ASYNC_MODE", named, "eventlet") == "gevent"
    assert settings_file.peek("ASYNC_MODE", {**named, "ASYNC_MODE": "threading"}, "eventlet") == "threading"
    file.write_text("ASYNC_MODE\n")
    assert settings_file.peek("ASYNC_MODE", named, "eventlet") == "eventlet"


def test_a_server_runs_as_the_file_beside_it_says(tmp_path: Path) -> None:
    (tmp_path / "fieldroom.env").write_text("ASYNC_MODE=gevent\nDATA_DIR=kept\nPORT=0\nWORKER=0\n")
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT), "FLASK_ENV": "testing"}
    del environment["FIELDROOM_CONFIG"]
    server = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "app.py")], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert "ready on" in next(line for line in server.stdout if "ready" in line)
        assert (tmp_path / "kept").is_dir()
    finally:
        server.terminate()
        server.wait(20)


def test_make_run_switches_the_host_agent_on_unless_the_file_says_otherwise(file: Path) -> None:
    file.write_text("")
    assert from_file(file, FIELDROOM_DEFAULTS="HOST_AGENT=1").host_agent is True
    assert from_file(file, FIELDROOM_DEFAULTS="HOST_AGENT=1", HOST_AGENT="0").host_agent is False
    file.write_text("HOST_AGENT=0\n")
    assert from_file(file, FIELDROOM_DEFAULTS="HOST_AGENT=1").host_agent is False
    assert "FIELDROOM_DEFAULTS=HOST_AGENT=1" in (ROOT / "Makefile").read_text()


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name.upper() for name in Config.model_fields if f"`{name.upper()}`" not in readme] == []
