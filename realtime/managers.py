"""What knows which connection is in which Socket.IO room: of this process alone, or of all that share a message queue."""

from socketio import Manager

from config import ConfigError
from realtime.redis_queue import RedisQueue
from realtime.room_table import RoomTable


class _Alone(RoomTable, Manager):  # type: ignore[misc]  # python-socketio has no types
    """The connections of a process that shares them with none."""


def client_manager(queue_url: str | None) -> Manager:
    """python-socketio's manager for a message queue; None: nobody else is there. Raises ConfigError where it cannot be used.

    One that no server is made with only writes to the queue.
    """
    if queue_url is None:
        return _Alone()
    scheme = queue_url.partition("://")[0]
    if scheme in ("redis", "rediss", "unix"):
        return RedisQueue(queue_url)
    if scheme not in ("amqp", "amqps"):
        raise ConfigError("MESSAGE_QUEUE_URL: begins with redis://, rediss://, unix://, amqp:// or amqps://")
    try:
        from realtime.amqp_queue import AmqpQueue
    except ImportError as error:
        raise ConfigError(f"MESSAGE_QUEUE_URL: {scheme}:// needs kombu, which is not installed: pip install '.[amqp]'") from error
    return AmqpQueue(queue_url)
