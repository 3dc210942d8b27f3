from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fieldroom_pi.config import Config, default_files, load_config, readable_by_others
from fieldroom_pi.config_file import write_config
from fieldroom_pi.errors import ConfigError

FULL = """
server = "https://example.org/fieldroom/"
token = "secret"
interval_ms = 2500
state_dir = "/var/lib/elsewhere"
ca_file = "/etc/ca.pem"

[queue]
max_readings = 2000
synchronous = "normal"

[[drivers]]
type = "host"
metrics = ["uptime"]
"""


@pytest.fixture
def load(tmp_path: Path):
    def load(text: str, **environ: str) -> Config:
        file = tmp_path / "config.toml"
        file.write_text(text)
        return load_config(file, environ)

    return load


def test_everything_in_the_file_is_read(load, tmp_path: Path) -> None:
    config = load(FULL)
    assert (config.server, config.token, config.interval_ms) == ("https://example.org/fieldroom", "secret", 2500)
    assert (config.state_dir, config.ca_file) == (Path("/var/lib/elsewhere"), "/etc/ca.pem")
    assert (config.max_readings, config.synchronous) == (2000, "normal")
    assert [(driver.type, driver.options) for driver in config.drivers] == [("host", {"metrics": ["uptime"]})]
    assert config.token_file == tmp_path / "config.toml"


def test_the_environment_comes_before_the_file(load) -> None:
    config = load(
        FULL,
        FIELDROOM_SERVER="http://127.0.0.1:5000",
        FIELDROOM_TOKEN="other",
        FIELDROOM_STATE_DIR="/tmp/state",
        FIELDROOM_INTERVAL="1000",
    )
    assert (config.server, config.token, config.interval_ms) == ("http://127.0.0.1:5000", "other", 1000)
    assert config.state_dir == Path("/tmp/state")
    assert config.token_file is None


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    environ = {"FIELDROOM_SERVER": "http://localhost:5000", "FIELDROOM_TOKEN": "t", "XDG_CONFIG_HOME": str(tmp_path)}
    config = load_config(None, {**environ, "XDG_STATE_HOME": str(tmp_path)})
    assert (config.server, config.token, config.interval_ms) == ("http://localhost:5000", "t", 10_000)
    assert (config.max_readings, config.synchronous) == (500_000, "full")
    assert [driver.type for driver in config.drivers] == ["host"]


def test_the_service_managers_credential_and_folders_are_used(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FULL.replace('state_dir = "/var/lib/elsewhere"', ""))
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "STATE_DIRECTORY": "/var/lib/fieldroom-pi"}
    config = load_config(None, environ)
    assert config.token == "secret"
    assert config.state_dir == Path("/var/lib/fieldroom-pi")
    assert len(default_files(environ)) == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("server = 5", "server"),
        ('server = "fieldroom.local"', "server"),
        ('server = "ftp://example.org"', "server"),
        ('server = "http://user:pass@example.org"', "server"),
        ('server = "http://example.org:99999"', "server"),
        ('token = "two words"', "token"),
        ('token = "schlüssel"', "token"),
        ("interval_ms = 99", "interval_ms"),
        ("interval_ms = 3600001", "interval_ms"),
        ("interval_ms = 1000.0", "interval_ms"),
        ("interval_ms = true", "interval_ms"),
        ('interval_ms = "1000"', "interval_ms"),
        ("intervall_ms = 1000", "intervall_ms"),
        ("queue = 5", "queue"),
        ("[queue]\nmax_readings = 10", "queue.max_readings"),
        ('[queue]\nsynchronous = "off"', "queue.synchronous"),
        ("[queue]\nmax = 10", "max"),
        ("drivers = 1", "drivers"),
        ('[drivers]\ntype = "host"', "drivers"),
        ('[[drivers]]\nname = "host"', "type"),
        ("server = ", "config.toml"),
        ("\x00", "config.toml"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line_that_names_it(load, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        load(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["5s", "0.5", "-100", "50", "9" * 40, "٣٠٠٠"])
def test_a_wrong_interval_in_the_environment_is_refused_by_name(load, value: str) -> None:
    with pytest.raises(ConfigError, match="FIELDROOM_INTERVAL"):
        load(FULL, FIELDROOM_INTERVAL=value)


def test_a_wrong_token_is_not_repeated_in_the_message(load) -> None:
    with pytest.raises(ConfigError) as caught:
        load('token = "my secret token"')
    assert "secret" not in str(caught.value)


def test_a_missing_file_is_an_error_when_it_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml"):
        load_config(tmp_path / "no.toml", {})


def test_what_init_writes_is_for_its_owner_alone_and_reads_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    before = os.umask(0)
    try:
        write_config(file, "http://example.org:5000", 'odd"\\token')
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not readable_by_others(file)
    config = load_config(file, {})
    assert (config.server, config.token) == ("http://example.org:5000", 'odd"\\token')
    assert list(file.parent.iterdir()) == [file]
