"""Connecting, being refused, being configured."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from pi_device_server import TOKEN, DeviceServer
from pi_support import QUICK, CountingDriver, eventually

from fieldroom_pi.agent import Agent
from fieldroom_pi.config_file import write_config
from fieldroom_pi.connection import DeviceConnection
from fieldroom_pi.errors import AckTimeout, ConnectionFailed, ConnectionLost, TokenRefused
from fieldroom_pi.protocol import refusal_code
from fieldroom_pi.status import read_status

Start = Callable[..., Agent]


def connection(server: str, on_lost: Callable[[], None] = lambda: None) -> DeviceConnection:
    return DeviceConnection(server, None, 2.0, lambda payload: {"ok": True}, on_lost)


def link(agent: Agent) -> str | None:
    return read_status(agent._config.state_dir).link


def test_a_refused_token_is_explained_once_and_not_tried_in_a_busy_loop(
    device_server: DeviceServer, start_agent: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    driver = CountingDriver()
    agent = start_agent(device_server.url, driver, token="wrong-token")
    eventually(lambda: len(device_server.connects) >= 4, "four attempts")
    moments = list(device_server.connects)
    gaps = [moments[n + 1] - moments[n] for n in range(len(moments) - 1)]
    assert min(gaps) >= QUICK.refused_first / 2
    assert link(agent) == "refused"
    told = [record for record in caplog.records if "token" in record.getMessage()]
    assert [record.levelname for record in told] == ["ERROR"]
    assert "fieldroom-pi init" in told[0].getMessage()
    assert "wrong-token" not in caplog.text
    # Nothing was lost meanwhile, and the server's mind may change.
    device_server.behaviour.token = "wrong-token"
    made = len(driver.made)
    eventually(lambda: len(device_server.stored) >= made, "the readings made while refused")


def test_a_new_token_in_the_configuration_is_taken_up_without_a_restart(
    device_server: DeviceServer, start_agent: Start, tmp_path
) -> None:
    file = tmp_path / "config.toml"
    write_config(file, device_server.url, "old-token")
    start_agent(device_server.url, CountingDriver(), token="old-token", token_file=file)
    eventually(lambda: device_server.connects, "a refused attempt")
    write_config(file, device_server.url, TOKEN)
    eventually(lambda: device_server.stored, "readings under the new token")


def test_a_token_revoked_while_connected_ends_in_the_slow_attempts(
    device_server: DeviceServer, start_agent: Start
) -> None:
    agent = start_agent(device_server.url, CountingDriver())
    eventually(lambda: device_server.stored, "readings")
    device_server.behaviour.token = "another"
    device_server.disconnect_all()
    eventually(lambda: link(agent) == "refused", "a refused attempt")
    device_server.behaviour.token = TOKEN
    eventually(lambda: link(agent) == "connected", "a connection with the token put back")


def test_a_server_that_ends_the_namespace_is_connected_to_again(
    device_server: DeviceServer, start_agent: Start
) -> None:
    driver = CountingDriver()
    start_agent(device_server.url, driver)
    for n in range(1, 4):
        eventually(lambda n=n: len(device_server.connects) == n and device_server.known, "a connection")
        made = len(driver.made)
        eventually(lambda made=made: len(device_server.stored) > made, "readings")
        device_server.disconnect_all()


def test_an_unreachable_server_is_logged_once_with_the_reason(
    free_port: int, start_agent: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    agent = start_agent(f"http://127.0.0.1:{free_port}", timing=replace(QUICK, reconnect_max=0.05))
    time.sleep(0.5)
    assert link(agent) == "unreachable"
    (told,) = [record.getMessage() for record in caplog.records]
    assert f"127.0.0.1:{free_port}" in told
    assert "refused" in told


def test_a_server_that_is_something_else_is_a_failed_connection(device_server: DeviceServer) -> None:
    with pytest.raises(ConnectionFailed, match=r"40[04]"):
        connection(f"{device_server.url}/elsewhere").open(TOKEN)


def test_a_port_where_nobody_speaks_is_a_failed_connection_within_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = DeviceConnection(
            f"http://127.0.0.1:{silent.getsockname()[1]}", None, 0.3, lambda payload: {}, lambda: None
        )
        began = time.monotonic()
        with pytest.raises(ConnectionFailed, match="timed out"):
            quiet.open(TOKEN)
        assert time.monotonic() - began < 2


def test_a_call_ends_when_the_connection_does_and_not_at_its_timeout(device_server: DeviceServer) -> None:
    device_server.behaviour.delay_s = 5.0
    lost = threading.Event()
    open_connection = connection(device_server.url, lost.set)
    open_connection.open(TOKEN)
    threading.Timer(0.2, device_server.cut).start()
    began = time.monotonic()
    with pytest.raises(ConnectionLost):
        open_connection.call("readings", {"readings": []}, timeout_s=5)
    assert time.monotonic() - began < 2
    assert lost.wait(1)
    assert open_connection.lost


def test_a_call_without_an_acknowledgement_ends_at_its_timeout(device_server: DeviceServer) -> None:
    device_server.behaviour.delay_s = 1.0
    open_connection = connection(device_server.url)
    open_connection.open(TOKEN)
    with pytest.raises(AckTimeout):
        open_connection.call("readings", {"readings": []}, timeout_s=0.2)
    assert not open_connection.lost
    open_connection.close()
    with pytest.raises(ConnectionLost):
        open_connection.call("readings", {"readings": []}, timeout_s=0.2)


def test_a_wrong_token_is_told_apart_from_an_unreachable_server(device_server: DeviceServer) -> None:
    with pytest.raises(TokenRefused):
        connection(device_server.url).open("wrong")


@pytest.mark.parametrize(
    "data",
    [
        "authentication_required",
        {"message": "authentication_required"},
        {"code": "authentication_required", "message": "sign in first"},
        {"message": "refused", "data": {"code": "authentication_required"}},
        {"message": {"error": {"code": "authentication_required", "message": "sign in first"}}},
    ],
)
def test_the_reason_of_a_refusal_is_found_in_every_form_that_socketio_gives_it(data: object) -> None:
    assert refusal_code(data) == "authentication_required"


def test_configure_changes_the_interval_and_outlives_a_restart(device_server: DeviceServer, start_agent: Start) -> None:
    driver = CountingDriver()
    agent = start_agent(device_server.url, driver, interval_ms=3_600_000)
    eventually(lambda: len(device_server.stored) == 1, "the first reading")
    assert device_server.configure({"interval_ms": 100}) == {"ok": True, "interval_ms": 100}
    eventually(lambda: len(device_server.stored) >= 4, "readings at the new interval")
    agent.stop()
    agent = start_agent(device_server.url, CountingDriver(), interval_ms=3_600_000)
    assert read_status(agent._config.state_dir).interval_ms == 100
    agent.stop()
    # Whoever changes the configuration afterwards is heard.
    agent = start_agent(device_server.url, CountingDriver(), interval_ms=5_000)
    assert read_status(agent._config.state_dir).interval_ms == 5_000
    agent.stop()
    agent = start_agent(device_server.url, CountingDriver(), interval_ms=3_600_000)
    assert read_status(agent._config.state_dir).interval_ms == 3_600_000


def test_the_server_is_told_at_once_which_interval_is_in_force(device_server: DeviceServer, start_agent: Start) -> None:
    start_agent(device_server.url, CountingDriver(), interval_ms=3_600_000, timing=replace(QUICK, idle=60.0))
    eventually(lambda: device_server.told, "the announcement")
    assert device_server.told["status"]["interval_ms"] == 3_600_000  # type: ignore[index]
    device_server.configure({"interval_ms": 1_800_000})
    eventually(lambda: [report["interval_ms"] for report in device_server.reports] == [1_800_000], "a report")


def test_an_interval_that_the_server_takes_back_leaves_the_configured_one(
    device_server: DeviceServer, start_agent: Start
) -> None:
    agent = start_agent(device_server.url, CountingDriver(), interval_ms=3_600_000)
    eventually(lambda: device_server.stored, "readings")
    device_server.configure({"interval_ms": 200})
    assert device_server.configure({"interval_ms": None}) == {"ok": True, "interval_ms": 3_600_000}
    agent.stop()
    agent = start_agent(device_server.url, CountingDriver(), interval_ms=3_600_000)
    assert read_status(agent._config.state_dir).interval_ms == 3_600_000


def test_configure_is_bounded_and_what_makes_no_sense_is_refused(
    device_server: DeviceServer, start_agent: Start
) -> None:
    agent = start_agent(device_server.url, CountingDriver())
    eventually(lambda: device_server.stored, "readings")
    for wanted, applied in [(1, 100), (10**12, 3_600_000), (-5, 100)]:
        assert device_server.configure({"interval_ms": wanted}) == {"ok": True, "interval_ms": applied}
    for payload in ({}, None, [], "soon", {"interval_ms": "1000"}, {"interval_ms": True}, {"interval_ms": 1.5}):
        assert device_server.configure(payload)["error"]["code"] == "validation_failed"
    assert read_status(agent._config.state_dir).interval_ms == 100
