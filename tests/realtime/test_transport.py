"""What realtime/transport relies on of the libraries' inside. A failure after an upgrade: read that module first."""

import importlib
import inspect

import engineio.base_socket
import engineio.server
import engineio.socket
import pytest
import socketio.manager
import socketio.server

from realtime.transport import ASSUMPTIONS, Connection

# Our class takes the name of the library's in the library; its own is its base.
LIBRARY_SOCKET = Connection.__mro__[1]


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, names in ASSUMPTIONS.items() for name in names])
def test_what_is_overridden_or_replaced_exists(owner: str, name: str) -> None:
    module, _, class_name = owner.rpartition(".")
    cls = LIBRARY_SOCKET if owner == "engineio.socket.Socket" else getattr(importlib.import_module(module), class_name)
    assert callable(getattr(cls, name))


@pytest.mark.parametrize("name", ["send", "handle_post_request", "close", "schedule_ping", "_upgrade_websocket"])
def test_what_is_overridden_takes_the_same_arguments(name: str) -> None:
    library, ours = (list(inspect.signature(getattr(cls, name)).parameters) for cls in (LIBRARY_SOCKET, Connection))
    assert ours == library


@pytest.mark.parametrize(
    ("function", "relied_on"),
    [
        (engineio.base_socket.BaseSocket.__init__, "self.queue = self.server.create_queue()"),
        (engineio.server.Server._handle_connect, "s = socket.Socket(self, sid)"),
        (engineio.server.Server._handle_connect, "self.sockets[sid] = s"),
        (LIBRARY_SOCKET.handle_get_request, "getattr(self, '_upgrade_' + transport)"),  # type: ignore[attr-defined]
        (LIBRARY_SOCKET.handle_get_request, "packets = self.poll()"),  # type: ignore[attr-defined]
        (LIBRARY_SOCKET.close, "self.queue.put(None)"),  # type: ignore[attr-defined]
        (LIBRARY_SOCKET.poll, "self.queue.get("),  # type: ignore[attr-defined]
        (engineio.server.Server.handle_request, "except exceptions.EngineIOError:"),
        (socketio.manager.Manager.emit, "self.server._send_eio_packet(eio_sid, p)"),
        (socketio.server.Server.__init__, "self.eio.on('message', self._handle_eio_message)"),
    ],
)
def test_the_library_still_does_what_is_relied_on(function: object, relied_on: str) -> None:
    assert relied_on in inspect.getsource(function), f"{function} changed"  # type: ignore[arg-type]
