"""What a text that begins with a slash does instead of being said: one function a command.

    @command("flip", "/flip", en="Flip a coin", zh="抛硬币")
    def flip(call: Call) -> Outcome:
        return call.post(random.choice(("heads", "tails")))

A command posts a message, or answers its sender alone. The functions are in the modules of this package;
services/messaging/composer.py imports them and is what the transports call.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId

from models.accounts import User
from models.messages import Message
from schemas.commands import CommandView, NoticeView

_COMMAND = re.compile(r"/([^\s/]+)(?:\s+(.*))?", re.DOTALL)
_SHOWN_NAME = 32
Posted = tuple[Message, bool]


@dataclass(frozen=True, slots=True)
class Notice:
    """An answer that only the sender of a command gets. level: `error` where the command did nothing."""

    command: str
    text: str
    level: Literal["info", "error"] = "info"

    def view(self) -> NoticeView:
        return {"command": self.command, "level": self.level, "text": self.text}


Outcome = Notice | Posted


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it was typed.

    argument: what follows its name, trimmed. private: whether the room is a conversation of two people. post: says something in
    the room as the user; takes the text, and `style` and `chart` as messages.send does.
    """

    name: str
    argument: str
    user: User
    room_id: ObjectId
    private: bool
    post: Callable[..., Posted]

    def tell(self, *, en: str, zh: str, level: Literal["info", "error"] = "info") -> Notice:
        """An answer in the sender's language."""
        return Notice(self.name, zh if self.user.locale == "zh-CN" else en, level)

    def fail(self, *, en: str, zh: str) -> Notice:
        """The answer of a command that did nothing, in the sender's language."""
        return self.tell(en=en, zh=zh, level="error")

    def usage(self) -> Notice:
        """The answer to a command without what it needs."""
        usage = COMMANDS[self.name].usage
        return self.fail(en=f"Write it like this: {usage}", zh=f"用法：{usage}")


@dataclass(frozen=True, slots=True)
class Command:
    """name: without the slash. usage: how it is written. rooms_only: not in conversations of two people."""

    name: str
    usage: str
    en: str
    zh: str
    rooms_only: bool
    run: Callable[[Call], Outcome]

    def view(self) -> CommandView:
        return {"name": self.name, "usage": self.usage, "summary": {"en": self.en, "zh-CN": self.zh}, "rooms_only": self.rooms_only}


COMMANDS: dict[str, Command] = {}


def command(
    name: str, usage: str, *, en: str, zh: str, rooms_only: bool = False
) -> Callable[[Callable[[Call], Outcome]], Callable[[Call], Outcome]]:
    """Declare a command: its name, how it is written, and what it does in English and in Chinese."""

    def register(function: Callable[[Call], Outcome]) -> Callable[[Call], Outcome]:
        COMMANDS[name] = Command(name, usage, en, zh, rooms_only, function)
        return function

    return register


def read(text: str) -> tuple[str, str] | None:
    """The name and the argument of the command that `text` is; None where it is none, such as a path (/etc/hosts) or //."""
    match = _COMMAND.fullmatch(text.strip())
    return None if match is None else (match[1].lower(), (match[2] or "").strip())


def run(call: Call) -> Outcome:
    """What a command does. One that there is not answers its sender only. Raises whatever the command may."""
    found = COMMANDS.get(call.name)
    if found is None:
        shown = call.name[:_SHOWN_NAME]
        return call.fail(
            en=f"There is no command /{shown}. /help lists those there are; // begins a text with a slash.",
            zh=f"没有 /{shown} 这个命令。用 /help 查看全部命令；以 // 开头可以发送斜杠。",
        )
    if found.rooms_only and call.private:
        return call.fail(en=f"/{call.name} is for rooms.", zh=f"/{call.name} 只能在聊天室里使用。")
    return found.run(call)


def listing() -> list[CommandView]:
    """All commands, by name."""
    return [COMMANDS[name].view() for name in sorted(COMMANDS)]
