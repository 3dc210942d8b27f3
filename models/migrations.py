"""All migrations of the platform's documents, in the order in which they are run; a new one goes to the end.

A name stays for good: databases remember by it what is done. docs/migrations.md says when one is needed and how it is written.
"""

from models.odm.migrations import Migration

MIGRATIONS: tuple[Migration, ...] = ()
