"""All migrations of the platform's documents, in the order in which they are run; a new one goes to the end.

A name stays for good: databases remember by it what is done. docs/migrations.md says when one is needed and how it is written.
"""

from models.odm.indexes import Index
from models.odm.migrations import DropCollection, DropIndex, Migration

MIGRATIONS: tuple[Migration, ...] = (
    # An index with `last_seq` answers what the one by `active_at` alone did.
    Migration("rooms-by-activity", contract=[DropIndex("rooms", Index("active_at"))]),
    # Connections are alive while their process's document is (live_connections, live_device_connections).
    Migration("connections-by-process", contract=[DropCollection("connections"), DropCollection("device_connections")]),
)
