"""Socket.IO packets that no client can make us choke on.

python-socketio closes a connection, with a traceback in the log, on a packet whose JSON it cannot read, and hands an event
named "connect" to the connect handler. Here each such event becomes one named MALFORMED, which the dispatcher answers with the
contract's error, so that the connection and its other events live on. Protocol: socket.io-protocol v5.
"""

from typing import Any

from pydantic_core import from_json, to_json
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, EVENT
from socketio.packet import Packet as SocketIOPacket

MALFORMED = "malformed packet"
MAX_ATTACHMENTS = 100
RESERVED = frozenset({"connect", "disconnect", "connect_error", "*", MALFORMED})


class Json:
    """The serialiser of Socket.IO packets: bounded in depth, exact about Unicode, several times as fast as the standard one."""

    @staticmethod
    def loads(text: str) -> Any:
        # A cached string is one more dictionary probe per value; values of chat rarely repeat, keys do.
        return from_json(text, cache_strings="keys")

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        return to_json(value, inf_nan_mode="null").decode()


class Packet(SocketIOPacket):  # type: ignore[misc]  # python-socketio has no types
    """A packet whose decoding never raises for what an event carries."""

    json = Json
    packet_type: int
    data: Any

    def decode(self, encoded_packet: str | bytes) -> int:
        """Read a packet; returns how many binary attachments follow. Raises ValueError where it is no packet at all."""
        if not isinstance(encoded_packet, str):
            raise ValueError("binary data that no packet announced")
        try:
            attachments: int = super().decode(encoded_packet)
        except (ValueError, RecursionError) as error:
            if self.packet_type not in (EVENT, BINARY_EVENT):
                raise ValueError("not a Socket.IO packet") from error
            self.packet_type, self.data = EVENT, [MALFORMED, "The event is not valid JSON."]
            return 0
        if attachments > MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        if self.packet_type in (EVENT, BINARY_EVENT):
            self.data = self._checked_event(self.data)
            if self.packet_type == BINARY_EVENT and attachments == 0:
                self.packet_type = EVENT
        elif self.packet_type in (ACK, BINARY_ACK) and not isinstance(self.data, list):
            self.data = []
        elif self.packet_type == CONNECT and not isinstance(self.data, dict):
            self.data = None
        return attachments

    @staticmethod
    def _checked_event(data: Any) -> list[Any]:
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            return [MALFORMED, "An event is an array that starts with its name."]
        if data[0] in RESERVED:
            return [MALFORMED, "That event name is reserved."]
        return data

    def add_attachment(self, _data: Any) -> bool:
        """Take the place of an attachment and drop what is in it: no event of ours takes any, and many may be announced."""
        complete: bool = super().add_attachment(b"")
        return complete

    @classmethod
    def reconstruct_binary(cls, data: Any, attachments: list[bytes]) -> Any:
        """Put attachments into their places. A wrong reference only makes the event malformed."""
        try:
            return super().reconstruct_binary(data, attachments)
        except (LookupError, TypeError, RecursionError):
            return [MALFORMED, "The event refers to an attachment that it does not have."]

    @staticmethod
    def data_is_binary(_data: Any) -> bool:
        """We never send binary; looking for it in every outgoing payload would cost more than encoding it."""
        return False
