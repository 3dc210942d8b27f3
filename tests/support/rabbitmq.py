"""A real RabbitMQ of the test's own, on free ports, keeping nothing but what is in its folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

# The commands that Debian puts into the path insist on root or a user of their own; what they run does not.
_FOLDERS = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin")
_START_SECONDS = 60


class RabbitMQ:
    """`stop` ends it, `start` starts it at the same `url`. Raises FileNotFoundError where it is not installed."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("rabbitmq-server", path=os.pathsep.join(_FOLDERS))
        epmd = shutil.which("epmd")
        if program is None or epmd is None:
            raise FileNotFoundError("rabbitmq-server is not installed: apt-get install rabbitmq-server")
        self._port, distribution, names = _free_ports(3)
        self._program = program
        # Erlang starts one that outlives it where there is none yet.
        self._epmd_command = [epmd, "-port", str(names), "-address", "127.0.0.1"]
        self._log = folder / "output"
        self._environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8", "ERL_EPMD_PORT": str(names),
            "RABBITMQ_NODENAME": f"fieldroom{self._port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port), "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"), "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }  # fmt: skip
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def start(self) -> None:
        with self._log.open("ab") as output:
            options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, "start_new_session": True}
            for command in (self._epmd_command, [self._program]):
                self._processes.append(subprocess.Popen(command, env=self._environment, **options))
        ends = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert time.monotonic() < ends, "RabbitMQ did not start:\n" + self._log.read_text(errors="replace")
            time.sleep(0.1)

    def stop(self) -> None:
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self._processes = []

    def _answers(self) -> bool:
        """Whether it speaks AMQP: to anything else than its own greeting it answers with that."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                connection.sendall(b"AMQP\0\0\0\0")
                return connection.recv(4) == b"AMQP"
        except OSError:
            return False

    def __enter__(self) -> "RabbitMQ":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
