"""E-mail addresses, and passwords that were forgotten: what is mailed, and what the links in the mails do."""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.accounts import User
from models.mailed_links import MailedLink
from services.jobs.queue import Queues
from tests.support.eventually import eventually
from tests.support.inbox import Inbox, smtp_server
from tests.support.platforms import application, platform_of
from tests.support.server import PASSWORD
from tests.support.threads import context_thread
from utils.clock import now
from workers.jobs import JobWorker

ALICE = {"username": "alice", "password": PASSWORD, "email": "alice@example.org"}
BOB = {"username": "bob", "password": PASSWORD, "email": "bob@example.org"}
NEW = "another good one 8"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Where mails go, by SMTP."""
    kept = Inbox()
    with smtp_server(kept):
        yield kept


@pytest.fixture
def environment(inbox: Inbox) -> dict[str, str]:
    """Settings of the application besides the usual ones."""
    return {"MAIL_BACKEND": "smtp", "SMTP_URL": f"smtp://{inbox.address}", "MAIL_FROM": "Fieldroom <fieldroom@example.org>"}


@pytest.fixture(autouse=True)
def sent(request: pytest.FixtureRequest, inbox: Inbox) -> Iterator[None]:
    """Mails are sent, in a process that does background work."""
    if not {"app", "limited"}.intersection(request.fixturenames):
        yield
        return
    app: Flask = request.getfixturevalue("limited" if "limited" in request.fixturenames else "app")
    worker = JobWorker(platform_of(app).part(Queues), "test")
    thread = context_thread(worker.run)
    thread.start()
    yield
    worker.stop()
    thread.join(10)


@pytest.fixture
def alice(app: Flask, inbox: Inbox) -> FlaskClient:
    """A browser in which alice has just registered; the first mail is on its way."""
    client = app.test_client()
    assert client.post("/api/auth/register", json=ALICE).status_code == 201
    return client


def me(client: FlaskClient) -> dict[str, object]:
    user: dict[str, object] = client.get("/api/auth/me").get_json()["user"]
    return user


def fields(response: object) -> set[str]:
    assert response.status_code == 422, response.get_data(as_text=True)  # type: ignore[attr-defined]
    return set(response.get_json()["error"]["fields"])  # type: ignore[attr-defined]


def token_of(link: str) -> str:
    [token] = parse_qs(urlsplit(link).query)["token"]
    return token


def verify(client: FlaskClient, link: str) -> int:
    return client.post("/api/auth/verify-email", json={"token": token_of(link)}).status_code


def test_the_link_of_a_registration_verifies_its_address_without_a_session_and_once_more(
    app: Flask, alice: FlaskClient, inbox: Inbox
) -> None:
    link = inbox.link("/verify-email", 1)
    assert inbox.mails[0]["To"] == ALICE["email"]
    assert link.startswith("http://127.0.0.1:5000/verify-email?token=")
    assert me(alice)["email_verified"] is False
    assert verify(app.test_client(), link) == 204
    assert me(alice)["email_verified"] is True
    assert verify(alice, link) == 204, "whoever opens the mail again is not told of an error"


def test_no_header_of_a_request_decides_where_a_mail_leads_to(app: Flask, inbox: Inbox) -> None:
    app.test_client().post("/api/auth/register", json=ALICE, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil" not in inbox.link("/verify-email", 1)


def test_the_database_holds_no_token(alice: FlaskClient, inbox: Inbox) -> None:
    token = token_of(inbox.link("/verify-email", 1))
    [link] = MailedLink.find()
    assert len(token) == 43
    assert token not in str(link.model_dump())


def test_a_link_is_mailed_again_until_the_address_is_verified(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    assert alice.post("/api/auth/verify-email", json={}).status_code == 204
    assert verify(alice, inbox.link("/verify-email", 2)) == 204
    assert alice.post("/api/auth/verify-email").status_code == 204
    assert app.test_client().post("/api/auth/verify-email", json={}).status_code == 401
    bob = app.test_client()
    bob.post("/api/auth/register", json={**BOB, "email": None})
    assert fields(bob.post("/api/auth/verify-email", json={})) == {"email"}
    assert len(inbox.mails) == 2, "a verified address gets none, and none goes nowhere"


@pytest.mark.parametrize("token", ["", "x" * 201, "x" * 43, "\u0000", 5])
def test_a_token_that_nobody_was_given_is_refused(client: FlaskClient, token: object) -> None:
    assert fields(client.post("/api/auth/verify-email", json={"token": token})) == {"token"}
    assert fields(client.post("/api/auth/reset-password", json={"token": token, "password": NEW})) == {"token"}


def test_a_link_works_for_what_it_was_made_for_and_until_it_expires(alice: FlaskClient, inbox: Inbox) -> None:
    confirming = token_of(inbox.link("/verify-email", 1))
    assert fields(alice.post("/api/auth/reset-password", json={"token": confirming, "password": NEW})) == {"token"}
    alice.post("/api/auth/forgot-password", json={"email": ALICE["email"]})
    setting = token_of(inbox.link("/reset-password", 2))
    assert fields(alice.post("/api/auth/verify-email", json={"token": setting})) == {"token"}
    lifetimes = {link.purpose: link.expires_at - link.created_at for link in MailedLink.find()}
    assert abs(lifetimes["reset_password"] - timedelta(hours=1)) < timedelta(seconds=10)
    assert abs(lifetimes["verify_email"] - timedelta(days=1)) < timedelta(seconds=10)
    MailedLink.update_many({}, {"$set": {"expires_at": now() - timedelta(seconds=1)}})
    assert fields(alice.post("/api/auth/verify-email", json={"token": confirming})) == {"token"}
    assert fields(alice.post("/api/auth/reset-password", json={"token": setting, "password": NEW})) == {"token"}


def test_an_address_is_set_changed_and_removed_with_the_current_password(app: Flask, inbox: Inbox) -> None:
    client = app.test_client()
    client.post("/api/auth/register", json={"username": "carol", "password": PASSWORD})
    assert fields(client.patch("/api/users/me", json={"email": "carol@example.org"})) == {"password"}
    assert fields(client.patch("/api/users/me", json={"email": "carol@example.org", "password": "guessed"})) == {"password"}
    assert fields(client.patch("/api/users/me", json={"email": "carol", "password": PASSWORD})) == {"email"}
    assert me(client)["email"] is None
    given = client.patch("/api/users/me", json={"email": "carol@example.org", "password": PASSWORD, "nickname": "Caro"})
    assert [given.get_json()["user"][name] for name in ("email", "email_verified", "nickname")] == [
        "carol@example.org",
        False,
        "Caro",
    ]
    first = inbox.link("/verify-email", 1)
    assert verify(client, first) == 204
    changed = client.patch("/api/users/me", json={"email": "c@example.org", "password": PASSWORD})
    assert changed.get_json()["user"]["email_verified"] is False
    second = inbox.link("/verify-email", 2)
    assert inbox.mails[1]["To"] == "c@example.org"
    assert fields(client.post("/api/auth/verify-email", json={"token": token_of(first)})) == {"token"}, "of the address before"
    assert verify(client, second) == 204
    removed = client.patch("/api/users/me", json={"email": None, "password": PASSWORD}).get_json()["user"]
    assert (removed["email"], removed["email_verified"]) == (None, False)
    assert client.post("/api/auth/login", json={"email": "c@example.org", "password": PASSWORD}).status_code == 401


def test_what_is_no_address_change_needs_no_password_and_leaves_the_address(alice: FlaskClient, inbox: Inbox) -> None:
    verify(alice, inbox.link("/verify-email", 1))
    alice.patch("/api/users/me", json={"nickname": "Al"})
    alice.patch("/api/users/me", json={"email": ALICE["email"], "password": PASSWORD})
    assert (me(alice)["email"], me(alice)["email_verified"]) == (ALICE["email"], True)


def test_an_address_that_somebody_verified_is_refused_to_others(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    verify(alice, inbox.link("/verify-email", 1))
    client = app.test_client()
    assert client.post("/api/auth/register", json={**BOB, "email": "ALICE@example.org"}).status_code == 409
    client.post("/api/auth/register", json=BOB)
    refused = client.patch("/api/users/me", json={"email": "Alice@Example.org", "password": PASSWORD})
    assert refused.status_code == 409
    assert "alice" not in refused.get_data(as_text=True).lower()
    assert me(client)["email"] == BOB["email"]


def test_a_claim_does_not_keep_the_owner_of_an_address_from_verifying_it(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    owner = app.test_client()
    assert owner.post("/api/auth/register", json={**BOB, "email": ALICE["email"]}).status_code == 201
    of_the_claim, of_the_owner = inbox.link("/verify-email", 1), inbox.link("/verify-email", 2)
    login = {"email": ALICE["email"], "password": PASSWORD}
    assert app.test_client().post("/api/auth/login", json=login).get_json()["user"]["username"] == "alice"
    assert verify(owner, of_the_owner) == 204
    assert me(owner)["email_verified"] is True
    assert me(alice)["email"] is None
    assert fields(alice.post("/api/auth/verify-email", json={"token": token_of(of_the_claim)})) == {"token"}
    assert app.test_client().post("/api/auth/login", json=login).get_json()["user"]["username"] == "bob"


@pytest.mark.parametrize("name", [{"email": "Alice@example.ORG"}, {"username": "ALICE"}, {"username": "alice@example.org"}])
def test_a_forgotten_password_is_replaced_by_the_mailed_link_once(
    app: Flask, alice: FlaskClient, inbox: Inbox, name: dict[str, str]
) -> None:
    forgetful = app.test_client()
    for _ in range(2):
        assert forgetful.post("/api/auth/forgot-password", json=name).status_code == 204
    first, second = inbox.link("/reset-password", 2), inbox.link("/reset-password", 3)
    assert "“alice”" in inbox.text(1)
    weak = forgetful.post("/api/auth/reset-password", json={"token": token_of(second), "password": "short"})
    assert fields(weak) == {"password"}
    assert forgetful.post("/api/auth/reset-password", json={"token": token_of(second), "password": NEW}).status_code == 204
    for link in (first, second):
        again = forgetful.post("/api/auth/reset-password", json={"token": token_of(link), "password": "yet another 9"})
        assert fields(again) == {"token"}
    assert alice.get("/api/auth/me").status_code == 401, "the sessions from before have ended"
    assert forgetful.get("/api/auth/me").status_code == 401, "a link signs nobody in"
    assert forgetful.post("/api/auth/login", json={"username": "alice", "password": PASSWORD}).status_code == 401
    assert forgetful.post("/api/auth/login", json={"username": "alice", "password": NEW}).status_code == 200
    assert me(forgetful)["email_verified"] is True, "whoever has the mail has the address"


def test_the_session_that_sets_its_own_password_by_a_link_goes_on(alice: FlaskClient, inbox: Inbox) -> None:
    alice.post("/api/auth/forgot-password", json={"username": "alice"})
    token = token_of(inbox.link("/reset-password", 2))
    assert alice.post("/api/auth/reset-password", json={"token": token, "password": NEW}).status_code == 204
    assert me(alice)["username"] == "alice"


def test_a_new_password_or_address_makes_links_of_before_worthless(alice: FlaskClient, inbox: Inbox) -> None:
    alice.post("/api/auth/forgot-password", json={"username": "alice"})
    before_password = token_of(inbox.link("/reset-password", 2))
    alice.post("/api/auth/change-password", json={"current_password": PASSWORD, "new_password": NEW})
    assert fields(alice.post("/api/auth/reset-password", json={"token": before_password, "password": PASSWORD})) == {"token"}
    alice.post("/api/auth/forgot-password", json={"username": "alice"})
    before_address = token_of(inbox.link("/reset-password", 3))
    alice.patch("/api/users/me", json={"email": "new@example.org", "password": NEW})
    assert fields(alice.post("/api/auth/reset-password", json={"token": before_address, "password": PASSWORD})) == {"token"}


def test_a_deleted_account_leaves_no_links(alice: FlaskClient, inbox: Inbox) -> None:
    inbox.link("/verify-email", 1)
    assert alice.delete("/api/users/me").status_code == 204
    assert MailedLink.count() == 0


def test_the_answer_and_its_time_do_not_tell_whether_there_is_an_account(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    client = app.test_client()

    def ask(name: str) -> float:
        begun = time.perf_counter()
        response = client.post("/api/auth/forgot-password", json={"email": name})
        assert (response.status_code, response.data) == (204, b"")
        return time.perf_counter() - begun

    pairs = [(ask("alice@example.org"), ask("nobody@example.org")) for _ in range(9)]
    ratio = statistics.median(known for known, _ in pairs) / statistics.median(unknown for _, unknown in pairs)
    assert 0.4 < ratio < 2.5
    eventually(lambda: len(inbox.mails) == 10)
    assert {each["To"] for each in inbox.mails} == {ALICE["email"]}


def test_nobody_is_mailed_who_is_banned(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    app.test_client().post("/api/auth/register", json=BOB)
    inbox.link("/verify-email", 2)
    User.update_one({"username_key": "alice"}, {"$set": {"banned": True}})
    User.update_one({"username_key": "bob"}, {"$set": {"locale": "zh-CN"}})
    for name in ("alice", "bob"):
        assert alice.post("/api/auth/forgot-password", json={"username": name}).status_code == 204
    inbox.link("/reset-password", 3)
    assert inbox.mails[2]["Subject"] == "设置新密码", "in the language of the account"
    assert "bob@example.org" in inbox.mails[2]["To"]
    assert len(inbox.mails) == 3


def test_mails_are_in_the_language_that_the_page_asks_for_while_the_account_has_none(client: FlaskClient, inbox: Inbox) -> None:
    client.post("/api/auth/register", json=ALICE, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    inbox.link("/verify-email", 1)
    assert inbox.mails[0]["Subject"] == "请确认您的电子邮箱"
    client.post("/api/auth/verify-email", json={}, headers={"Accept-Language": "de"})
    inbox.link("/verify-email", 2)
    assert inbox.mails[1]["Subject"] == "Confirm your e-mail address"


@pytest.mark.parametrize("body", [{}, {"email": "a@example.org", "username": "a"}, {"email": ""}, {"email": 5}])
def test_one_name_is_needed_to_ask_for_a_link(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.post("/api/auth/forgot-password", json=body).status_code == 422


def test_a_mailbox_gets_five_links_an_hour_and_a_name_is_asked_for_five_times(limited: Flask, inbox: Inbox) -> None:
    app, client = limited, limited.test_client()
    client.post("/api/auth/register", json=ALICE)
    again = [client.post("/api/auth/verify-email", json={}).status_code for _ in range(6)]
    assert again == [204] * 4 + [429] * 2
    for each, name in ((client, "alice"), (app.test_client(), "nobody")):
        asked = [each.post("/api/auth/forgot-password", json={"username": name}).status_code for _ in range(6)]
        assert asked == [204] * 5 + [429], "whether anybody has the name or not"
    eventually(lambda: len(inbox.mails) == 10)
    assert inbox.link("/reset-password", 10).startswith("https://lab.example.org/reset-password?token=")
    tried = [client.patch("/api/users/me", json={"email": None, "password": "guess"}).status_code for _ in range(11)]
    assert tried == [422] * 10 + [429]


@pytest.fixture
def limited(tmp_path: Path, environment: dict[str, str]) -> Iterator[Flask]:
    """An application with rate limits."""
    with application(tmp_path, RATELIMIT_ENABLED="1", PUBLIC_URL="https://lab.example.org", **environment) as app:
        yield app


def test_production_mails_no_link_before_it_is_told_where_the_page_is(tmp_path: Path) -> None:
    with application(tmp_path, FLASK_ENV="production", SECRET_KEY="k" * 32) as app:
        client = app.test_client()
        registered = client.post("/api/auth/register", json=ALICE, base_url="https://evil.example")
        assert registered.status_code == 201
        refused = client.post("/api/auth/forgot-password", json={"username": "alice"}, base_url="https://evil.example")
        assert refused.status_code == 503
        assert "PUBLIC_URL" in refused.get_json()["error"]["message"]


def test_an_administrator_hands_a_link_over_to_somebody_without_an_address(app: Flask, alice: FlaskClient, inbox: Inbox) -> None:
    bob = app.test_client()
    bob_id = bob.post("/api/auth/register", json={**BOB, "email": None}).get_json()["user"]["id"]
    made = alice.post(f"/api/admin/users/{bob_id}/password-link")
    assert made.status_code == 201
    token = token_of(made.get_json()["link"]["path"])
    assert app.test_client().post("/api/auth/reset-password", json={"token": token, "password": NEW}).status_code == 204
    assert bob.get("/api/auth/me").status_code == 401
    login = {"username": "bob", "password": NEW}
    assert bob.post("/api/auth/login", json=login).get_json()["user"]["email_verified"] is False
    assert bob.post(f"/api/admin/users/{bob_id}/password-link").status_code == 403
    assert app.test_client().post(f"/api/admin/users/{bob_id}/password-link").status_code == 401
    assert alice.post(f"/api/admin/users/{'0' * 24}/password-link").status_code == 404
    assert alice.get("/api/admin/stats").get_json()["mail"] == {"backend": "smtp", "links": True}
