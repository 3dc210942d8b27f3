"""/api/users: other people, and one's own profile."""

from typing import Any

from bson import ObjectId

from blueprints.api import Api
from identity import current_user
from models.accounts import User
from schemas.accounts import OwnUserAnswer, UpdateMe, UserAnswer, UserPage, own_user_view, user_view
from services import accounts, presence
from utils.errors import NotFound

api = Api("users", "/api/users")


@api.get("/online", answer=UserPage)
def online() -> Any:
    """Who is online now, at most 1,000 people."""
    users = User.find({"_id": {"$in": list(presence.online_users())}}, limit=1000)
    return {"items": [user_view(user, online=True) for user in users], "next": None}


@api.get("/<id:user_id>", answer=UserAnswer, errors=(NotFound,))
def show(user_id: ObjectId) -> Any:
    """One person."""
    user = User.get(user_id)
    if user is None:
        raise NotFound()
    return {"user": user_view(user, online=presence.is_online(user.id))}


@api.patch("/me", body=UpdateMe, answer=OwnUserAnswer)
def update_me(body: UpdateMe) -> Any:
    """Change one's nickname, language or preferences; what is left out stays."""
    user = accounts.update_profile(current_user(), body.model_dump(exclude_none=True))
    return {"user": own_user_view(user, online=presence.is_online(user.id))}
