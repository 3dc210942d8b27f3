"""What a connection costs that does nothing, and what is left of one that is over, on each kind of concurrency."""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
import requests
import socketio

from realtime import transport
from realtime.handshakes import Handshakes
from realtime.outgoing import Bounds
from realtime.serving import listen, serve
from tests.support.eventually import eventually
from tests.support.people import Person
from tests.support.raw import HANDSHAKE, RawClient, frame
from tests.support.server import Server

# They read nothing, and so answer no ping: all has to be over within 45 s, on a busy machine too.
COUNT = 100
PING_SECONDS = 1


@pytest.fixture(scope="module", params=["eventlet", "gevent", "threading"])
def quiet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("quiet"), ASYNC_MODE=request.param) as server:
        yield server
    assert "Traceback" not in server.output, server.output


def open_sockets(process: psutil.Process) -> int:
    return len(process.net_connections("tcp"))


def test_many_that_do_nothing_cost_little_memory_and_no_threads_and_leave_nothing_open(quiet: Server) -> None:
    assert quiet.process is not None
    process = psutil.Process(quiet.process.pid)
    person = Person(quiet.url)
    warm = [RawClient(quiet.url, person.api.cookie).open() for _ in range(20)]
    # Sockets alone: SQLite keeps the descriptors of as many connections of its own as were ever in use at once.
    sockets, threads, memory = open_sockets(process), process.num_threads(), process.memory_info().rss
    clients = [RawClient(quiet.url, person.api.cookie, timeout=60).open() for _ in range(COUNT)]
    assert open_sockets(process) >= sockets + COUNT
    assert (process.memory_info().rss - memory) / COUNT < 35 * 1024
    eventually(lambda: process.num_threads() <= threads + 20)
    for client in clients[: COUNT // 2]:
        client.close()
    for client in clients[COUNT // 2 :]:
        client.reset()
    eventually(lambda: open_sockets(process) <= sockets + 2, within=40)
    assert RawClient(quiet.url, person.api.cookie).open().call("presence_away", {"away": False}) == {"ok": True}
    for client in warm:
        client.close()
    person.close()


@pytest.fixture(scope="module")
def hasty() -> str:
    """The address of a Socket.IO server that pings every second and waits as long for the answer."""
    server = socketio.Server(async_mode="threading", ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS)
    server.on("connect", lambda _sid, _environ: None)
    transport.install(server, Bounds())
    listener = listen("127.0.0.1", 0)
    threading.Thread(target=serve, args=(socketio.WSGIApp(server), listener), daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_who_answers_pings_stays_and_who_does_not_is_hung_up_on(hasty: str) -> None:
    awake, asleep = RawClient(hasty).open(), RawClient(hasty).open()
    stops = time.monotonic() + 6 * PING_SECONDS
    ended: set[RawClient] = set()
    while time.monotonic() < stops:
        for client in (awake, asleep):
            client.socket.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                data = client.socket.recv(100)
                if not data:
                    ended.add(client)
                elif client is awake:
                    client.send("3")
    assert ended == {asleep}


def test_an_upgrade_that_goes_no_further_is_given_up_while_polling_goes_on(hasty: str) -> None:
    http = requests.Session()
    url = f"{hasty}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(http.get(url, timeout=10).text[1:])["sid"]
    url += f"&sid={sid}"
    host, port = hasty.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        asked = HANDSHAKE.format(host=host, cookie="").replace("transport=websocket", f"transport=websocket&sid={sid}")
        line.sendall(asked.encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 101")
        line.sendall(frame("2probe"))
        assert line.recv(100).endswith(b"3probe")
        while line.recv(100):
            pass  # until the server ends it
    eventually(lambda: http.post(url, data="3", timeout=10).status_code in (200, 400))


def test_a_request_is_kept_without_what_the_server_hung_onto_it() -> None:
    kept = Handshakes()
    body = object()
    kept["a"] = {"HTTP_COOKIE": "c=1", "wsgi.input": body, "eventlet.set_idle": os.close, "wsgi.url_scheme": "http"}
    kept["b"] = {"HTTP_COOKIE": "c=2", "wsgi.input": body, "eventlet.set_idle": os.close, "wsgi.url_scheme": "http"}
    first = kept["a"]
    assert (first["HTTP_COOKIE"], first["wsgi.url_scheme"], first["wsgi.input"].read()) == ("c=1", "http", b"")
    assert "eventlet.set_idle" not in first
    first["werkzeug.request"] = body
    assert "werkzeug.request" not in kept["a"], "what is hung onto it later is not kept either"
    assert kept["b"]["HTTP_COOKIE"] == "c=2"
    del kept["a"]
    assert kept.get("a") is None
