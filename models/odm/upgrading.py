"""Opens a database with the version of the models that this program has: adds what lacks, runs the migrations that are due,
and refuses what a newer version has taken out of its reach."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel

from models.odm.annotations import accepts_none, alternatives, element, is_array, is_enum, is_literal, is_mapping, is_model
from models.odm.codec import Raw
from models.odm.engine import Collection, Engine
from models.odm.errors import DatabaseTooNew, MigrationBlocked, OdmError
from models.odm.ledger import FIELDS, FORMAT, STAMP, entry_id, migration_name, this_process
from models.odm.migrations import Migration, Step
from models.odm.schema import Schema
from utils.clock import now

State = Literal["expanding", "expanded", "contracting", "contracted"]
EXPANDING: Final = "expanding"
EXPANDED: Final = "expanded"
CONTRACTING: Final = "contracting"
CONTRACTED: Final = "contracted"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands.

    Attributes:
        written_by: the version that opened it last: its latest migration, and a digest of all that its models declare.
        migrations: the state of each migration, in order.
        leftovers: indexes (and what is kept for them) that this version does not declare.
        others: processes of other versions that have it open.
    """

    written_by: str
    migrations: Mapping[str, str]
    leftovers: Sequence[str]
    others: Sequence[str]


class Upgrade:
    """The schemas and migrations of this program, on one engine."""

    def __init__(self, engine: Engine, schemas: Sequence[Schema], migrations: Sequence[Migration]) -> None:
        names = [migration.name for migration in migrations]
        if len(set(names)) < len(names):
            raise ValueError("two migrations have the same name")
        self._engine = engine
        self._schemas = list(schemas)
        self._migrations = list(migrations)
        self.version = f"{names[-1] if names else 'base'}+{digest(schemas, names)}"

    def open(self) -> dict[str, Collection]:
        """The collections by name, with all that this version needs.

        Of several processes that open it at once one does the work and the others wait. An error leaves what was added.

        Raises:
            DatabaseTooNew: a newer version has used it, and taken away what this one needs.
            MigrationBlocked: a migration needs all processes of other versions to be stopped.
            NotUnique: a new unique index does not hold.
            OdmError: stored documents lack a field that this version requires.
        """
        engine, ledger = self._engine, self._engine.ledger
        engine.ping()
        with ledger.exclusively():
            entries = ledger.entries()
            self._refuse_newer(entries)
            fresh = not entries and engine.is_empty(self._schemas)
            engine.prepare(self._schemas, self._no_others)
            for migration in self._migrations:
                self._expand(migration, entries, fresh=fresh)
            self._check_required(entries)
            engine.build_indexes(self._schemas)
            if (entries.get(STAMP) or {}).get("written_by") != self.version:
                ledger.write(STAMP, {"format": FORMAT, "written_by": self.version, "at": now()})
            ledger.join(self.version)
            return engine.collections(self._schemas)

    def status(self) -> Status:
        """Where the database stands."""
        entries = self._engine.ledger.entries()
        known = {migration.name: "new" for migration in self._migrations}
        states = {name: str(entry["state"]) for id, entry in entries.items() if (name := migration_name(id))}
        return Status(
            written_by=str((entries.get(STAMP) or {}).get("written_by", "")),
            migrations={**known, **states},
            leftovers=self._engine.leftovers(self._schemas),
            others=self._engine.ledger.others(self.version),
        )

    def contract(self, *, leftovers: bool = False) -> list[str]:
        """Takes away what only older versions needed: runs the second phase of each migration, and narrows validators to this
        version's models. With `leftovers` also drops the indexes that this version does not declare and no migration names.

        Returns what was done. Older versions cannot open the database any more where that was more than leftovers.

        Raises:
            MigrationBlocked: a process of another version has it open. Nothing was changed.
        """
        ledger = self._engine.ledger
        done: list[str] = []
        with ledger.exclusively():
            entries = ledger.entries()
            self._refuse_newer(entries)
            self._no_others("what they need would be taken away")
            for migration in self._migrations:
                entry = entries.get(entry_id(migration.name), {})
                if migration.contract and entry.get("state") in (EXPANDED, CONTRACTING):
                    self._run(migration, migration.contract, entry, CONTRACTING, CONTRACTED)
                    done.append(migration.name)
            self._engine.narrow(self._schemas)
            if leftovers:
                done += self._engine.drop_leftovers(self._schemas)
        return done

    def _refuse_newer(self, entries: Mapping[str, Raw]) -> None:
        stamp = entries.get(STAMP) or {}
        written_by = stamp.get("written_by", "a newer version")
        if stamp.get("format", FORMAT) > FORMAT:
            raise DatabaseTooNew(f"it was written by a newer version of the program ({written_by}): start that one")
        known = {migration.name for migration in self._migrations}
        for id, entry in entries.items():
            name = migration_name(id)
            if name and name not in known and (entry.get("breaking") or entry["state"] in (CONTRACTING, CONTRACTED)):
                raise DatabaseTooNew(
                    f"it was written by a newer version of the program ({written_by}), whose migration {name} this one "
                    "does not know: start that one, or restore a backup from before"
                )

    def _no_others(self, what: str) -> None:
        others = self._engine.ledger.others(self.version)
        if others:
            raise MigrationBlocked(f"{what}: first stop the processes of other versions ({', '.join(others)})")

    def _expand(self, migration: Migration, entries: dict[str, Raw], *, fresh: bool) -> None:
        entry = entries.get(entry_id(migration.name), {})
        if entry and entry["state"] != EXPANDING:
            return
        if fresh:
            # Nothing is stored yet in any older form.
            self._note(migration, {"state": EXPANDED})
            return
        if migration.breaking:
            self._no_others(f"the migration {migration.name}")
        self._run(migration, migration.expand, entry, EXPANDING, EXPANDED)

    def _run(self, migration: Migration, steps: Sequence[Step], entry: Raw, during: State, after: State) -> None:
        resumed = entry.get("state") == during
        begin = entry.get("step", 0) if resumed else 0
        logger.info("migration %s: %s from step %d on", migration.name, during, begin)
        if not resumed:
            # Before anything is changed: from now on a version that does not know the migration is told so.
            self._note(migration, {"state": during, "step": 0})
        for number, step in enumerate(steps):
            if number < begin:
                continue
            cursor = entry.get("cursor") if resumed and number == begin else None

            def note(reached: Any, number: int = number) -> None:
                self._note(migration, {"state": during, "step": number, "cursor": reached})

            step.run(self._engine, cursor, note)
            self._note(migration, {"state": during, "step": number + 1})
        self._note(migration, {"state": after})
        logger.info("migration %s: %s", migration.name, after)

    def _note(self, migration: Migration, entry: Raw) -> None:
        by = {"breaking": migration.breaking, "by": self.version, "process": this_process(), "at": now()}
        self._engine.ledger.write(entry_id(migration.name), {**entry, **by})

    def _check_required(self, entries: Mapping[str, Raw]) -> None:
        """Looks once at each field that is new to the database and has no default."""
        known: dict[str, list[str]] = dict((entries.get(FIELDS) or {}).get("collections", {}))
        seen = dict(known)
        for schema in self._schemas:
            fields = schema.model.model_fields
            # What was there before there was a ledger was read by the version before this one.
            new = [name for name in fields if name not in known[schema.collection]] if schema.collection in known else []
            for name in new:
                info = fields[name]
                if name == "id" or not info.is_required() or accepts_none(info.annotation):
                    continue
                example = self._engine.lacking(schema.collection, name)
                if example is not None:
                    raise OdmError(
                        f"stored documents of {schema.collection} (such as {example}) lack {name}, which this version requires: "
                        "it needs a default, or a migration that gives them one"
                    )
            if new or schema.collection not in known:
                seen[schema.collection] = sorted({*known.get(schema.collection, []), *fields})
        if seen != known:
            self._engine.ledger.write(FIELDS, {"collections": seen})


def digest(schemas: Sequence[Schema], migrations: Sequence[str]) -> str:
    """Twelve hex digits that are the same for two programs that declare the same and know the same migrations."""
    declared = [
        (schema.collection, _fields(schema.model), [repr(index) for index in schema.indexes])
        for schema in sorted(schemas, key=lambda schema: schema.collection)
    ]
    return hashlib.sha256(repr((declared, list(migrations))).encode()).hexdigest()[:12]


def _fields(model: type[BaseModel]) -> list[Any]:
    return [(name, _types(info.annotation), info.is_required()) for name, info in model.model_fields.items()]


def _types(annotation: Any) -> list[Any]:
    """The types of a value as text; not their repr, which holds addresses."""
    found: list[Any] = ["None"] if accepts_none(annotation) else []
    for member in alternatives(annotation):
        if is_model(member):
            found.append(_fields(member))
        elif is_array(member) or is_mapping(member):
            found.append(["[]" if is_array(member) else "{}", *_types(element(member))])
        elif is_enum(member):
            found.append([repr(item.value) for item in member])
        elif is_literal(member):
            found.append([repr(value) for value in get_args(member)])
        else:
            found.append(getattr(member, "__name__", str(member)))
    return found
