"""The ODM."""

from models.odm.database import Database, connect
from models.odm.document import Document
from models.odm.engine import Bucket
from models.odm.errors import DatabaseUnavailable, DuplicateKey, InvalidDocument, OdmError, UnsupportedQuery
from models.odm.indexes import ASC, DESC, Index
from models.odm.results import BulkResult, InsertResult, QueryCounts
from models.odm.types import Id, UtcDatetime
from utils.ids import new_id

__all__ = [
    "ASC", "DESC", "Bucket", "BulkResult", "Database", "DatabaseUnavailable", "Document", "DuplicateKey", "Id", "Index",
    "InsertResult", "InvalidDocument", "OdmError", "QueryCounts", "UnsupportedQuery", "UtcDatetime", "connect", "new_id",
]  # fmt: skip
