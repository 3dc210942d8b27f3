"""The composer's commands on the wire, and the answers to what is sent."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from schemas.messages import MessageView

Summary = TypedDict("Summary", {"en": str, "zh-CN": str})


class CommandView(TypedDict):
    """name: without the slash. rooms_only: not for conversations of two people."""

    name: str
    usage: str
    summary: Summary
    rooms_only: bool


class CommandList(TypedDict):
    items: list[CommandView]
    next: None


class NoticeView(TypedDict):
    """What a command answers its sender alone, in the sender's language. level error: it did nothing."""

    command: str
    level: Literal["info", "error"]
    text: str


class SentAnswer(TypedDict):
    """The message that was made; null where a command only answered, with `notice`."""

    message: MessageView | None
    notice: NotRequired[NoticeView]
