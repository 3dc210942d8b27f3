"""One message by its id, wherever in a room's history it is: what an answer quotes, what a link leads to."""

from bson import ObjectId

from models.accounts import User
from models.messages import Message
from services.rooms import rooms
from utils.errors import NotFound


def readable(message_id: ObjectId, user: User) -> Message:
    """A message of a room whose messages `user` may see. Raises NotFound, and what rooms.visible does."""
    message = Message.get(message_id)
    if message is None:
        raise NotFound()
    rooms.visible(message.room_id, user)
    return message
