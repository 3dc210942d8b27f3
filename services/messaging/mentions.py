"""Who is meant by the @s of a text, among the members of its room.

@room means everyone. In a room of more than EVERYONE_IS_FREE members only its owner and moderators may say it; anyone else's is
plain text. In a room of more than EVERYONE_IS_TOLD members it is marked in the message, which all who follow the room get, but
makes no notification: one document a member would make one sentence cost as much as thousands of messages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bson import ObjectId

from models.rooms import Member, Room
from services.rooms.roles import Rank, member_rank
from utils.mentions import EVERYONE, MAX_MENTIONS, QUOTED_EVERYONE, candidates

EVERYONE_IS_FREE = 50
EVERYONE_IS_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Mentioned:
    """user_ids: the members named. everyone: whether @room was said by somebody who may."""

    user_ids: tuple[ObjectId, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Audience:
    """Those members of a room whom one text needs: its speaker, those it names or answers, all where it says @room."""

    room: Room
    members: dict[ObjectId, Member]
    names: Sequence[tuple[str, ...]]
    room_size: int

    def mentioned(self, speaker: Member) -> Mentioned:
        """Whom the text means."""
        named = {member.nickname_key: member.user_id for member in self.members.values()}
        found: dict[ObjectId, None] = {}
        everyone = False
        for alternatives in self.names:
            for name in alternatives:
                if name == EVERYONE:
                    everyone = everyone or self.room_size <= EVERYONE_IS_FREE or member_rank(self.room, speaker) >= Rank.MODERATOR
                    break
                user_id = named.get(EVERYONE if name == QUOTED_EVERYONE else name)
                if user_id is not None:
                    found[user_id] = None
                    break
        return Mentioned(tuple(found)[:MAX_MENTIONS], everyone)

    def to_tell(self, mentioned: Mentioned, speaker: Member) -> list[ObjectId]:
        """Those of the mentioned who get a notification: not the speaker, not who muted the room."""
        everyone = mentioned.everyone and self.room_size <= EVERYONE_IS_TOLD
        who: Iterable[ObjectId] = self.members if everyone else mentioned.user_ids
        return [user_id for user_id in who if self.wants(user_id) and user_id != speaker.user_id]

    def wants(self, user_id: ObjectId) -> bool:
        """Whether a person is in the room and has not muted it."""
        member = self.members.get(user_id)
        return member is not None and not member.muted


def audience(room: Room, text: str, speaker_id: ObjectId, answered_id: ObjectId | None = None) -> Audience:
    """The members that `text` needs, its speaker and the author of what it answers among them: one query."""
    names = candidates(text)
    if room.member_count <= EVERYONE_IS_TOLD and any(EVERYONE in alternatives for alternatives in names):
        members = _by_id(Member.find({"room_id": room.id}, limit=EVERYONE_IS_TOLD + 1))
        if len(members) <= EVERYONE_IS_TOLD:  # else the room has grown since its members were counted
            return Audience(room, members, names, len(members))
    keys = {EVERYONE if name == QUOTED_EVERYONE else name for alternatives in names for name in alternatives}
    people = {"room_id": room.id, "user_id": speaker_id if answered_id is None else {"$in": [speaker_id, answered_id]}}
    # Both halves name the room, so that each has an index of its own.
    which = {"$or": [people, {"room_id": room.id, "nickname_key": {"$in": sorted(keys)}}]} if keys else people
    return Audience(room, _by_id(Member.find(which)), names, room.member_count)


def _by_id(members: Iterable[Member]) -> dict[ObjectId, Member]:
    return {member.user_id: member for member in members}
