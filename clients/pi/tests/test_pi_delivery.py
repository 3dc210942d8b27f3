"""What reaches the server, whatever happens on the way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from pi_device_server import DeviceServer
from pi_support import QUICK, CountingDriver, eventually, reading

from fieldroom_pi.agent import Agent
from fieldroom_pi.clock import Clock
from fieldroom_pi.model import Sensor
from fieldroom_pi.outbox import FILE_NAME, open_outbox
from fieldroom_pi.status import read_status

Start = Callable[..., Agent]
SENSOR = Sensor("count", "Count", "", "number")


def queued(make_config: Callable[..., object], n: int) -> None:
    """Leave n readings in the queue, as a client does that was stopped without a server."""
    config = make_config("http://unused")
    outbox = open_outbox(config.state_dir / FILE_NAME, config.max_readings, "normal", Clock())
    outbox.remember([SENSOR])
    outbox.append([reading("count", i) for i in range(n)])
    outbox.close()


def values(server: DeviceServer) -> list[float]:
    """What the server stored, oldest first."""
    return [value for _, value in sorted((ts, value) for (_, ts), value in server.stored.items())]


def state(agent: Agent) -> object:
    return read_status(agent._config.state_dir)


def test_readings_arrive_with_millisecond_timestamps_and_are_announced_first(device_server, start_agent: Start) -> None:
    driver = CountingDriver()
    before_ms = time.time_ns() // 1_000_000
    start_agent(device_server.url, driver)
    eventually(lambda: len(device_server.stored) >= 3, "three readings")
    assert device_server.announcements[0] == [SENSOR.to_wire()]
    timestamps = [ts for _, ts in device_server.stored]
    assert all(isinstance(ts, int) and before_ms <= ts <= time.time_ns() // 1_000_000 for ts in timestamps)
    assert values(device_server)[:3] == [0.0, 1.0, 2.0]


def test_readings_made_during_an_outage_arrive_after_it_exactly_once(device_server, start_agent: Start) -> None:
    driver = CountingDriver()
    agent = start_agent(device_server.url, driver)
    eventually(lambda: len(device_server.stored) >= 2, "readings before the outage")
    for _ in range(2):
        device_server.stop()
        made_before = len(driver.made)
        eventually(lambda n=made_before: len(driver.made) >= n + 4, "readings during the outage")
        device_server.start()
        made = len(driver.made)
        eventually(lambda n=made: len(device_server.stored) >= n, "readings after the outage")
    agent.stop()
    assert values(device_server) == driver.made


def test_a_lost_acknowledgement_sends_the_same_readings_again_and_stores_them_once(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 10)
    device_server.behaviour.drop_acks = 1
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert values(device_server) == [float(i) for i in range(10)]
    assert device_server.duplicates == state(agent).duplicates == 10
    first, *later = device_server.batches
    assert len(first["readings"]) == 10
    assert [item for batch in later for item in batch["readings"]] == first["readings"]


def test_a_connection_that_dies_without_a_word_is_replaced(device_server, start_agent: Start, make_config) -> None:
    queued(make_config, 3)
    device_server.behaviour.drop_acks = 2
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert len(device_server.connects) == 2


def test_a_backlog_goes_in_batches_of_at_most_5000_in_order(device_server, start_agent: Start, make_config) -> None:
    queued(make_config, 12_001)
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert [len(batch["readings"]) for batch in device_server.batches] == [5_000, 5_000, 2_001]
    assert len({batch["batch_id"] for batch in device_server.batches}) == 3
    assert values(device_server) == [float(i) for i in range(12_001)]


def test_a_server_that_takes_smaller_batches_gets_smaller_batches(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 3_000)
    device_server.behaviour.max_batch = 400
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert values(device_server) == [float(i) for i in range(3_000)]
    assert state(agent).rejected == 0


def test_rejected_readings_are_counted_and_leave_the_queue_and_their_neighbours_arrive(
    device_server, start_agent: Start, caplog: pytest.LogCaptureFixture
) -> None:
    device_server.behaviour.reject["other"] = "bad_value"
    with caplog.at_level(logging.WARNING):
        agent = start_agent(device_server.url, CountingDriver("good"), CountingDriver("other"))
        eventually(lambda: state(agent).rejected >= 3 and len(device_server.stored) >= 3, "three of each")
    agent.stop()
    assert {key for key, _ in device_server.stored} == {"good"}
    told = [record.getMessage() for record in caplog.records if "bad_value" in record.getMessage()]
    assert len(told) == 1
    assert "other" in told[0]


@pytest.mark.parametrize("code", ["rate_limited", "unavailable"])
def test_readings_that_the_server_wants_later_are_kept(
    device_server, start_agent: Start, make_config, code: str
) -> None:
    queued(make_config, 5)
    device_server.behaviour.refuse_batches = [code, code]
    device_server.behaviour.reject["count"] = code
    agent = start_agent(device_server.url)
    eventually(lambda: len(device_server.batches) >= 4, "attempts")
    assert state(agent).queued == 5
    device_server.behaviour.reject.clear()
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert len(device_server.stored) == 5
    assert state(agent).rejected == 0
    assert len(device_server.connects) == 1


def test_one_reading_that_spoils_its_batch_is_found_and_the_others_arrive(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 100)
    device_server.behaviour.poison[42.0] = "validation_failed"
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert values(device_server) == [float(i) for i in range(100) if i != 42]
    assert (state(agent).rejected, state(agent).set_aside) == (1, 0)


def test_a_reading_that_the_server_cannot_deal_with_is_set_aside_and_not_lost(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 20)
    device_server.behaviour.poison[7.0] = "internal"
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert values(device_server) == [float(i) for i in range(20) if i != 7]
    assert (state(agent).rejected, state(agent).set_aside) == (0, 1)
    device_server.behaviour.poison.clear()
    assert agent._outbox.requeue_set_aside(older_than_ms=0) == 1
    eventually(lambda: 7.0 in values(device_server), "the reading that was set aside")


def test_a_batch_that_costs_the_connection_is_sent_again(device_server, start_agent: Start, make_config) -> None:
    queued(make_config, 50)
    device_server.behaviour.hang_up = 3
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert values(device_server) == [float(i) for i in range(50)]


def test_a_sensor_deleted_on_the_server_is_announced_again(device_server, start_agent: Start) -> None:
    driver = CountingDriver()
    agent = start_agent(device_server.url, driver)
    eventually(lambda: len(device_server.stored) >= 2, "readings")
    device_server.known.clear()
    made = len(driver.made)
    eventually(lambda: len(device_server.stored) >= made + 3, "readings after the deletion")
    agent.stop()
    assert values(device_server) == driver.made
    assert len(device_server.announcements) == 2


def test_queued_readings_of_a_sensor_that_is_gone_are_announced_and_arrive(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 4)
    agent = start_agent(device_server.url, CountingDriver("new"))
    eventually(lambda: len([key for key, _ in device_server.stored if key == "count"]) == 4, "the old readings")
    agent.stop()
    assert state(agent).rejected == 0


def test_a_sensor_found_later_is_announced_then(device_server, start_agent: Start) -> None:
    driver = CountingDriver()
    start_agent(device_server.url, driver)
    eventually(lambda: len(device_server.stored) >= 1, "a reading")
    driver.keys.append("plugged-in")
    eventually(lambda: any(key == "plugged-in" for key, _ in device_server.stored), "a reading of the new sensor")
    assert [sensor["key"] for sensor in device_server.announcements[-1]] == ["count", "plugged-in"]
    assert len(device_server.connects) == 1


def test_a_sensor_that_the_server_does_not_take_does_not_silence_the_others(device_server, start_agent: Start) -> None:
    device_server.behaviour.refuse_sensors.add("odd")
    start_agent(device_server.url, CountingDriver("good"), CountingDriver("odd"))
    eventually(lambda: sum(key == "good" for key, _ in device_server.stored) >= 3, "readings of the good sensor")
    assert {key for key, _ in device_server.stored} == {"good"}


def test_a_server_that_lost_track_of_the_connection_is_connected_to_again(
    device_server, start_agent: Start, make_config
) -> None:
    queued(make_config, 5)
    device_server.behaviour.refuse_batches = ["authentication_required"]
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).queued == 0, "an empty queue")
    assert len(device_server.connects) == 2
    assert (len(device_server.stored), state(agent).rejected) == (5, 0)


def test_readings_from_a_clock_that_is_ahead_say_what_to_do(
    device_server, start_agent: Start, make_config, caplog: pytest.LogCaptureFixture
) -> None:
    queued(make_config, 2)
    device_server.behaviour.reject["count"] = "future_timestamp"
    agent = start_agent(device_server.url)
    eventually(lambda: state(agent).rejected == 2, "rejections")
    assert "check this machine's clock" in caplog.text


def test_a_slow_server_gets_each_reading_once(device_server, start_agent: Start) -> None:
    device_server.behaviour.delay_s = 0.25
    driver = CountingDriver()
    agent = start_agent(device_server.url, driver)
    eventually(lambda: len(device_server.stored) >= 5, "readings")
    agent.stop()
    assert values(device_server) == driver.made
    assert device_server.duplicates == 0


def test_a_stop_sends_what_is_queued(device_server, start_agent: Start) -> None:
    driver = CountingDriver()
    # With this linger nothing but the stop makes the client send.
    agent = start_agent(device_server.url, driver, timing=replace(QUICK, linger=30.0))
    eventually(lambda: len(driver.made) >= 5, "readings")
    agent.stop()
    assert values(device_server) == driver.made
    assert driver.closed == driver.opened == 1


def test_a_stop_without_a_server_is_quick_and_keeps_the_queue(free_port: int, start_agent: Start) -> None:
    driver = CountingDriver()
    agent = start_agent(f"http://127.0.0.1:{free_port}", driver)
    eventually(lambda: len(driver.made) >= 3, "readings")
    began = time.monotonic()
    agent.stop()
    assert time.monotonic() - began < 2
    assert state(agent).queued == len(driver.made)
