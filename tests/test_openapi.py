"""Whatever fits the OpenAPI document, and much that does not, gets an answer that is in it and never a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from blueprints import openapi
from tests.support.examples import examples
from tests.support.platforms import application
from tests.support.server import PASSWORD

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = [(path, method) for path, methods in openapi.document()["paths"].items() for method in methods]
EXAMPLES = examples(12)
DESTRUCTIVE = {"delete"}
# Operations after which the session that called them is worth nothing; each call gets a session of its own.
ENDS_SESSION = {"auth_register", "auth_login", "auth_logout", "auth_change_password", "users_delete_me"}


class Place:
    """An application with an account, a room, a device and a sensor, so that generated calls find something."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.numbers = iter(range(1_000_000))
        self.cookie = self.new_session()
        client = self.app.test_client()
        client.set_cookie("fieldroom_session", self.cookie)
        room = client.post("/api/chat-rooms", json={"name": "Here"}).get_json()["room"]["id"]
        made = client.post("/api/devices", json={"name": "pi"}).get_json()
        self.token = made["token"]
        sensor = client.post(
            "/api/sensors",
            json={"device_id": made["device"]["id"], "key": "t", "name": "T", "unit": "°C", "kind": "temperature"},
        ).get_json()["sensor"]["id"]
        self.ids = {"room_id": room, "device_id": made["device"]["id"], "sensor_id": sensor}

    def new_session(self) -> str:
        """The cookie of a new account."""
        client = self.app.test_client()
        client.post("/api/auth/register", json={"username": f"user{next(self.numbers)}", "password": PASSWORD})
        cookie = client.get_cookie("fieldroom_session")
        assert cookie is not None
        return cookie.value


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with application(tmp_path_factory.mktemp("openapi")) as app:
        yield Place(app)


@pytest.fixture(scope="module")
def api_schema(place: Place) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", place.app)


@pytest.mark.hypothesis
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_every_answer_is_documented_and_none_is_a_server_error(
    place: Place, api_schema: Any, path: str, method: str, mode: schemathesis.GenerationMode
) -> None:
    """Positive: calls that fit the document. Negative: calls that do not, wherever there is something to get wrong."""
    # Not by schemathesis' own pytest plugin: it relies on internals that pytest 9 no longer has.
    operation = api_schema[path][method.upper()]
    described = operation.definition.raw
    options: dict[str, Any] = {}
    if {"device": []} in described["security"]:
        options["headers"] = {"Authorization": f"Bearer {place.token}"}
    # A path takes any text where it is of no declared form.
    anything = {"type": "string", "minLength": 1}
    limited = [parameter for parameter in described.get("parameters", []) if parameter["schema"] != anything]
    if mode.is_negative and not (limited or described.get("requestBody")):
        return  # nothing to get wrong
    goes_on = described["operationId"] not in ENDS_SESSION

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy(generation_mode=mode), real=booleans())
    def fuzz(case: Any, real: bool) -> None:
        # Half of the calls go to something that exists, except those that would take it away from the others.
        if real and method not in DESTRUCTIVE and not path.endswith("/token"):
            for name in case.path_parameters or {}:
                case.path_parameters[name] = place.ids.get(name, case.path_parameters[name])
        cookie = place.cookie if goes_on else place.new_session()
        response = case.call_and_validate(checks=CHECKS, cookies={"fieldroom_session": cookie}, **options)
        statuses.append(response.status_code)

    statuses: list[int] = []
    fuzz()
    if mode.is_positive and described["security"]:
        assert set(statuses) != {401}, "the calls were made by someone who is signed in"


def test_the_document_names_every_api_route_that_is_served(place: Place) -> None:
    described = {
        (method.upper(), path) for path, methods in openapi.document()["paths"].items() for method in methods
    }  # fmt: skip
    served = {
        (method, openapi.templated(rule.rule))
        for rule in place.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.endswith((".json", "/docs"))
    }
    assert described <= served
    assert {(method, path) for method, path in served if path.startswith("/api/")} <= described
