"""A bad network: a TCP proxy that cuts, stalls, loses what comes back, and delivers late what was sent before."""

import contextlib
import socket
import threading
import time
from typing import Literal

Mode = Literal["pass", "cut", "stall", "lose_answers", "late"]

_PIECE = 65_536


class Proxy:
    """Forwards connections to a port of this machine, as well as `mode` lets it.

    pass: everything goes through. cut: what is open is cut, nothing can be opened. stall: connections open and stay, nothing
    goes through in either direction. lose_answers: what clients send arrives, what they get back is lost. late: what comes
    on connections opened before is held back, also when their clients have gone, and arrives once the mode is another:
    after what has been sent on newer connections meanwhile.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.late_pieces = 0
        """How many pieces have arrived after having been held back."""
        self._mode: Mode = "pass"
        self._generation = 0
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        with self._changed:
            self._mode = mode
            self._generation += 1
            self._changed.notify_all()
        if mode == "cut":
            self._cut()

    def close(self) -> None:
        """End it, and every connection."""
        self._closed = True
        self._listener.close()
        self.mode = "cut"

    def _cut(self) -> None:
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._mode == "cut":
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._open |= {client, server}
            born = self._generation
            threading.Thread(target=self._up, args=(client, server, born), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, born: int) -> None:
        """From a client to the server. The end of the client ends the connection only after what it sent has arrived."""
        with contextlib.suppress(OSError):
            while piece := client.recv(_PIECE):
                held = self._hold(born)
                server.sendall(piece)
                self.late_pieces += held
        self._hold(born)
        # What was held has left just now; a moment for the server to have taken it in before the line is gone.
        time.sleep(0.2)
        self._end(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(_PIECE):
                with self._changed:
                    self._changed.wait_for(lambda: self._mode != "stall" or self._closed)
                if self._mode != "lose_answers":
                    # A client that has gone must not keep the server from being listened to.
                    with contextlib.suppress(OSError):
                        client.sendall(piece)
        self._end(client)

    def _hold(self, born: int) -> bool:
        """Wait until a connection of this age may go on; whether it had to."""
        began = time.monotonic()
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not (self._mode == "stall" or (self._mode == "late" and born < self._generation))
            )
        return time.monotonic() - began > 0.5

    def _end(self, end: socket.socket) -> None:
        self._open.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
