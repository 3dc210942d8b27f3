"""Two versions of one collection, as an older and a newer program declare it."""

from models.odm import DESC, Document, Index


class Old(Document):
    class Settings:
        collection = "things"
        indexes = [Index("name"), Index("gone"), Index("old_tags")]

    name: str
    number: int = 0
    gone: str = "x"
    tags: list[str] = []
    old_tags: list[str] = []
    place: dict[str, str] = {}


class New(Document):
    """The same, with a new field, and indexes on fields that were there already."""

    class Settings:
        collection = "things"
        indexes = [
            Index("name"),
            Index(("number", DESC), unique=True),
            Index("tags"),
            Index("place.city"),
            Index("added"),
            Index("name", "number", partial={"number": {"$gt": 5}}),
        ]

    name: str
    number: int = 0
    tags: list[str] = []
    place: dict[str, str] = {}
    added: int = 7
