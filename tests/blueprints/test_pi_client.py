"""The Raspberry Pi client as a Pi gets it from the server."""

import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.telemetry import pi_client
from tests.support.server import Api, Server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("site")) as running:
        yield running


def about(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/devices/client")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()["client"]
    return found


def test_pip_installs_the_client_from_the_servers_address_alone(site: Server, tmp_path: Path) -> None:
    url = site.url + Api(site.url).get("/api/devices/client")["client"]["url"]
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    # Not the tests' own pip, which keeps what it fetched; nor an index: what the line needs besides is the next test's.
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        home,
        "install",
        "--no-deps",
        "--no-index",
        "--no-cache-dir",
        "--quiet",
    ]
    subprocess.run(
        [*install, f"fieldroom-pi[all] @ {url}"], check=True, cwd=tmp_path, env={**os.environ, "PIP_CONFIG_FILE": "/dev/null"}
    )
    program = home / "bin" / "fieldroom-pi"
    assert program.is_file()
    # The packages that --no-deps left out are these tests' own.
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    said = subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": packages}
    )
    assert said.stdout.strip() == f"fieldroom-pi {pi_client.wheel().version}"


def test_anyone_may_have_the_client_and_has_it_once(client: FlaskClient) -> None:
    found = about(client)
    answer = client.get(found["url"])
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (found["size"], found["sha256"])
    again = client.get(found["url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/api/devices/client/fieldroom_pi-0.0.1-py3-none-any.whl").status_code == 404


def test_the_client_says_what_it_needs(client: FlaskClient) -> None:
    with zipfile.ZipFile(io.BytesIO(client.get(about(client)["url"]).data)) as archive:
        (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    for line in (
        "Name: fieldroom-pi", "Requires-Python: >=3.9", "Requires-Dist: psutil>=5.9",
        "Requires-Dist: tomli>=2.0; python_version < '3.11'", "Provides-Extra: spi",
        "Requires-Dist: smbus2>=0.5,<1; extra == 'i2c'",
        "Requires-Dist: fieldroom-pi[i2c,spi]; extra == 'all'",
    ):  # fmt: skip
        assert line in metadata.splitlines()


def test_the_client_holds_each_of_its_modules_and_vouches_for_them() -> None:
    with zipfile.ZipFile(io.BytesIO(pi_client.wheel().content)) as archive:
        names = archive.namelist()
        (own_name,) = [name for name in names if name.endswith(".dist-info/RECORD")]
        record = {name: digest for name, digest, _ in csv.reader(archive.read(own_name).decode().splitlines())}
        modules = {file.relative_to(pi_client.SOURCE).as_posix() for file in (pi_client.SOURCE / "fieldroom_pi").rglob("*.py")}
        assert modules == {name for name in names if name.endswith(".py")}
        assert set(record) == set(names)
        for name, digest in record.items():
            expected = hashlib.sha256(archive.read(name)).digest()
            assert name == own_name or digest == "sha256=" + base64.urlsafe_b64encode(expected).rstrip(b"=").decode()


def test_the_same_sources_make_the_same_file_wherever_they_lie(tmp_path: Path) -> None:
    copied = Path(shutil.copytree(pi_client.SOURCE, tmp_path / "pi"))
    for file in copied.rglob("*.py"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    assert pi_client.build(copied) == pi_client.wheel()
    (copied / "fieldroom_pi" / "clock.py").write_text("", encoding="utf-8")
    assert pi_client.build(copied).sha256 != pi_client.wheel().sha256
