"""/api/users: other people, blocking them, and one's own account."""

from typing import Any

from bson import ObjectId
from flask import session

from blueprints.api import Api
from blueprints.identity import current_user, signed_in_seconds
from blueprints.languages import asked_language
from schemas.accounts import DeleteMe, OwnUserAnswer, UpdateMe, UserAnswer, UserPage, UserSearch
from schemas.base import PageQuery
from schemas.friends import BlockedPage
from services import own_account
from services.messaging import blocks
from services.people import users
from utils.errors import Conflict, NotFound, ValidationFailed
from utils.pagination import decode_cursor, decode_id_cursor, encode_cursor

api = Api("users", "/api/users")


@api.get("/online", query=PageQuery, answer=UserPage)
def online(query: PageQuery) -> Any:
    """Who is online now as far as one may know, longest-standing account first."""
    items, last = users.online(current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": items, "next": encode_cursor(None if last is None else str(last))}


@api.get("/search", query=UserSearch, answer=UserPage, limit="120/minute")
def search(query: UserSearch) -> Any:
    """People whose user name or nickname starts with `q`, user names first."""
    items, after = users.search(current_user(), query.q, limit=query.limit, position=decode_cursor(query.cursor))
    return {"items": items, "next": encode_cursor(after)}


@api.get("/<id:user_id>", answer=UserAnswer, errors=(NotFound,))
def show(user_id: ObjectId) -> Any:
    """One person."""
    return {"user": users.show(user_id, current_user())}


@api.get("/me", answer=OwnUserAnswer)
def show_me() -> Any:
    """The signed-in account, as /api/auth/me has it."""
    return {"user": users.own_view(current_user())}


@api.patch("/me", body=UpdateMe, answer=OwnUserAnswer, errors=(Conflict,))
def update_me(body: UpdateMe) -> Any:
    """Change one's nickname, language, preferences or e-mail address; what is left out stays.

    Another address needs the current password, is not verified, and is mailed a link that verifies it; null removes it.

    The preference `private_messages` says who may write to one: "friends" (the default) or "everyone".
    """
    changes = body.model_dump(exclude_none=True, exclude={"password"})
    if "email" in body.model_fields_set:
        changes["email"] = body.email
    user = own_account.update_profile(current_user(), changes, password=body.password, language=asked_language())
    return {"user": users.own_view(user)}


@api.delete("/me", body=DeleteMe, status=204, errors=(Conflict,), limit="10/minute")
def delete_me(body: DeleteMe) -> None:
    """End one's account. What one said stays in its rooms under the name it was said with; the user name becomes free."""
    own_account.delete_account(current_user(), body.password, signed_in_seconds=signed_in_seconds())
    session.clear()


@api.get("/me/blocked", query=PageQuery, answer=BlockedPage)
def blocked(query: PageQuery) -> Any:
    """Whom one blocks, longest blocked first."""
    items, last = blocks.listing(current_user(), limit=query.limit, after=decode_id_cursor(query.cursor))
    return {"items": items, "next": encode_cursor(None if last is None else str(last))}


@api.post("/<id:user_id>/block", status=204, errors=(NotFound, ValidationFailed), limit="60/minute")
def block(user_id: ObjectId) -> None:
    """Block a person: they cannot ask to be friends, write, or see whether one is online. A friendship ends."""
    blocks.block(current_user(), user_id)


@api.delete("/<id:user_id>/block", status=204, limit="60/minute")
def unblock(user_id: ObjectId) -> None:
    """Block a person no longer. A friendship that the block ended does not come back."""
    blocks.unblock(current_user(), user_id)
