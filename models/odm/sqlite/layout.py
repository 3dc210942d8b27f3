"""How a collection lies in the file: one table, a column for each indexed field, a side table for each multikey index.

    messages        _rid, _id, "room_id", "seq", …, _doc      one row a document; _doc is its BSON
    messages:terms  _of, _n, _k0, …                           one row for each different element
    readings        _rid, _doc                                where ids are integers they are the rows' numbers

A trigger deletes the rows of side tables with their document, so no statement can forget them.
"""

from dataclasses import dataclass
from typing import Any

from models.odm.annotations import alternatives
from models.odm.indexes import DESC, Index
from models.odm.paths import Path
from models.odm.schema import Schema
from models.odm.sqlite.keeping import Definition, Keeping, SideTable, quote, unquote
from models.odm.sqlite.keys import encode, literal

_SQL_OPERATORS = {"$eq": "=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


@dataclass(frozen=True, slots=True)
class PartialTerm:
    """One condition of a partial index: it shows as the very same SQL in the index and in the queries that may use it."""

    path: Path
    operator: str
    value: Any
    sql: str


class Multikey(SideTable):
    """The side table of an index that a model declares, as queries see it."""

    def __init__(self, schema: Schema, index: Index, terms: list[PartialTerm]) -> None:
        self.index = index
        self.paths = [schema.path(name) for name in index.fields]
        self.array = next(path for path in self.paths if not path.scalar)
        self.partial = bool(terms)
        super().__init__(
            Definition(
                collection=schema.collection,
                name=f"{schema.collection}:{index.name}" + "".join(f"|{term.sql}" for term in terms),
                fields=index.fields,
                array=self.array.name,
                terms=tuple((term.path.name, term.operator, term.value) for term in terms),
            )
        )


class Layout:
    """The tables and statements of one collection.

    Args:
        numbered: whether documents whose ids are integers lie under those numbers; not so in a file in which an earlier
            version had ids of other types.

    Attributes:
        keeping: what is written beside the documents: at first what the model declares, later all that the file keeps.
    """

    def __init__(self, schema: Schema, *, numbered: bool = True) -> None:
        self.schema = schema
        self.name = schema.collection
        self.table = quote(schema.collection)
        self.id_path = schema.path("_id")
        self.id_column = "_rid" if numbered and alternatives(self.id_path.annotation) == [int] else "_id"
        self.where_key = f"where {self.id_column}"
        self.columns: dict[str, Path] = {}
        self.multikeys: list[Multikey] = []
        self.indexes: dict[str, str] = {}
        self.partial_terms: list[PartialTerm] = []
        self.unique_fields: dict[str, tuple[str, ...]] = {}
        for index in schema.indexes:
            self._add(index)
        names = [*map(quote, self.columns)]
        self.keeping = Keeping(self.name, self.id_column, [*self.columns], self.multikeys)
        self.create = (
            f"CREATE TABLE {self.table} (_rid INTEGER PRIMARY KEY, {'' if self.has_integer_ids else '_id NOT NULL UNIQUE, '}"
            + "".join(f"{name}, " for name in names)
            + "_doc BLOB NOT NULL)"
        )

    @property
    def has_integer_ids(self) -> bool:
        """Whether ids are the rows' own numbers: no second index, and what is inserted in order lies in order."""
        return self.id_column == "_rid"

    def column(self, path: Path) -> str | None:
        """The column that holds exactly the value at `path`, quoted; None where there is none."""
        if path.name == "_id":
            return self.id_column
        return quote(path.name) if path.name in self.columns else None

    def _add(self, index: Index) -> None:
        terms = []
        for name, operator, value in index.partial_conditions():
            path = self.schema.path(name)
            self._column(path)
            terms.append(PartialTerm(path, operator, value, term_sql(path.name, operator, value)))
        paths = [self.schema.path(name) for name in index.fields]
        if all(path.scalar for path in paths):
            for path in paths:
                self._column(path)
            self.partial_terms += [term for term in terms if term.operator != "$exists"]
            columns = [str(self.column(path)) for path in paths]
            self._add_index(index, self.name, columns, terms)
        else:
            for path in paths:
                if path.scalar:
                    self._column(path)
            multikey = Multikey(self.schema, index, terms)
            self.multikeys.append(multikey)
            # The side table holds only what fulfils the terms.
            self._add_index(index, multikey.name, list(multikey.columns.values()), [], terms)

    def _column(self, path: Path) -> None:
        if path.name != "_id":
            self.columns.setdefault(path.name, path)

    def _add_index(
        self, index: Index, table: str, columns: list[str], terms: list[PartialTerm], named: list[PartialTerm] | None = None
    ) -> None:
        keys = ", ".join(
            column + (" DESC" if direction == DESC else "") for column, (_, direction) in zip(columns, index.keys, strict=True)
        )
        conditions = [term.sql for term in terms]
        where = f" WHERE {' AND '.join(conditions)}" if terms else ""
        name = f"{self.name}|{index.name}" + "".join(f"|{term.sql}" for term in named or terms)
        unique = "UNIQUE " if index.unique else ""
        self.indexes[name] = f"CREATE {unique}INDEX {quote(name)} ON {quote(table)} ({keys}){where}"
        if index.unique:
            self.unique_fields[", ".join(f"{table}.{unquote(column)}" for column in columns)] = index.fields
            self._add_unique_nulls(name, index, quote(table), columns, conditions)

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
            for called in (name, other_name(name, unique=True)):
                self.unique_fields[f"index '{called}'"] = index.fields


def other_name(name: str, *, unique: bool) -> str:
    """What an index is called where another version has one of the same name that is not the same."""
    return f"{name}|{'unique' if unique else 'plain'}"


def term_sql(name: str, operator: str, value: Any) -> str:
    """A condition of a partial index on the column of that path."""
    column = quote(name)
    if operator == "$exists":
        return f"{column} IS NOT NULL"
    return f"{column} {_SQL_OPERATORS[operator]} {literal(encode(value))}"
