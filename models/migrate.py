"""`python -m models.migrate`: where the configured database stands, and the second half of migrations on an operator's word.

python -m models.migrate                          says which migrations are done and what is left of older versions
python -m models.migrate contract                 takes away what only older versions need; they cannot come back then
python -m models.migrate contract --leftovers     drops indexes, too, that no migration names and this version does not declare
"""

import argparse
import sys
from collections.abc import Sequence

from config import ConfigError, load_config
from models.documents import DOCUMENTS
from models.migrations import MIGRATIONS
from models.odm import Database, OdmError, open_database
from models.odm.upgrading import Upgrade


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m models.migrate", description="Where the database stands, and what is left to take away."
    )
    parser.add_argument("action", nargs="?", choices=("status", "contract"), default="status")
    parser.add_argument("--leftovers", action="store_true", help="with contract: drop indexes that this version does not declare")
    asked = parser.parse_args(arguments)
    database: Database | None = None
    try:
        # Like any start of this version it first runs what is due.
        database = open_database(load_config().database_url, DOCUMENTS, migrations=MIGRATIONS)
        if asked.action == "contract":
            done = database.upgrade.contract(leftovers=asked.leftovers)
            print("\n".join(f"done: {name}" for name in done) or "nothing to do")
        else:
            _show(database.upgrade)
    except ConfigError as error:
        print(f"fieldroom migrate: {error}", file=sys.stderr)
        return 2
    except OdmError as error:
        print(f"fieldroom migrate: DATABASE_URL: {error}", file=sys.stderr)
        return 2
    finally:
        if database is not None:
            database.close()
    return 0


def _show(upgrade: Upgrade) -> None:
    status = upgrade.status()
    print(f"version: {status.written_by}")
    for name, state in status.migrations.items():
        print(f"migration: {name}: {state}")
    for name in status.leftovers:
        print(f"left over: {name}")
    for other in status.others:
        print(f"also open by: {other}")


if __name__ == "__main__":
    sys.exit(main())
