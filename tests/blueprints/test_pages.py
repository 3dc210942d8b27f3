"""The page's files as a browser gets them."""

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from blueprints import pages

SCRIPT = b"console.log('fieldroom');" * 100


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A built page with one script, packed in two ways."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(b"<!doctype html><title>Fieldroom</title>")
    (tmp_path / "assets" / "app.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "app.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "assets" / "app.js.br").write_bytes(b"the brotli form")
    monkeypatch.setattr(pages, "DIST", tmp_path)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_script_comes_packed_as_the_browser_takes_it(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    answer = client.get("/assets/app.js", headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    unpacked = {"br": lambda: SCRIPT, "gzip": lambda: gzip.decompress(answer.data), None: lambda: answer.data}[encoding]()
    assert unpacked == SCRIPT


@pytest.mark.usefixtures("built")
def test_a_script_that_is_there_already_is_not_sent_again(client: FlaskClient) -> None:
    packed = {"Accept-Encoding": "br"}
    tag = client.get("/assets/app.js", headers=packed).headers["ETag"]
    assert client.get("/assets/app.js", headers={**packed, "If-None-Match": tag}).status_code == 304


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/", "/rooms/0123456789abcdef01234567", "/assets/../../secret"])
def test_every_path_of_the_page_opens_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (404 if path.startswith("/assets") else 200)
    assert b"<title>Fieldroom" in answer.data or answer.status_code == 404


@pytest.mark.usefixtures("built")
def test_a_missing_script_is_not_taken_for_the_page(client: FlaskClient) -> None:
    assert client.get("/assets/old-name.js").status_code == 404
