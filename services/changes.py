"""What was changed, told to every process: how caches hear that what they keep is out of date.

A cache says of what kind its things are (`heard_by`); whoever has stored a change tells of it (`tell`). Here it is forgotten
before `tell` returns, elsewhere a moment later, by way of the message queue. A process that could not listen for a while has
missed something and forgets everything (`missed`). Nothing is promised while the queue is away: so a cache keeps things for
seconds, not for ever.
"""

from collections.abc import Callable, Sequence

from services.platform import current

Forget = Callable[[str | None], None]
"""Takes the id of what was changed; None: anything may have been."""
Carry = Callable[[str, Sequence[str]], None]


class Changes:
    """Who wants to hear of which changes, and who carries them to the other processes."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Forget]] = {}
        self._carry: Carry | None = None

    def heard_by(self, kind: str, forget: Forget) -> None:
        """Have `forget` called for each change of something of that kind, on whichever process."""
        self._listeners.setdefault(kind, []).append(forget)

    def carried_by(self, carry: Carry | None) -> None:
        """Say who tells the other processes; None: there are none."""
        self._carry = carry

    def tell(self, kind: str, *ids: object) -> None:
        """Say that the things of these ids were changed, after storing it; without any: all things of the kind may have been."""
        keys = [str(id) for id in ids]
        self.heard(kind, keys)
        if self._carry is not None:
            self._carry(kind, keys)

    def heard(self, kind: str, keys: Sequence[str]) -> None:
        """Pass on what was told, here or by another process."""
        for forget in self._listeners.get(kind, ()):
            for key in keys or (None,):
                forget(key)

    def missed(self) -> None:
        """Say that this process may not have heard of some changes."""
        for kind in self._listeners:
            self.heard(kind, ())


def heard_by(kind: str, forget: Forget) -> None:
    """See Changes.heard_by."""
    current().part(Changes).heard_by(kind, forget)


def tell(kind: str, *ids: object) -> None:
    """See Changes.tell."""
    current().part(Changes).tell(kind, *ids)
