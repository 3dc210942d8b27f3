"""The deployment's word list: kept by administrators, applied to whatever people make others read.

Messages are masked, flagged or refused as each entry says. A name is never masked: it would be one that nobody chose and that the
next person's masked name collides with; there `mask` refuses too. The list is empty until somebody fills it: which words hurt is a
matter of the place and the language, and a list that came along would first of all be wrong for somebody.

Each process keeps the list compiled, so that a message costs no query for it, and hears of changes by others (services.changes).
`keep_fresh` looks for those that it could not hear of: without a message queue, or while that was away.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId

from models.accounts import User
from models.devices import Counter
from models.filtering import MAX_FLAGGED_WORDS, FilteredWord, FlaggedKind, ModerationFlag
from models.messages import Message
from models.odm import DuplicateKey, OdmError
from schemas.filtering import MAX_WORDS, ChangeWord, NewWord
from services import changes
from services.platform import current
from utils import concurrency
from utils.clock import now
from utils.content_filter import Filter, Verdict, Word
from utils.errors import Conflict, NotFound, ValidationFailed
from utils.logs import get_logger
from utils.text_terms import normalize

log = get_logger(__name__)
REFRESH_SECONDS = 15.0
_KIND = "word-list"
_VERSION = "content-filter"


class WordKnown(Conflict):
    default_message = "The list has this word already."


@dataclass(frozen=True, slots=True)
class _Compiled:
    version: int
    filter: Filter


class WordList:
    """The list as this process compiled it last."""

    def __init__(self) -> None:
        self.compiled: _Compiled | None = None
        self._outdated = False
        self._lock = threading.Lock()
        changes.heard_by(_KIND, self._forget)

    def now(self) -> _Compiled:
        """The list as this process knows it, compiled anew where it was heard that it has changed."""
        compiled = self.compiled
        return self.refresh() if compiled is None or self._outdated else compiled

    def refresh(self) -> _Compiled:
        """Compile the list as it is stored now, unless this is that version."""
        with self._lock:
            self._outdated = False
            # Read before the list: a change in between makes the list too new for its version, and it is read once more.
            stored = Counter.get(_VERSION)
            version = 0 if stored is None else stored.value
            if self.compiled is None or self.compiled.version != version:
                words = FilteredWord.find_raw({}, projection=("word", "action", "where"))
                self.compiled = _Compiled(version, Filter(Word(row["word"], row["action"], row["where"]) for row in words))
            return self.compiled

    def _forget(self, _id: str | None) -> None:
        # Compiled by whoever needs it next: the thread that hears is not to wait for the database.
        self._outdated = True


def check(text: str) -> Verdict:
    """What the list says of `text`; reads nothing from the database but after a change."""
    return current().part(WordList).now().filter.check(text)


def message(body: str) -> Verdict:
    """The verdict on a message, whose `text` is to be stored. Raises ValidationFailed where it is refused."""
    verdict = check(body)
    if verdict.action == "reject":
        raise ValidationFailed({"body": "This holds words that are not welcome here."})
    return verdict


def flag_message(verdict: Verdict, stored: Message) -> None:
    """Put a stored message before whoever reviews, where the verdict on it says so."""
    if verdict.action == "flag":
        ModerationFlag(
            kind="message", user_id=stored.author_id, username=stored.author_username, words=_flagged_words(verdict),
            room_id=stored.room_id, message_id=stored.id, seq=stored.seq,
        ).insert()  # fmt: skip


def name(text: str, kind: FlaggedKind, field: str, user: User, room_id: ObjectId | None = None) -> str:
    """A name that `user` wants to give; a flagged one is put up for review. Raises ValidationFailed for `field`."""
    verdict = check(text)
    if any(match.action in ("mask", "reject") for match in verdict.matches):
        raise ValidationFailed({field: "This holds words that are not welcome here."})
    if verdict.matches:
        words = _flagged_words(verdict)
        ModerationFlag(kind=kind, user_id=user.id, username=user.username, words=words, room_id=room_id, text=text).insert()
    return text


def _flagged_words(verdict: Verdict) -> list[str]:
    return list(dict.fromkeys(match.word for match in verdict.matches))[:MAX_FLAGGED_WORDS]


def refresh() -> _Compiled:
    """Compile the list as it is stored now, unless this process has that version."""
    return current().part(WordList).refresh()


def keep_fresh() -> None:
    """Follow, for ever, what other processes do to the list."""
    while True:
        concurrency.sleep(REFRESH_SECONDS)
        try:
            refresh()
        except OdmError as error:
            log.warning("word list not refreshed", reason=str(error))


def words(*, limit: int, after: ObjectId | None) -> tuple[list[FilteredWord], ObjectId | None]:
    """A page of the list, oldest entry first, and the id to go on after."""
    found = FilteredWord.find({} if after is None else {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def add(wanted: NewWord, by: User) -> FilteredWord:
    """Add an entry. Raises WordKnown, or ValidationFailed where the list is as long as it may be."""
    if FilteredWord.count(limit=MAX_WORDS) >= MAX_WORDS:
        raise ValidationFailed({"word": f"The list has {MAX_WORDS} words at most."})
    try:
        word = _document(wanted, by).insert()
    except DuplicateKey:
        raise WordKnown() from None
    _changed()
    return word


def replace(wanted: Sequence[NewWord], by: User) -> int:
    """Make `wanted` the whole list; of an entry that comes twice the last counts. Returns how many there are."""
    documents = {document.key: document for document in (_document(word, by) for word in wanted)}
    # What both lists have is never missing in between; what only the new one has comes before anything goes.
    FilteredWord.bulk_upsert(
        (
            {"key": key},
            {
                "$set": {"word": each.word, "action": each.action, "where": each.where, "language": each.language},
                "$setOnInsert": {"_id": each.id, "added_by": each.added_by, "created_at": each.created_at},
            },
        )
        for key, each in documents.items()
    )
    stale = [row["_id"] for row in FilteredWord.find_raw({}, projection=("key",)) if row["key"] not in documents]
    if stale:
        FilteredWord.delete_many({"_id": {"$in": stale}})
    _changed()
    return len(documents)


def change(word_id: ObjectId, wanted: ChangeWord) -> FilteredWord:
    """Change an entry in one step: no message passes between the old and the new one. Raises NotFound or WordKnown."""
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    values = {name: value for name, value in given.items() if value is not None}
    if "word" in values:
        values["key"] = normalize(values["word"])
    update: dict[str, dict[str, object]] = {}
    if values:
        update["$set"] = values
    if "language" in given and given["language"] is None:
        update["$unset"] = {"language": ""}
    try:
        word = FilteredWord.find_one_and_update({"_id": word_id}, update) if update else FilteredWord.get(word_id)
    except DuplicateKey:
        raise WordKnown() from None
    if word is None:
        raise NotFound()
    _changed()
    return word


def remove(word_id: ObjectId) -> None:
    """Take an entry off the list. Raises NotFound."""
    if not FilteredWord.delete_one({"_id": word_id}):
        raise NotFound()
    _changed()


def _document(wanted: NewWord, by: User) -> FilteredWord:
    return FilteredWord(
        word=wanted.word, key=normalize(wanted.word), action=wanted.action, where=wanted.where, language=wanted.language,
        added_by=by.id,
    )  # fmt: skip


def _changed() -> None:
    while True:
        try:
            Counter.update_one({"_id": _VERSION}, {"$inc": {"value": 1}}, upsert=True)
        except DuplicateKey:  # another process made the counter at the same moment
            continue
        break
    changes.tell(_KIND)
    refresh()


def flags(*, resolved: bool, limit: int, after: ObjectId | None) -> tuple[list[ModerationFlag], ObjectId | None]:
    """A page of what was flagged and is, or is not, dealt with: oldest first, and the id to go on after."""
    which: dict[str, object] = {"resolved": resolved}
    if after is not None:
        which["_id"] = {"$gt": after}
    found = ModerationFlag.find(which, sort=[("_id", 1)], limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def resolve(flag_id: ObjectId, by: User) -> ModerationFlag:
    """Note that a flag was dealt with; doing so twice changes nothing. Raises NotFound."""
    ModerationFlag.update_one(
        {"_id": flag_id, "resolved": False}, {"$set": {"resolved": True, "resolved_by": by.id, "resolved_at": now()}}
    )
    flag = ModerationFlag.get(flag_id)
    if flag is None:
        raise NotFound()
    return flag
