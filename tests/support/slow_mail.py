"""An SMTP server that takes its time over some mails."""

import asyncio
import threading
from typing import Any

from tests.support.inbox import Inbox


class SlowInbox(Inbox):
    """Keeps mails as an inbox does; those to slow…@… once it is told to go on. begun: how many of them came."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.begun = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if envelope.rcpt_tos[0].startswith("slow"):
            self.begun += 1
            while not self.go_on.is_set():
                await asyncio.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)
