"""Messages as one person sees them: with whether each reaction is theirs too."""

from collections.abc import Sequence

from bson import ObjectId

from models.messages import Message, Reaction
from schemas.messages import MessageView, message_view


def views(messages: Sequence[Message], viewer_id: ObjectId) -> list[MessageView]:
    """A page of messages as `viewer_id` sees them. One query, and only where an emoji has more people than a message lists."""
    crowded = [message.id for message in messages if any(total.count > len(total.user_ids) for total in message.reactions)]
    mine: dict[ObjectId, set[str]] = {}
    if crowded:
        which = {"message_id": {"$in": crowded}, "user_id": viewer_id}
        for row in Reaction.find_raw(which, projection=("message_id", "emoji")):
            mine.setdefault(row["message_id"], set()).add(row["emoji"])
    viewer = str(viewer_id)
    return [message_view(message, viewer, frozenset(mine.get(message.id, ()))) for message in messages]


def view(message: Message, viewer_id: ObjectId) -> MessageView:
    """One message as `viewer_id` sees it."""
    return views([message], viewer_id)[0]
