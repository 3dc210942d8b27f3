"""What a writer keeps up to date beside the documents of a collection: columns and side tables.

A file may be shared with another version of the program, which has indexes of its own. Each version therefore keeps all that
is in the file, not only what its own models declare. That takes no model: a column is named after its path, and how a
side table is filled is written down in the file, see catalog.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models.odm.codec import Raw
from models.odm.order import MISSING, compares, equal, leaves
from models.odm.sqlite.keys import EMPTY_ARRAY, ENCODERS, Key, encode

Read = Callable[[Raw], Key]


def quote(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def unquote(identifier: str) -> str:
    """The name that an identifier stands for."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def reader(name: str) -> Read:
    """What takes the column value of a path with one plain value out of a stored document."""
    parts = tuple(name.split("."))
    if len(parts) == 1:
        encoders = ENCODERS
        return lambda raw: encoders[type(value := raw.get(name))](value)

    def nested(raw: Raw) -> Key:
        # Another version may store a list on the way, and that may be empty.
        value = next(iter(leaves(raw, parts)), MISSING)
        return None if value is MISSING else encode(value)

    return nested


@dataclass(frozen=True, slots=True)
class Definition:
    """All that a side table depends on.

    Attributes:
        collection, name: of the collection, and of the table.
        fields: the paths of the key, in order; `array` is the one that holds a list.
        terms: (path, operator, value) of its partial filter: only documents that fulfil all are in it.
    """

    collection: str
    name: str
    fields: tuple[str, ...]
    array: str
    terms: tuple[tuple[str, str, Any], ...] = ()

    def to_raw(self) -> Raw:
        return {"fields": list(self.fields), "array": self.array, "terms": [list(term) for term in self.terms]}

    @classmethod
    def from_raw(cls, collection: str, name: str, raw: Raw) -> "Definition":
        terms = tuple((path, operator, value) for path, operator, value in raw["terms"])
        return cls(collection, name, tuple(raw["fields"]), raw["array"], terms)


class SideTable:
    """The side table of one multikey index: `_of` is the row of the document, `_k0` … the parts of the key.

    Its columns have names that no other table has, so that it can be joined without further ado.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.name = definition.name
        self.table = quote(definition.name)
        self.columns = {name: f"_k{at}" for at, name in enumerate(definition.fields)}
        self.roots = {name.partition(".")[0] for name in (*definition.fields, *(term[0] for term in definition.terms))}
        self._array = tuple(definition.array.split("."))
        self._scalars = [None if name == definition.array else reader(name) for name in definition.fields]
        self._terms = [(tuple(name.split(".")), operator, value) for name, operator, value in definition.terms]
        columns = ", ".join(self.columns.values())
        self.create = (
            f"CREATE TABLE {self.table} (_of INTEGER NOT NULL, _n INTEGER NOT NULL, {columns}, PRIMARY KEY (_of, _n)) WITHOUT ROWID"
        )
        self.trigger_name = quote(f"{self.name}:delete")
        self.trigger = (
            f"CREATE TRIGGER {self.trigger_name} AFTER DELETE ON {quote(definition.collection)} "
            f"BEGIN DELETE FROM {self.table} WHERE _of = old._rid; END"
        )
        marks = ", ".join("?" * (len(self.columns) + 2))
        self.insert = f"INSERT INTO {self.table} (_of, _n, {columns}) VALUES ({marks})"
        self.delete = f"DELETE FROM {self.table} WHERE _of = ?"

    def rows(self, raw: Raw) -> list[tuple[Key, ...]]:
        """The key parts of each row that stands for a document."""
        if not all(_holds(term, raw) for term in self._terms):
            return []
        scalars = [None if read is None else read(raw) for read in self._scalars]
        at = self._scalars.index(None)
        return [(*scalars[:at], key, *scalars[at + 1 :]) for key in self._elements(raw)]

    def _elements(self, raw: Raw) -> dict[Key, None]:
        keys: dict[Key, None] = {}
        found = leaves(raw, self._array)
        for leaf in found:
            if isinstance(leaf, list):
                for item in leaf:
                    keys[encode(item)] = None
                if not leaf:
                    keys[EMPTY_ARRAY] = None
            else:
                keys[None if leaf is MISSING else encode(leaf)] = None
        return keys if found else {EMPTY_ARRAY: None}


def _holds(term: tuple[tuple[str, ...], str, Any], raw: Raw) -> bool:
    parts, operator, wanted = term
    value = next(iter(leaves(raw, parts)), MISSING)
    if operator == "$exists":
        return value is not MISSING
    return equal(value, wanted) if operator == "$eq" else compares(operator, value, wanted)


class Keeping:
    """The statements that store the documents of one collection with all that the file keeps of them. It never changes:
    when the file does, another one takes its place."""

    def __init__(self, collection: str, id_column: str, columns: Sequence[str], side_tables: Sequence[SideTable]) -> None:
        self.columns = tuple(columns)
        self.side_tables = tuple(side_tables)
        self.table = quote(collection)
        self.readers = [(name.partition(".")[0], reader(name)) for name in columns]
        names = [*map(quote, columns)]
        self._names = names
        self.insert = (
            f"INSERT INTO {self.table} ({', '.join([id_column, *names, '_doc'])}) VALUES ({', '.join('?' * (len(names) + 2))})"
        )
        self._updates: dict[tuple[int, ...], str] = {}

    @property
    def plain(self) -> bool:
        """Whether there is nothing beside the documents."""
        return not self.columns and not self.side_tables

    def keys(self, raw: Raw) -> list[Key]:
        """The column values of a document, in the order of `columns`."""
        return [read(raw) for _, read in self.readers]

    def update(self, changed: tuple[int, ...]) -> str:
        """The UPDATE of a row of which these columns, by position, and the document change."""
        sql = self._updates.get(changed)
        if sql is None:
            columns = "".join(f"{self._names[at]} = ?, " for at in changed)
            sql = self._updates[changed] = f"UPDATE {self.table} SET {columns}_doc = ? WHERE _rid = ?"
        return sql

    def keeps_the_same(self, other: "Keeping") -> bool:
        """Whether both keep the same columns and side tables."""
        return self.columns == other.columns and [table.definition for table in self.side_tables] == [
            table.definition for table in other.side_tables
        ]
