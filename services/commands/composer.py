"""What becomes of a text that somebody sends: a message, or what a command makes of it. The transports call nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bson import ObjectId

from models.accounts import User
from models.messages import Message
from schemas.commands import SentAnswer
from services import commands

# Imported so that their commands are known.
from services.commands import charts, talk  # noqa: F401
from services.messaging import direct, messages
from services.rooms import known_rooms, rooms


@dataclass(frozen=True, slots=True)
class Sent:
    """The message and whether it is new, or a notice for the sender alone."""

    message: Message | None = None
    created: bool = False
    notice: commands.Notice | None = None

    def answer(self, viewer_id: ObjectId) -> SentAnswer:
        """As the wire has it, for the sender."""
        if self.message is not None:
            return {"message": messages.view(self.message, viewer_id)}
        return {"message": None} if self.notice is None else {"message": None, "notice": self.notice.view()}


def send(
    room_id: ObjectId,
    author: User,
    body: str,
    *,
    client_id: str | None = None,
    reply_to: ObjectId | None = None,
    attachment_ids: Sequence[ObjectId] = (),
) -> Sent:
    """Say `body` in a room, or do what it commands. Raises what messages.send and the commands do."""
    post = partial(messages.send, room_id, author, client_id=client_id, reply_to=reply_to, attachment_ids=attachment_ids)
    asked = commands.read(body)
    if asked is None:
        return _posted(post(_unescaped(body)))
    rooms.membership(room_id, author.id)
    private = known_rooms.room(room_id).kind == "direct"
    return _run(asked, author, room_id, post, private=private)


def send_to_person(
    sender: User,
    receiver_id: ObjectId,
    body: str,
    *,
    client_id: str | None = None,
    reply_to: ObjectId | None = None,
    attachment_ids: Sequence[ObjectId] = (),
) -> Sent:
    """Write `body` to a person, or do what it commands. Raises what direct.send and the commands do."""
    post = partial(direct.send, sender, receiver_id, client_id=client_id, reply_to=reply_to, attachment_ids=attachment_ids)
    asked = commands.read(body)
    if asked is None:
        return _posted(post(_unescaped(body)))
    return _run(asked, sender, direct.room_id_of(sender.id, receiver_id), post, private=True)


def _run(asked: tuple[str, str], user: User, room_id: ObjectId, post: Callable[..., commands.Posted], *, private: bool) -> Sent:
    name, argument = asked
    outcome = commands.run(commands.Call(name, argument, user, room_id, private, post))
    return Sent(notice=outcome) if isinstance(outcome, commands.Notice) else _posted(outcome)


def _posted(posted: commands.Posted) -> Sent:
    message, created = posted
    return Sent(message, created)


def _unescaped(body: str) -> str:
    """A text that begins with two slashes means one."""
    return body[1:] if body.startswith("//") else body
