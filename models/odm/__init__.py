"""The ODM: documents as pydantic models, stored in a SQLite file or in MongoDB, queried in MongoDB's own language.

    class Message(Document):
        class Settings:
            collection = "messages"
            indexes = [
                Index(("room_id", ASC), ("seq", ASC), unique=True),
                Index("author_id", "client_id", unique=True, partial={"client_id": {"$exists": True}}),
                Index("expires_at", ttl_seconds=0),
                Index("terms"),                          # a list: each element is found
            ]

        room_id: Id
        seq: int
        body: str = ""
        created_at: datetime

    database = connect("sqlite:///var/fieldroom.db", [Message])
    Message(room_id=room_id, seq=1, created_at=now()).insert()
    latest = Message.find({"room_id": room_id, "seq": {"$gt": 40}}, sort=[("seq", DESC)], limit=50)

Nothing above this package knows which engine is below; the same calls give the same answers on both. What is described
here is all there is: anything else raises UnsupportedQuery, naming the offender, on both engines and before anything is sent.

Documents
=========
A Document validates strictly (nothing is coerced, unknown fields are refused, NaN and infinities too) when it is made, when a
field is assigned, and, for what changes in place, when it is stored. It has an `id` (an ObjectId by default; a subclass
may declare another type and default), which is stored, queried and indexed as `_id`.

- Fields are str, int (64 bits), float, bool, bytes, datetime, Id, enums, Literal, lists, tuples, sets, dict[str, …], pydantic
  models as sub-documents, Any, and unions of these.
- A datetime must have a time zone; it becomes UTC, cut to the milliseconds that BSON holds. Within sub-documents write
  UtcDatetime, which says the same.
- None is not stored: a field that is None is left out, and one that is left out reads as its default. `$set` to None
  removes the field. So {"f": {"$exists": True}} in a partial index means "where there is a value".
- What storage holds beyond the model is ignored when it is read, and kept when the document is updated or replaced (in
  sub-documents too; a list or dict is one value), so an older program can work beside a newer one. What lacks gets its
  default when it is read; a filter sees only what is stored.
- Time-series and clustered collections (`time_series` with MongoDB's own options, `clustered = True`) are hints to
  MongoDB. On SQLite documents whose id is an int lie in the order of their ids anyway, without a second index.
- A field may be called like a class method: `rollup.count` is then the field, and `Rollup.count({…})` still counts.

Filters
=======
{"field": value} or {"field": {operator: value, …}}, with dotted paths into sub-documents ("stats.score"; not into a list by
position). $eq $ne $gt $gte $lt $lte; $in $nin (up to 10,000 values); $exists (True or False); $regex with $options "i" or
none; $and, $or. They mean what MongoDB's manual says:

- Values of different types are never equal, and a range holds values of one type: {"$gt": 5} finds no string. Integers and
  floats compare by value; True is not 1.
- {"f": None} finds documents where f is missing (or null). $ne and $nin find documents without the field too.
- A condition on a list holds if an element fulfils it, or the list as a whole; each condition may find an element of its
  own. $ne and $nin hold if no element does. A path through a list of sub-documents looks at each of them.
- A sub-document as a value is equal with the same fields in the same order.
- $regex is the dialect that PCRE2 and Python share, see models.odm.regex; on an index only a pattern that begins with ^ and
  literal text, without "i", narrows the search. A pattern from a user belongs through re.escape.

A sort is a list of (field, ASC or DESC) pairs: type by type, missing first; a list sorts by its least element, descending
by its greatest.

Updates
=======
$set $unset $inc $min $max $push $pull $addToSet $setOnInsert, each {"field": value}, with dotted paths. Values are checked
against the model before anything is sent; $inc, $push, $pull and $addToSet also when they are applied, so that a field
keeps its limits (by the server's validator on MongoDB). $pull takes a value, a condition on the element, or a filter for
elements that are sub-documents.
An upsert makes the document that the model would have made: what the filter says is equal, what the update sets, and the
model's defaults for the rest, all stored; it raises InvalidDocument where that is no valid document.

Atomicity and durability
========================
Each call is atomic for each document; on SQLite each call is one transaction. `insert_many`, `bulk_upsert` and `bulk_update` commit
once. An update never loses another one: read-modify-write belongs into find_one_and_update.
On SQLite a call that has returned survives the death of the process; a power cut may take the last commits unless the URL
says `?synchronous=full`. On MongoDB it is acknowledged by a majority, as the server's or the URL's write concern says.

Engines
=======
sqlite:///relative/path or sqlite:////absolute/path: see models.odm.sqlite. Threads, green threads and processes may share
the file, of several versions too. Expired documents (TTL) are deleted by `Database.sweep_expired`, which somebody has to call.
mongodb://host/database: see models.odm.mongodb. The server enforces a validator made from the model, and deletes expired
documents by itself.

Opening a database adds what the models need: collections, indexes, wider validators. It takes nothing away; that is what
migrations are for, see models.odm.migrations and docs/migrations.md.

Queries on fields without an index are answered on both engines, at the price of looking at every document.

Errors
======
All are OdmError. DuplicateKey (`index_fields`), of which NotUnique is what `connect` raises; DatabaseTooNew and
MigrationBlocked when it is opened; InvalidDocument (`fields`); UnsupportedQuery; DatabaseUnavailable (`reason`):
not reachable, locked for too long, full, damaged. Making a Document with wrong values is pydantic's ValidationError.
"""

from models.odm.database import Database, connect, open_database
from models.odm.document import Document
from models.odm.engine import Bucket
from models.odm.errors import (
    DatabaseTooNew,
    DatabaseUnavailable,
    DuplicateKey,
    InvalidDocument,
    MigrationBlocked,
    NotUnique,
    OdmError,
    UnsupportedQuery,
)
from models.odm.indexes import ASC, DESC, Index
from models.odm.migrations import CopyField, DropCollection, DropIndex, Migration, RemoveField, Rewrite
from models.odm.results import BulkResult, InsertResult, QueryCounts
from models.odm.types import Id, UtcDatetime
from utils.ids import new_id

__all__ = [
    "ASC", "DESC", "Bucket", "BulkResult", "CopyField", "Database", "DatabaseTooNew", "DatabaseUnavailable", "Document",
    "DropCollection", "DropIndex", "DuplicateKey", "Id", "Index", "InsertResult", "InvalidDocument", "Migration",
    "MigrationBlocked", "NotUnique", "OdmError", "QueryCounts", "RemoveField", "Rewrite", "UnsupportedQuery", "UtcDatetime",
    "connect", "new_id", "open_database",
]  # fmt: skip
