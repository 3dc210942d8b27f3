"""The content filter on the wire: for administrators only."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from models.filtering import FilteredWord, FlaggedKind, ModerationFlag
from schemas.accounts import UserRef
from schemas.base import IdText, PageQuery, Payload, TimeText, time_text
from utils.content_filter import MIN_LETTERS, Action, Filter, VerdictAction, Where, Word
from utils.validators import clean_line

MAX_WORD = 64
MAX_WORDS = 5_000


def _check_word(text: str) -> str:
    word = clean_line(text, MAX_WORD)
    # The filter's own judgement: it finds no entry that is too short, or that has nothing in it to compare.
    if not Filter([Word(word)]).check(word).matches:
        raise ValueError(f"At least {MIN_LETTERS} letters or characters.")
    return word


Filtered = Annotated[str, Field(max_length=400), AfterValidator(_check_word)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]


class NewWord(Payload):
    """where: `word` finds whole words, `anywhere` innocent ones that contain it too. Chinese and the like is found anywhere."""

    word: Filtered
    action: Action = "mask"
    where: Where = "word"
    language: Language | None = None


class ChangeWord(Payload):
    """What is left out stays as it is; a language that is null is taken away."""

    word: Filtered | None = None
    action: Action | None = None
    where: Where | None = None
    language: Language | None = None


class WordList(Payload):
    words: Annotated[list[NewWord], Field(max_length=MAX_WORDS)]


class TryFilter(Payload):
    text: Annotated[str, Field(max_length=8_000)]


class FlagQuery(PageQuery):
    resolved: Literal["0", "1"] = "0"


class WordView(TypedDict):
    id: IdText
    word: str
    action: Action
    where: Where
    language: str | None
    created_at: TimeText


class WordAnswer(TypedDict):
    word: WordView


class WordPage(TypedDict):
    items: list[WordView]
    next: str | None


class WordsAnswer(TypedDict):
    """How many entries the list has now."""

    count: int


class MatchView(TypedDict):
    """text[start:end] is the entry `word`, however it is written there; counted in code points."""

    word: str
    action: Action
    start: int
    end: int


class VerdictView(TypedDict):
    action: VerdictAction
    text: str
    matches: list[MatchView]


class FlagView(TypedDict):
    """kind message: message_id, number seq, is in room_id. Otherwise `text` is the name that was given."""

    id: IdText
    kind: FlaggedKind
    user: UserRef
    words: list[str]
    room_id: IdText | None
    message_id: IdText | None
    seq: int | None
    text: str | None
    resolved: bool
    created_at: TimeText


class FlagAnswer(TypedDict):
    flag: FlagView


class FlagPage(TypedDict):
    items: list[FlagView]
    next: str | None


def word_view(word: FilteredWord) -> WordView:
    return {
        "id": str(word.id), "word": word.word, "action": word.action, "where": word.where, "language": word.language,
        "created_at": time_text(word.created_at) or "",
    }  # fmt: skip


def flag_view(flag: ModerationFlag) -> FlagView:
    return {
        "id": str(flag.id), "kind": flag.kind, "user": {"id": str(flag.user_id), "username": flag.username}, "words": flag.words,
        "room_id": None if flag.room_id is None else str(flag.room_id),
        "message_id": None if flag.message_id is None else str(flag.message_id),
        "seq": flag.seq, "text": flag.text, "resolved": flag.resolved, "created_at": time_text(flag.created_at) or "",
    }  # fmt: skip
