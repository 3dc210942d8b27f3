"""/api/messages/search: finding what was said in one's rooms."""

from typing import Any

from blueprints.api import Api
from blueprints.identity import current_user
from schemas.messages import MessagePage
from schemas.search import SearchMessages
from services.messaging import search
from services.messaging.messages import views
from utils.errors import Forbidden, NotFound, ValidationFailed

api = Api("search", "/api/messages")


@api.get("/search", query=SearchMessages, answer=MessagePage, errors=(Forbidden, NotFound, ValidationFailed), limit="60/minute")
def messages(query: SearchMessages) -> Any:
    """Messages of one's own rooms that hold all words of `q`, newest first; "quoted parts" as they stand.

    `room_id`, `author_id`, `from` and `to` narrow it down. A page may be shorter than `limit`, even empty, and still have a
    `next`: a request looks at a bounded number of messages.
    """
    user = current_user()
    page = search.search(
        user, query.q, room_id=query.room_id, author_id=query.author_id, since=query.since, until=query.until,
        limit=query.limit, cursor=query.cursor,
    )  # fmt: skip
    return {"items": views(page.items, user.id), "next": page.next}
