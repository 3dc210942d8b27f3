"""What knows which connection is in which Socket.IO room: of this process alone, or of all that share a message queue."""

from socketio import KombuManager, Manager

from config import ConfigError
from realtime.redis_queue import RedisQueue
from realtime.room_table import RoomTable


class _Alone(RoomTable, Manager):  # type: ignore[misc]  # python-socketio has no types
    """The connections of a process that shares them with none."""


class _Queue(RoomTable, KombuManager):  # type: ignore[misc]
    """Those of one that shares a message queue of Kombu's."""


def client_manager(queue_url: str | None) -> Manager:
    """python-socketio's manager for a message queue; None: nobody else is there. Raises ConfigError where it cannot be used.

    One that no server is made with only writes to the queue.
    """
    if queue_url is None:
        return _Alone()
    if queue_url.startswith(("redis://", "rediss://", "unix://")):
        return RedisQueue(queue_url)
    try:
        return _Queue(queue_url)
    except (RuntimeError, ImportError) as error:
        raise ConfigError(f"MESSAGE_QUEUE_URL: {queue_url.partition(':')[0]}:// needs kombu: pip install '.[amqp]'") from error
