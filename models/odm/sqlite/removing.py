"""Takes out of a file what no version needs any more: only ever called by a migration or on an operator's word."""

import sqlite3
from collections.abc import Collection, Sequence

from models.odm.indexes import Index
from models.odm.sqlite import catalog
from models.odm.sqlite.keeping import quote
from models.odm.sqlite.layout import Layout, other_name, term_sql
from models.odm.sqlite.pool import Pool
from models.odm.sqlite.preparation import objects, signature


def drop_index(pool: Pool, collection: str, index: Index, declared: Layout | None) -> None:
    """Drops an index, and the columns and side tables that served it alone; `declared`: what this version has there."""
    suffix = "".join(f"|{term_sql(name, operator, value)}" for name, operator, value in index.partial_conditions())
    name = f"{collection}|{index.name}{suffix}"
    names = {other for base in (name, f"{name}|null") for other in (base, other_name(base, unique=index.unique))}
    with pool.transaction() as connection:
        for found, (kind, sql) in objects(connection, collection).items():
            if kind == "index" and found in names and sql.startswith("CREATE UNIQUE") == index.unique:
                connection.execute(f"DROP INDEX {quote(found)}")
        _drop_unused(connection, collection, declared)


def drop_collection(pool: Pool, collection: str) -> None:
    """Drops a collection and all that belongs to it."""
    with pool.transaction() as connection:
        for found, (kind, _) in objects(connection, collection).items():
            if kind == "table":
                connection.execute(f"DROP TABLE IF EXISTS {quote(found)}")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'odm_catalog'").fetchone():
            connection.execute("DELETE FROM odm_catalog WHERE collection = ?", (collection,))


def leftovers(pool: Pool, layouts: Collection[Layout]) -> list[str]:
    """The indexes that the layouts do not declare."""
    with pool.transaction() as connection:
        return [name for layout in layouts for name in _leftovers(connection, layout)]


def drop_leftovers(pool: Pool, layouts: Sequence[Layout]) -> list[str]:
    """Drops them, with the columns and side tables that are left; returns their names."""
    dropped = []
    for layout in layouts:
        with pool.transaction() as connection:
            for name in _leftovers(connection, layout):
                connection.execute(f"DROP INDEX {quote(name)}")
                dropped.append(name)
            _drop_unused(connection, layout.name, layout)
    return dropped


def _leftovers(connection: sqlite3.Connection, layout: Layout) -> list[str]:
    wanted = {signature(name, sql) for name, sql in layout.indexes.items()}
    existing = objects(connection, layout.name)
    return [name for name, (kind, sql) in existing.items() if kind == "index" and signature(name, sql) not in wanted]


def _drop_unused(connection: sqlite3.Connection, collection: str, declared: Layout | None) -> None:
    existing = objects(connection, collection)
    indexes = [sql for kind, sql in existing.values() if kind == "index"]
    tables = {multikey.name for multikey in declared.multikeys} if declared else set()
    for name, (kind, _) in existing.items():
        if kind == "table" and name != collection and name not in tables:
            if any(f" ON {quote(name)} (" in sql for sql in indexes):
                continue
            connection.execute(f"DROP TRIGGER IF EXISTS {quote(f'{name}:delete')}")
            connection.execute(f"DROP TABLE {quote(name)}")
            catalog.forget(connection, collection, catalog.SIDE_TABLE, name)
    columns = set(declared.columns) if declared else set()
    own = [sql.partition(" ON ")[2] for sql in indexes]
    for name in catalog.columns(connection, collection):
        if name not in columns and not any(quote(name) in sql for sql in own):
            connection.execute(f"ALTER TABLE {quote(collection)} DROP COLUMN {quote(name)}")
            catalog.forget(connection, collection, catalog.COLUMN, name)
