"""/api/admin: what only administrators may do."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.accounts import PasswordLinkAnswer
from schemas.base import PageQuery, time_text
from schemas.filtering import (
    ChangeWord,
    FlagAnswer,
    FlagPage,
    FlagQuery,
    NewWord,
    TryFilter,
    VerdictView,
    WordAnswer,
    WordList,
    WordPage,
    WordsAnswer,
    flag_view,
    word_view,
)
from schemas.mails import MailAnswer, MailPage, MailQuery, mail_view
from schemas.stats import StatsAnswer
from services import filtering, mail, stats
from services.mail import outbox
from services.people import mailed_links, recovery
from services.platform import current
from utils.errors import Conflict, NotFound
from utils.pagination import decode_id_cursor, encode_cursor

api = Api("admin", "/api/admin")


@api.get("/stats", answer=StatsAnswer, auth="admin")
def show_stats() -> Any:
    """How ingest, the worker and the database are doing."""
    return {
        "readings": stats.readings(),
        "storage": stats.storage(),
        "leases": stats.leases(),
        "connections": stats.connections(),
        "mail": {"backend": current().config.mail_backend, "links": mailed_links.mailable()},
    }


@api.get("/mail", query=MailQuery, answer=MailPage, auth="admin")
def mails(query: MailQuery) -> Any:
    """The mails of the last days, newest first, with how many wait. What they say is shown to nobody."""
    found, last = outbox.listing(status=query.status, limit=query.limit, before=decode_id_cursor(query.cursor))
    return {
        "items": [mail_view(each) for each in found], "next": encode_cursor(None if last is None else str(last)),
        "queue_depth": mail.mails().depth(), "counts": dict(outbox.counts()),
    }  # fmt: skip


@api.post("/mail/<id:mail_id>/retry", answer=MailAnswer, auth="admin", errors=(NotFound, Conflict))
def retry_mail(mail_id: ObjectId) -> Any:
    """Have a mail that was given up, or waits for its next attempt, tried at once, as often as a new one."""
    return {"mail": mail_view(mail.mails().retry(mail_id))}


@api.post("/users/<id:user_id>/password-link", answer=PasswordLinkAnswer, status=201, auth="admin", errors=(NotFound,))
def make_password_link(user_id: ObjectId) -> Any:
    """Make a link by which somebody who gets no mail sets a new password, to be handed over. It is good once, for an hour."""
    path, ends = recovery.hand_over(user_id, current_user())
    return {"link": {"path": path, "expires_at": time_text(ends)}}


@api.get("/content-filter", query=PageQuery, answer=WordPage, auth="admin")
def filtered_words(query: PageQuery) -> Any:
    """The words that are masked, flagged or refused, oldest entry first."""
    found, last = filtering.words(limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": [word_view(word) for word in found], "next": encode_cursor(None if last is None else str(last))}


@api.post("/content-filter", body=NewWord, answer=WordAnswer, status=201, auth="admin", errors=(Conflict,))
def add_word(body: NewWord) -> Any:
    """Add a word. Every process of the platform knows it within a few seconds."""
    return {"word": word_view(filtering.add(body, current_user()))}


@api.put("/content-filter", body=WordList, answer=WordsAnswer, auth="admin")
def replace_words(body: WordList) -> Any:
    """Make this the whole list; of a word that comes twice the last entry counts."""
    return {"count": filtering.replace(body.words, current_user())}


@api.patch("/content-filter/<id:word_id>", body=ChangeWord, answer=WordAnswer, auth="admin", errors=(NotFound, Conflict))
def change_word(word_id: ObjectId, body: ChangeWord) -> Any:
    """Change a word, or what is done about it."""
    return {"word": word_view(filtering.change(word_id, body))}


@api.delete("/content-filter/<id:word_id>", status=204, auth="admin", errors=(NotFound,))
def remove_word(word_id: ObjectId) -> None:
    """Take a word off the list."""
    filtering.remove(word_id)


@api.post("/content-filter/check", body=TryFilter, answer=VerdictView, auth="admin")
def try_filter(body: TryFilter) -> Any:
    """What the list would do to a text; nothing is stored."""
    verdict = filtering.check(body.text)
    matches = [{"word": each.word, "action": each.action, "start": each.start, "end": each.end} for each in verdict.matches]
    return {"action": verdict.action, "text": verdict.text, "matches": matches}


@api.get("/content-filter/flags", query=FlagQuery, answer=FlagPage, auth="admin")
def flags(query: FlagQuery) -> Any:
    """What was let through and is to be looked at, oldest first; `resolved` 1 for what was dealt with."""
    found, last = filtering.flags(resolved=query.resolved == "1", limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": [flag_view(flag) for flag in found], "next": encode_cursor(None if last is None else str(last))}


@api.post("/content-filter/flags/<id:flag_id>/resolve", answer=FlagAnswer, auth="admin", errors=(NotFound,))
def resolve_flag(flag_id: ObjectId) -> Any:
    """Note that a flag was dealt with."""
    return {"flag": flag_view(filtering.resolve(flag_id, current_user()))}
