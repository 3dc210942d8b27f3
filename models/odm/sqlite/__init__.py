"""The SQLite engine: one file, one table a collection, BSON documents beside their indexed fields as real columns.

- keys: a BSON value as a column value that SQLite compares and sorts as MongoDB would.
- layout: the columns, side tables and indexes of a collection, as SQL. migration: brings a file to that layout.
- pool: connections, transactions, and what an error of SQLite means.
- planner: a filter as SQL, as far as columns decide it. collection: the operations.
"""

from models.odm.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
