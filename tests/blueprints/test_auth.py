"""Accounts over HTTP."""

import statistics
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.accounts import User
from tests.support.platforms import application
from tests.support.server import PASSWORD

ALICE = {"username": "alice", "password": PASSWORD}


def error(response: object) -> dict[str, object]:
    return response.get_json()["error"]  # type: ignore[attr-defined, no-any-return]


def test_the_first_account_administers_and_the_second_does_not(app: Flask) -> None:
    first = app.test_client().post("/api/auth/register", json=ALICE)
    second = app.test_client().post("/api/auth/register", json={**ALICE, "username": "bob"})
    assert (first.status_code, first.get_json()["user"]["role"]) == (201, "admin")
    assert (second.status_code, second.get_json()["user"]["role"]) == (201, "user")


def test_registering_signs_in_with_a_protected_cookie(client: FlaskClient) -> None:
    response = client.post("/api/auth/register", json={**ALICE, "email": "Alice@Example.org", "nickname": "Ally"})
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    me = client.get("/api/auth/me").get_json()["user"]
    assert (me["username"], me["nickname"], me["email"], me["email_verified"]) == ("alice", "Ally", "Alice@example.org", False)
    assert "password_hash" not in me


def test_a_name_is_taken_whatever_its_case_and_width(client: FlaskClient) -> None:
    client.post("/api/auth/register", json=ALICE)
    for name in ("ALICE", "Ａｌｉｃｅ"):
        response = client.post("/api/auth/register", json={**ALICE, "username": name})
        assert (response.status_code, error(response)["code"]) == (409, "conflict")


def test_an_email_belongs_to_one_account_and_many_accounts_have_none(client: FlaskClient) -> None:
    client.post("/api/auth/register", json={**ALICE, "email": "a@example.org"})
    User.update_one({"username_key": "alice"}, {"$set": {"email_verified": True}})
    taken = client.post("/api/auth/register", json={**ALICE, "username": "bob", "email": "A@Example.ORG"})
    assert taken.status_code == 409
    for name in ("carol", "dave"):
        assert client.post("/api/auth/register", json={**ALICE, "username": name}).status_code == 201


def test_names_of_any_script_can_register(client: FlaskClient) -> None:
    for name in ("王小明", "Ελένη", "o.neil-2"):
        response = client.post("/api/auth/register", json={**ALICE, "username": name})
        assert response.get_json()["user"]["username"] == name


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "a", "password": PASSWORD}, {"username"}),
        ({"username": "with space", "password": PASSWORD}, {"username"}),
        ({"username": "<script>", "password": PASSWORD}, {"username"}),
        ({"username": "alice\u3164", "password": PASSWORD}, {"username"}),
        ({"username": "\u115f\u115f", "password": PASSWORD}, {"username"}),
        ({**ALICE, "nickname": "\u2800"}, {"nickname"}),
        ({"username": "alice", "password": "short"}, {"password"}),
        ({"username": "alice", "password": "password123"}, {"password"}),
        ({"username": "alice", "password": "aaaaaaaaaa"}, {"password"}),
        ({**ALICE, "email": "nobody"}, {"email"}),
        ({**ALICE, "nickname": "\u202egnp.exe"}, {"nickname"}),
        ({**ALICE, "role": "admin"}, {"role"}),
        ({"username": 5, "password": True}, {"username", "password"}),
        ({"username": ["alice"], "password": {"$ne": ""}}, {"username", "password"}),
    ],
)
def test_malformed_registrations_name_their_fields(client: FlaskClient, body: dict[str, object], fields: set[str]) -> None:
    response = client.post("/api/auth/register", json=body)
    assert (response.status_code, error(response)["code"]) == (422, "validation_failed")
    assert {field.partition(".")[0] for field in error(response)["fields"]} == fields  # type: ignore[attr-defined]


def test_wrong_credentials_do_not_tell_which_of_the_two_was_wrong(client: FlaskClient) -> None:
    client.post("/api/auth/register", json=ALICE)
    wrong_password = client.post("/api/auth/login", json={**ALICE, "password": "another password"})
    wrong_name = client.post("/api/auth/login", json={**ALICE, "username": "nobody"})
    malformed = client.post("/api/auth/login", json={"username": "", "password": ""})
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert error(wrong_password) == error(wrong_name)
    assert error(wrong_name)["code"] == "invalid_credentials"
    assert (malformed.status_code, set(error(malformed)["fields"])) == (422, {"username", "password"})  # type: ignore[call-overload]


@pytest.mark.parametrize("code", ["123456", ""])
def test_a_code_of_a_second_factor_that_nobody_has_is_refused_at_its_field(client: FlaskClient, code: str) -> None:
    client.post("/api/auth/register", json=ALICE)
    client.post("/api/auth/logout")
    refused = client.post("/api/auth/login", json={**ALICE, "code": code})
    assert (refused.status_code, error(refused)["code"]) == (422, "validation_failed")
    assert set(error(refused)["fields"]) == {"code"}  # type: ignore[call-overload]
    assert client.get("/api/auth/me").status_code == 401, "nobody is signed in by it"
    assert client.post("/api/auth/login", json={**ALICE, "code": None}).status_code == 200


def test_the_time_of_a_refusal_does_not_tell_whether_an_account_exists(client: FlaskClient) -> None:
    client.post("/api/auth/register", json=ALICE)

    def seconds(name: str) -> float:
        begun = time.perf_counter()
        client.post("/api/auth/login", json={"username": name, "password": "another password"})
        return time.perf_counter() - begun

    seconds("nobody")  # the first refusal makes the hash that later ones are compared with
    pairs = [(seconds("alice"), seconds("nobody")) for _ in range(7)]
    ratio = statistics.median(known for known, _ in pairs) / statistics.median(unknown for _, unknown in pairs)
    assert 0.5 < ratio < 2.0, "without a hash for unknown names the ratio is above 10"


def test_signing_in_works_by_name_or_email_and_renews_the_session_id(client: FlaskClient) -> None:
    client.post("/api/auth/register", json={**ALICE, "email": "a@example.org"})
    before = client.get_cookie("fieldroom_session")
    assert client.post("/api/auth/login", json={"email": "a@example.org", "password": PASSWORD}).status_code == 200
    assert client.post("/api/auth/login", json={"username": "ALICE", "password": PASSWORD}).status_code == 200
    after = client.get_cookie("fieldroom_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_session_id_planted_before_signing_in_is_worth_nothing_after(app: Flask) -> None:
    victim, attacker = app.test_client(), app.test_client()
    victim.set_cookie("fieldroom_session", "planted")
    victim.post("/api/auth/register", json=ALICE)
    attacker.set_cookie("fieldroom_session", "planted")
    assert victim.get("/api/auth/me").status_code == 200
    assert attacker.get("/api/auth/me").status_code == 401


def test_signing_out_ends_the_session_on_the_server_too(client: FlaskClient) -> None:
    client.post("/api/auth/register", json=ALICE)
    cookie = client.get_cookie("fieldroom_session")
    assert cookie is not None
    assert client.post("/api/auth/logout").status_code == 204
    assert client.get("/api/auth/me").status_code == 401
    client.set_cookie("fieldroom_session", cookie.value)
    response = client.get("/api/auth/me")
    assert (response.status_code, error(response)["code"]) == (401, "authentication_required")


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(app: Flask) -> None:
    here, elsewhere = app.test_client(), app.test_client()
    here.post("/api/auth/register", json=ALICE)
    elsewhere.post("/api/auth/login", json=ALICE)
    change = {"current_password": PASSWORD, "new_password": "another good one 8"}
    wrong = here.post("/api/auth/change-password", json={**change, "current_password": "guess"})
    assert (wrong.status_code, set(error(wrong)["fields"])) == (422, {"current_password"})  # type: ignore[call-overload]
    assert here.post("/api/auth/change-password", json=change).status_code == 204
    assert here.get("/api/auth/me").status_code == 200
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert elsewhere.post("/api/auth/login", json=ALICE).status_code == 401
    assert elsewhere.post("/api/auth/login", json={**ALICE, "password": "another good one 8"}).status_code == 200


def test_passwords_are_stored_as_argon2id(client: FlaskClient) -> None:
    client.post("/api/auth/register", json=ALICE)
    user = User.find_one({"username_key": "alice"})
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    with application(tmp_path) as app:
        client = app.test_client()
        client.post("/api/auth/register", json=ALICE)
        cookie = client.get_cookie("fieldroom_session")
    assert cookie is not None
    with application(tmp_path) as app:
        restarted = app.test_client()
        restarted.set_cookie("fieldroom_session", cookie.value)
        assert restarted.get("/api/auth/me").get_json()["user"]["username"] == "alice"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({}, 201),
    ],
)
def test_what_another_sites_page_sends_is_refused(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    response = client.post("/api/auth/register", json=ALICE, headers=headers)
    assert response.status_code == status
    if status == 403:
        assert error(response)["code"] == "cross_origin"


def test_too_many_attempts_are_told_when_to_come_back(tmp_path: Path) -> None:
    with application(tmp_path, RATELIMIT_ENABLED="1") as app:
        client = app.test_client()
        answers = [client.post("/api/auth/login", json={"username": "nobody", "password": "wrong"}) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert error(answers[-1])["code"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 601
