"""Messages, reactions and notifications on the wire."""

from collections.abc import Sequence
from typing import Annotated, Literal, NotRequired

from bson import ObjectId
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.messages import Attachment, ChartSnapshot, Message, MessageEdit, MessageKind, Notification, NotificationKind
from schemas.accounts import NamedRef, UserRef
from schemas.alerts import MessageAlert, message_alert
from schemas.base import IdText, PageQuery, Payload, QueryParameters, TimeText, WireId, time_text
from utils.emoji import normal_emoji
from utils.validators import check_plain

MAX_BODY = 8_000
MAX_ATTACHMENTS = 10
EXCERPT = 140


def _check_body(text: str) -> str:
    if not text.strip():
        raise ValueError("Write something first.")
    if "\x00" in text:
        raise ValueError("This holds characters that cannot be stored.")
    return text


def check_emoji(text: str) -> str:
    """One emoji in its fully qualified form. Raises ValueError."""
    emoji = normal_emoji(text)
    if emoji is None:
        raise ValueError("Give one emoji.")
    return emoji


Seq = Annotated[int, Field(ge=0, lt=2**53)]
Body = Annotated[str, Field(max_length=MAX_BODY), AfterValidator(_check_body)]
ClientId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(check_plain)]
AttachmentIds = Annotated[list[WireId], Field(max_length=MAX_ATTACHMENTS)]
Emoji = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(check_emoji)]
"""One emoji, in its fully qualified form: an emoji with and without U+FE0F is the same reaction."""


class PostMessage(Payload):
    body: Body
    client_id: ClientId | None = None
    reply_to: WireId | None = None
    attachment_ids: AttachmentIds = []


class SendMessage(Payload):
    room_id: WireId
    body: Body
    client_id: ClientId
    reply_to: WireId | None = None
    attachment_ids: AttachmentIds = []


class ChangeMessage(Payload):
    body: Body


class EditMessage(Payload):
    id: WireId
    body: Body


class MessageOnly(Payload):
    id: WireId


class React(Payload):
    """on: whether one's reaction is to be there; saying so twice changes nothing."""

    id: WireId
    emoji: Emoji
    on: bool


class HistoryQuery(QueryParameters):
    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class NotificationQuery(PageQuery):
    unread: Literal["0", "1"] = "0"


class ReactionView(TypedDict):
    """user_ids: the first 20 people. me: whether one is among all of them; left out of pushes, which are the same for everyone:
    there a client finds itself among user_ids, or keeps what it knew where count is higher than their number."""

    emoji: str
    count: int
    user_ids: list[IdText]
    me: NotRequired[bool]


class AttachmentView(TypedDict):
    id: IdText
    name: str
    media_type: str
    size: int


class ChartView(TypedDict):
    """What a sensor showed when somebody posted it: points are [ts in ms, value], in order of time, at most 200."""

    sensor_id: IdText
    name: str
    unit: str
    start_ms: int
    end_ms: int
    points: list[Annotated[Sequence[int | float], Field(min_length=2, max_length=2)]]


class MessageView(TypedDict):
    """body: Markdown as it was typed; of a chart, a line that says the same in words. style action: what the author does (/me).
    mentions: the people named in it; mentions_room: everyone in the room is meant.

    Pushes about one message may overtake each other. The newest has the highest reactions_version for its reactions and the
    latest edited_at for its text; what is deleted stays so.
    """

    id: IdText
    room_id: IdText
    seq: int
    author: UserRef
    nickname: str
    kind: MessageKind
    style: Literal["action"] | None
    body: str
    chart: ChartView | None
    alert: MessageAlert | None
    client_id: str | None
    reply_to: IdText | None
    attachments: list[AttachmentView]
    reactions: list[ReactionView]
    reactions_version: int
    mentions: list[IdText]
    mentions_room: bool
    created_at: TimeText
    edited_at: TimeText | None
    deleted: bool


class MessageAnswer(TypedDict):
    message: MessageView


class MessagePage(TypedDict):
    items: list[MessageView]
    next: str | None


class EditView(TypedDict):
    """A text that the message had before, and until when. version: 0 is what was sent first."""

    version: int
    body: str
    replaced_at: TimeText


class EditPage(TypedDict):
    items: list[EditView]
    next: str | None


class NotificationView(TypedDict):
    """Something that concerns one. id: what happened, the same for all whom it concerns. room_name, seq and excerpt (the beginning
    of the message) are null where one may not or can no longer see them."""

    id: IdText
    kind: NotificationKind
    actor: NamedRef | None
    room_id: IdText | None
    room_name: str | None
    message_id: IdText | None
    seq: int | None
    excerpt: str | None
    read: bool
    created_at: TimeText


class NotificationAnswer(TypedDict):
    notification: NotificationView


class NotificationPage(TypedDict):
    """unread: how many of all one's notifications are; no further than 1,000 is counted."""

    items: list[NotificationView]
    next: str | None
    unread: int


class NotificationsRead(TypedDict):
    """id: the notification that was read on another of one's devices; null: all of them."""

    id: IdText | None
    unread: int


class NotificationWithdrawn(TypedDict):
    """What a notification was about is no more, and so is the notification. read: whether it was read already."""

    id: IdText
    read: bool


def message_view(message: Message, viewer: str | None = None, more_mine: frozenset[str] = frozenset()) -> MessageView:
    """A message as the wire has it.

    viewer: the id of who gets it, None for a push to many. more_mine: the viewer's own emoji, where the message does not hold
    the ids of all who reacted with them.
    """
    return {
        "id": str(message.id), "room_id": str(message.room_id), "seq": message.seq,
        "author": {"id": str(message.author_id), "username": message.author_username}, "nickname": message.nickname,
        "kind": message.kind, "style": message.style, "body": message.body, "chart": _chart_view(message.chart),
        "alert": message_alert(message.alert),
        "client_id": message.client_id,
        "reply_to": None if message.reply_to is None else str(message.reply_to),
        "attachments": [_attachment_view(attachment) for attachment in message.attachments],
        "reactions": _reaction_views(message, viewer, more_mine) if message.reactions else [],
        "reactions_version": message.reactions_version or 0,
        "mentions": [str(user_id) for user_id in message.mentions], "mentions_room": message.mentions_room,
        "created_at": time_text(message.created_at) or "", "edited_at": time_text(message.edited_at),
        "deleted": message.deleted,
    }  # fmt: skip


def _chart_view(chart: ChartSnapshot | None) -> ChartView | None:
    if chart is None:
        return None
    return {
        "sensor_id": str(chart.sensor_id), "name": chart.name, "unit": chart.unit,
        "start_ms": chart.start_ms, "end_ms": chart.end_ms, "points": list(chart.points),
    }  # fmt: skip


def _attachment_view(attachment: Attachment) -> AttachmentView:
    return {"id": str(attachment.id), "name": attachment.name, "media_type": attachment.media_type, "size": attachment.size}


def _reaction_views(message: Message, viewer: str | None, more_mine: frozenset[str]) -> list[ReactionView]:
    views: list[ReactionView] = []
    for total in message.reactions:
        view: ReactionView = {"emoji": total.emoji, "count": total.count, "user_ids": [str(person) for person in total.user_ids]}
        if viewer is not None:
            view["me"] = viewer in view["user_ids"] or total.emoji in more_mine
        views.append(view)
    return views


def edit_view(edit: MessageEdit) -> EditView:
    return {"version": edit.version, "body": edit.body, "replaced_at": time_text(edit.replaced_at) or ""}


def excerpt(body: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(body[: 4 * EXCERPT].split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _actor(actor_id: ObjectId, notification: Notification) -> NamedRef:
    username = notification.actor_username or "?"
    return {"id": str(actor_id), "username": username, "nickname": notification.actor_nickname or username}


def notification_view(
    notification: Notification, *, room_name: str | None = None, seq: int | None = None, text: str | None = None
) -> NotificationView:
    """A notification as the wire has it, with what may be shown of its room and message."""
    actor_id = notification.actor_id
    return {
        "id": str(notification.event_id), "kind": notification.kind,
        "actor": None if actor_id is None else _actor(actor_id, notification),
        "room_id": None if notification.room_id is None else str(notification.room_id), "room_name": room_name,
        "message_id": None if notification.message_id is None else str(notification.message_id),
        "seq": seq, "excerpt": text, "read": notification.read, "created_at": time_text(notification.created_at) or "",
    }  # fmt: skip
