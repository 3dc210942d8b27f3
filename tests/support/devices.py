"""A device with its own line to the server: the official Socket.IO client in the devices' namespace."""

from typing import Any

from tests.support.people import Listener, Person, unique


class Pi:
    """A device of a person's, registered and connected."""

    def __init__(self, owner: Person, name: str | None = None) -> None:
        self.owner = owner
        made = owner.api.post("/api/devices", {"name": name or unique("Pi ")}, expect=201).json()
        self.id: str = made["device"]["id"]
        self.token: str = made["token"]
        self.live = self.connect()

    def connect(self) -> Listener:
        """One more connection with the token."""
        return Listener(self.owner.api.url, namespace="/devices", auth={"token": self.token})

    def announce(self, *keys: str) -> dict[str, str]:
        """The ids of the sensors with these keys."""
        sensors = [{"key": key, "name": key, "unit": "°C", "kind": "temperature"} for key in keys]
        ids: dict[str, str] = self.live.ok("announce", {"sensors": sensors})["sensors"]
        return ids

    def send(self, *rows: Any) -> dict[str, Any]:
        """Send readings, [key, ts, value] each, and give the acknowledgement."""
        # Generous, for the largest of batches and the slowest of test databases.
        answer: dict[str, Any] = self.live.call("readings", {"readings": list(rows)}, timeout=60)
        assert answer["ok"] is True, answer
        return answer

    def close(self) -> None:
        self.live.close()
