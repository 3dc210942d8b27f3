"""Changing and deleting what was said.

Version n of a message's text is a fact that never changes, so whoever is about to replace it may keep it first, as often as they
like: MessageEdit (message, n) is the same whoever stores it. The message itself then moves on in one step, from version n and
only while it is not deleted. So of an edit and a deletion at once either the edit comes first and is deleted too, or it fails.
"""

from contextlib import suppress

from bson import ObjectId

from models.accounts import User
from models.messages import Message, MessageEdit, MessageKind, Reaction
from models.odm import DuplicateKey
from schemas.messages import message_view
from services import filtering, notifications
from services.messaging import messages
from services.messaging.attachments import files
from services.push import push
from services.rooms import timeline
from services.rooms.roles import Rank, Standing, standing
from utils.clock import now
from utils.errors import Forbidden, NotFound, Unavailable
from utils.text_terms import index_terms

_ATTEMPTS = 50
_DELETABLE: frozenset[MessageKind] = frozenset({"text", "chart", "alert", "system"})


class Deleted(NotFound):
    default_message = "This message was deleted."


def edit(message_id: ObjectId, user: User, body: str) -> Message:
    """Replace the text of one's own message; what it was is kept. Whom the new text mentions besides is notified.

    Raises NotFound (Deleted for a tombstone), Forbidden where it is not `user`'s own text, and what `messages.speaker` does.
    """
    message = _get(message_id)
    by = messages.speaker(message.room_id, user, body)
    if message.author_id != user.id:
        raise Forbidden("Only its author may change a message.")
    if message.kind != "text":
        raise Forbidden("Only what somebody wrote can be changed.")
    verdict = filtering.message(body)
    body = verdict.text
    mentioned = by.mentioned()
    for _ in range(_ATTEMPTS):
        if message.deleted:
            # Including what was kept a moment ago, after whoever deleted it had looked.
            MessageEdit.delete_many({"message_id": message_id})
            raise Deleted()
        if message.body == body:
            return message
        version = message.edits or 0
        with suppress(DuplicateKey):
            MessageEdit(message_id=message_id, version=version, body=message.body).insert()
        changed = Message.find_one_and_update(
            {"_id": message_id, "deleted": False, "edits": message.edits},
            {
                "$set": {
                    "body": body, "terms": index_terms(body), "edited_at": now(), "edits": version + 1,
                    "mentions": list(mentioned.user_ids), "mentions_room": mentioned.everyone,
                }
            },
        )  # fmt: skip
        if changed is not None:
            filtering.flag_message(verdict, changed)
            push().publish(timeline.audience(by.room), "message_edited", {"message": message_view(changed)})
            notifications.notify(by.to_tell(mentioned), actor=user, room=by.room, message=changed)
            return changed
        message = _get(message_id)
    raise Unavailable()


def delete(message_id: ObjectId, user: User) -> Message:
    """Leave a tombstone in place of a message: its text, earlier texts, reactions and notifications are removed from the store.

    Replies to it stay. The author may, the owner and moderators of the room may, and site admins in public rooms; in a private
    pair only the author. Deleting a tombstone changes nothing. Raises NotFound or Forbidden.
    """
    message = _get(message_id)
    where = standing(message.room_id, user)
    _may_delete(message, where, user)
    # Before, so that a crash leaves no earlier text behind a tombstone; after, for an edit at the same moment.
    MessageEdit.delete_many({"message_id": message_id})
    tombstone = Message.find_one_and_update(
        {"_id": message_id, "deleted": False},
        {
            "$set": {
                "deleted": True, "body": "", "terms": [], "chart": None, "alert": None, "attachments": [], "mentions": [],
                "mentions_room": False, "reactions": [],
            },
            "$inc": {"reactions_version": 1},
        },
    )  # fmt: skip
    MessageEdit.delete_many({"message_id": message_id})
    Reaction.delete_many({"message_id": message_id})
    notifications.withdraw(message_id)
    if tombstone is None:
        return _get(message_id)
    files().released(message.attachments)
    push().publish(timeline.audience(where.room), "message_deleted", {"message": message_view(tombstone)})
    return tombstone


def _may_delete(message: Message, where: Standing, user: User) -> None:
    where.require(Rank.MEMBER)
    if message.author_id != user.id and (where.room.kind == "direct" or where.rank < Rank.MODERATOR):
        raise Forbidden("Only its author and the moderators of the room may delete a message.")
    if message.kind not in _DELETABLE:
        raise Forbidden("This belongs to the room's history and cannot be deleted.")


def versions(message_id: ObjectId, user: User, *, limit: int, after: int | None = None) -> tuple[list[MessageEdit], int | None]:
    """A page of the texts that a message had before, oldest first, and where the next page starts.

    For its author and the moderators of the room. Raises NotFound or Forbidden.
    """
    message = _get(message_id)
    where = standing(message.room_id, user)
    where.require(Rank.MEMBER)
    if message.author_id != user.id and (where.room.kind == "direct" or where.rank < Rank.MODERATOR):
        raise Forbidden("Only its author and the moderators of the room may see what a message was.")
    if message.deleted:
        return [], None
    # A text that somebody is about to replace may be kept already, but it is not an earlier one yet.
    which = {"message_id": message_id, "version": {"$gt": -1 if after is None else after, "$lt": message.edits or 0}}
    found = MessageEdit.find(which, sort=[("version", 1)], limit=limit + 1)
    page = found[:limit]
    return page, page[-1].version if len(found) > limit else None


def _get(message_id: ObjectId) -> Message:
    message = Message.get(message_id)
    if message is None:
        raise NotFound()
    return message
