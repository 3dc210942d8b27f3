"""How a collection lies in the file: one table, a column for each indexed field, a side table for each multikey index.

    messages        _rid, _id, "room_id", "seq", …, _doc      one row a document; _doc is its BSON
    messages:terms  _of, _n, _k0, …                           one row for each different element
    readings        _rid, _doc                                where ids are integers they are the rows' numbers

A trigger deletes the rows of side tables with their document, so no statement can forget them.
"""

# ruff: noqa: S608 - identifiers come from the models and are quoted; values are always bound.

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.odm.annotations import alternatives
from models.odm.codec import Raw
from models.odm.indexes import DESC, Index
from models.odm.order import MISSING, compares, equal, leaves
from models.odm.paths import Path
from models.odm.schema import Schema
from models.odm.sqlite.keys import EMPTY_ARRAY, ENCODERS, Key, encode, literal

_SQL_OPERATORS = {"$eq": "=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

Read = Callable[[Raw], Key]


def quote(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def unquote(identifier: str) -> str:
    """The name that an identifier stands for."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def reader(path: Path) -> Read:
    """What takes the column value of a path with one plain value out of a stored document."""
    if len(path.parts) == 1:
        name, encoders = path.name, ENCODERS
        return lambda raw: encoders[type(value := raw.get(name))](value)

    def nested(raw: Raw) -> Key:
        value = leaves(raw, path.parts)[0]
        return None if value is MISSING else encode(value)

    return nested


@dataclass(frozen=True, slots=True)
class PartialTerm:
    """One condition of a partial index: it shows as the very same SQL in the index and in the queries that may use it."""

    path: Path
    operator: str
    value: Any
    sql: str


class Multikey:
    """The side table of one multikey index: `_of` is the row of the document, `_k0` … the parts of the key.

    Its columns have names that no other table has, so that it can be joined without further ado.
    """

    def __init__(self, schema: Schema, index: Index, terms: list[PartialTerm]) -> None:
        self.index = index
        self.name = f"{schema.collection}:{index.name}"
        self.table = quote(self.name)
        self.paths = [schema.path(name) for name in index.fields]
        self.columns = {path.name: f"_k{at}" for at, path in enumerate(self.paths)}
        self.array = next(path for path in self.paths if not path.scalar)
        self._scalars = [None if path is self.array else reader(path) for path in self.paths]
        self._terms = terms
        self.partial = bool(terms)
        self.roots = {path.root for path in (*self.paths, *(term.path for term in terms))}
        columns = ", ".join(self.columns.values())
        self.create = (
            f"CREATE TABLE {self.table} (_of INTEGER NOT NULL, _n INTEGER NOT NULL, {columns}, PRIMARY KEY (_of, _n)) WITHOUT ROWID"
        )
        self.trigger_name = quote(f"{self.name}:delete")
        self.trigger = (
            f"CREATE TRIGGER {self.trigger_name} AFTER DELETE ON {quote(schema.collection)} "
            f"BEGIN DELETE FROM {self.table} WHERE _of = old._rid; END"
        )
        marks = ", ".join("?" * (len(self.paths) + 2))
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
        found = leaves(raw, self.array.parts)
        for leaf in found:
            if isinstance(leaf, list):
                for item in leaf:
                    keys[encode(item)] = None
                if not leaf:
                    keys[EMPTY_ARRAY] = None
            else:
                keys[None if leaf is MISSING else encode(leaf)] = None
        return keys if found else {EMPTY_ARRAY: None}


def _holds(term: PartialTerm, raw: Raw) -> bool:
    value = leaves(raw, term.path.parts)[0]
    if term.operator == "$exists":
        return value is not MISSING
    return equal(value, term.value) if term.operator == "$eq" else compares(term.operator, value, term.value)


class Layout:
    """The tables and statements of one collection."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.name = schema.collection
        self.table = quote(schema.collection)
        self.id_path = schema.path("_id")
        self.id_column = "_rid" if alternatives(self.id_path.annotation) == [int] else "_id"
        self.columns: dict[str, Path] = {}
        self.multikeys: list[Multikey] = []
        self.indexes: dict[str, str] = {}
        self.partial_terms: list[PartialTerm] = []
        self.unique_fields: dict[str, tuple[str, ...]] = {}
        for index in schema.indexes:
            self._add(index)
        names = [*map(quote, self.columns)]
        self.readers = [(path.root, reader(path)) for path in self.columns.values()]
        self.create = (
            f"CREATE TABLE {self.table} (_rid INTEGER PRIMARY KEY, {'' if self.has_integer_ids else '_id NOT NULL UNIQUE, '}"
            + "".join(f"{name}, " for name in names)
            + "_doc BLOB NOT NULL)"
        )
        columns = ", ".join([self.id_column, *names, "_doc"])
        self.insert = f"INSERT INTO {self.table} ({columns}) VALUES ({', '.join('?' * (len(names) + 2))})"
        self.fill = f"UPDATE {self.table} SET {', '.join(f'{name} = ?' for name in names)} WHERE _rid = ?" if names else ""

    @property
    def has_integer_ids(self) -> bool:
        """Whether ids are the rows' own numbers: no second index, and what is inserted in order lies in order."""
        return self.id_column == "_rid"

    def column(self, path: Path) -> str | None:
        """The column that holds exactly the value at `path`, quoted; None where there is none."""
        if path.name == "_id":
            return self.id_column
        return quote(path.name) if path.name in self.columns else None

    def keys(self, raw: Raw) -> list[Key]:
        """The column values of a document, in the order of `columns`."""
        return [read(raw) for _, read in self.readers]

    def _add(self, index: Index) -> None:
        terms = []
        for name, operator, value in index.partial_conditions():
            path = self.schema.path(name)
            self._column(path)
            terms.append(PartialTerm(path, operator, value, _term_sql(path, operator, value)))
        paths = [self.schema.path(name) for name in index.fields]
        if all(path.scalar for path in paths):
            for path in paths:
                self._column(path)
            self.partial_terms += [term for term in terms if term.operator != "$exists"]
            columns = [str(self.column(path)) for path in paths]
            self._add_index(index, self.name, columns, [term.sql for term in terms])
        else:
            for path in paths:
                if path.scalar:
                    self._column(path)
            multikey = Multikey(self.schema, index, terms)
            self.multikeys.append(multikey)
            self._add_index(index, multikey.name, list(multikey.columns.values()), [])

    def _column(self, path: Path) -> None:
        if path.name != "_id":
            self.columns.setdefault(path.name, path)

    def _add_index(self, index: Index, table: str, columns: list[str], terms: list[str]) -> None:
        keys = ", ".join(
            column + (" DESC" if direction == DESC else "") for column, (_, direction) in zip(columns, index.keys, strict=True)
        )
        where = f" WHERE {' AND '.join(terms)}" if terms else ""
        name = f"{self.name}|{index.name}" + "".join(f"|{term}" for term in terms)
        unique = "UNIQUE " if index.unique else ""
        self.indexes[name] = f"CREATE {unique}INDEX {quote(name)} ON {quote(table)} ({keys}){where}"
        if index.unique:
            self.unique_fields[", ".join(f"{table}.{unquote(column)}" for column in columns)] = index.fields
            self._add_unique_nulls(name, index, quote(table), columns, terms)

    def _add_unique_nulls(self, name: str, index: Index, table: str, columns: list[str], terms: list[str]) -> None:
        """To SQLite no NULL equals another; to a unique index of MongoDB all do. A second index covers those rows."""
        certain = {term.removesuffix(" IS NOT NULL") for term in terms if term.endswith(" IS NOT NULL")}
        nullable = [column for column in columns if column not in certain]
        if nullable:
            keys = ", ".join(f"ifnull({column}, x'')" for column in columns)
            any_null = " OR ".join(f"{column} IS NULL" for column in nullable)
            where = " AND ".join([*terms, f"({any_null})"])
            name += "|null"
            self.indexes[name] = f"CREATE UNIQUE INDEX {quote(name)} ON {table} ({keys}) WHERE {where}"
            self.unique_fields[f"index '{name}'"] = index.fields


def _term_sql(path: Path, operator: str, value: Any) -> str:
    column = quote(path.name)
    if operator == "$exists":
        return f"{column} IS NOT NULL"
    return f"{column} {_SQL_OPERATORS[operator]} {literal(encode(value))}"
