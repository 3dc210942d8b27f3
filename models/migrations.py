"""All migrations of the platform's documents, in the order in which they are run; a new one goes to the end.

A name stays for good: databases remember by it what is done. docs/migrations.md says when one is needed and how it is written.
"""

from models.odm.codec import Raw
from models.odm.indexes import Index
from models.odm.migrations import DropCollection, DropIndex, Migration, Rewrite
from utils.prefix_terms import name_terms


def _named(device: Raw) -> Raw:
    return device if device.get("name_terms") else {**device, "name_terms": name_terms(device["name"])}


MIGRATIONS: tuple[Migration, ...] = (
    # An index with `last_seq` answers what the one by `active_at` alone did.
    Migration("rooms-by-activity", contract=[DropIndex("rooms", Index("active_at"))]),
    # Connections are alive while their process's document is (live_connections, live_device_connections).
    Migration("connections-by-process", contract=[DropCollection("connections"), DropCollection("device_connections")]),
    Migration("devices-found-by-name", expand=[Rewrite("devices", _named)]),
    # Longer indexes took their place: a page is a range of them, in its order.
    Migration(
        "lists-in-the-order-of-an-index",
        contract=[
            DropIndex("devices", Index("owner_id")),
            DropIndex("sensors", Index("visibility")),
            DropIndex("sensors", Index("owner_id")),
            DropIndex("sensors", Index("labels")),
            DropIndex("alerts", Index("rule_id")),
            DropIndex("moderation_flags", Index("resolved")),
        ],
    ),
)
