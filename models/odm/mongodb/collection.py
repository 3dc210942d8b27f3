"""The operations of a collection on MongoDB."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from pymongo import ReturnDocument, UpdateOne, errors
from pymongo.collection import Collection as ServerCollection

from models.odm.annotations import alternatives
from models.odm.codec import Raw
from models.odm.engine import Bucket, Collection, Engine, SortPaths
from models.odm.errors import DuplicateKey, OdmError
from models.odm.filters import Query
from models.odm.indexes import ASC
from models.odm.mongodb.errors import DUPLICATE_KEY, failure_meaning, translated
from models.odm.order import sort_key
from models.odm.paths import Path
from models.odm.preserving import as_update, known_fields
from models.odm.results import BulkResult, InsertResult
from models.odm.schema import Schema
from models.odm.updates import Update

_EVERY_NUMBER: Final = float("-inf")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MongoCollection(Collection):
    """All operations of the documents of one class on MongoDB."""

    def __init__(self, engine: Engine, schema: Schema, server: ServerCollection[Raw]) -> None:
        self.engine = engine
        self._schema = schema
        self._server = server
        self._name = schema.collection
        self._known = known_fields(schema.model)

    def get(self, id: Any) -> Raw | None:
        with translated(self._name):
            return self._server.find_one({"_id": id})

    def find(
        self, query: Query, sort: SortPaths = (), limit: int = 0, skip: int = 0, projection: tuple[Path, ...] = ()
    ) -> list[Raw]:
        fields = {path.name: 1 for path in projection} or None
        with translated(self._name):
            # What is limited comes in one batch, in one round trip.
            return list(self._server.find(query.filter, fields, sort=_sort(sort), limit=limit, skip=skip, batch_size=limit))

    def stream(self, query: Query, sort: SortPaths, batch_size: int) -> Iterator[Raw]:
        # Between two batches a cursor lives on the server and holds no connection.
        with translated(self._name):
            cursor = self._server.find(query.filter, sort=_sort(sort), batch_size=batch_size)
        with cursor:
            while True:
                with translated(self._name):
                    raw = next(cursor, None)
                if raw is None:
                    return
                yield raw

    def count(self, query: Query, limit: int = 0) -> int:
        with translated(self._name):
            options: dict[str, Any] = {"limit": limit} if limit else {}
            return self._server.count_documents(query.filter, **options)

    def insert(self, raw: Raw) -> None:
        with translated(self._name):
            self._server.insert_one(raw)

    def insert_many(self, raws: Sequence[Raw], ordered: bool) -> InsertResult:
        with translated(self._name):
            try:
                return InsertResult(len(self._server.insert_many(raws, ordered=ordered).inserted_ids))
            except errors.BulkWriteError as error:
                failures = error.details["writeErrors"]
                if error.details.get("writeConcernErrors") or any(f["code"] not in DUPLICATE_KEY for f in failures):
                    raise
                return InsertResult(error.details["nInserted"], sorted(failure["index"] for failure in failures))

    def insert_rows(self, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> InsertResult:
        return self.insert_many([dict(zip(names, row, strict=True)) for row in rows], ordered=False)

    def replace(self, raw: Raw) -> bool:
        with translated(self._name):
            return self._server.update_one({"_id": raw["_id"]}, as_update(self._known, raw)).matched_count > 0

    def update_one(self, query: Query, update: Update, upsert: bool) -> bool:
        changes = self._with_defaults(query, update) if upsert else update.mongo

        def run() -> bool:
            result = self._server.update_one(query.filter, changes, upsert=upsert)
            return result.matched_count > 0 or result.upserted_id is not None

        with translated(self._name):
            return _twice(run) if upsert else run()

    def update_many(self, query: Query, update: Update) -> int:
        with translated(self._name):
            return self._server.update_many(query.filter, update.mongo).matched_count

    def find_one_and_update(self, query: Query, update: Update, upsert: bool, sort: SortPaths, return_new: bool) -> Raw | None:
        changes = self._with_defaults(query, update) if upsert else update.mongo
        which = ReturnDocument.AFTER if return_new else ReturnDocument.BEFORE

        def run() -> Raw | None:
            found: Raw | None = self._server.find_one_and_update(
                query.filter, changes, upsert=upsert, sort=_sort(sort), return_document=which
            )
            return found

        with translated(self._name):
            return _twice(run) if upsert else run()

    def delete_one(self, query: Query) -> bool:
        with translated(self._name):
            return self._server.delete_one(query.filter).deleted_count > 0

    def delete_many(self, query: Query) -> int:
        with translated(self._name):
            return self._server.delete_many(query.filter).deleted_count

    def find_one_and_delete(self, query: Query, sort: SortPaths) -> Raw | None:
        with translated(self._name):
            found: Raw | None = self._server.find_one_and_delete(query.filter, sort=_sort(sort))
            return found

    def bulk_update(self, operations: Sequence[tuple[Query, Update]], upsert: bool) -> BulkResult:
        prepared = [(query.filter, self._with_defaults(query, update) if upsert else update.mongo) for query, update in operations]
        matched = modified = upserted = 0
        failures: list[dict[str, Any]] = []
        # A second round for those that lost a race against another upsert of the same key: now they match.
        for _ in range(2):
            result, failures = self._bulk(prepared, upsert)
            matched += result["nMatched"]
            modified += result["nModified"]
            upserted += result["nUpserted"]
            if not failures or any(failure["code"] not in DUPLICATE_KEY for failure in failures):
                break
            prepared = [prepared[failure["index"]] for failure in failures]
        if failures:
            raise self._worst(failures)
        return BulkResult(matched, modified, upserted)

    def _bulk(self, prepared: list[tuple[Any, Any]], upsert: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        requests = [UpdateOne(filter, update, upsert=upsert) for filter, update in prepared]
        with translated(self._name):
            try:
                return self._server.bulk_write(requests, ordered=False).bulk_api_result, []
            except errors.BulkWriteError as error:
                if error.details.get("writeConcernErrors"):
                    raise
                return dict(error.details), list(error.details["writeErrors"])

    def _worst(self, failures: list[dict[str, Any]]) -> OdmError:
        meanings = [failure_meaning(failure, self._name) for failure in failures]
        return next((meaning for meaning in meanings if not isinstance(meaning, DuplicateKey)), meanings[0])

    def count_by(self, path: Path, query: Query) -> dict[Any, int]:
        field = f"${path.name}"
        stages: list[Raw] = [{"$match": query.filter}]
        if not path.scalar:
            stages += [{"$project": {"value": field}}, {"$unwind": "$value"}]
            field = "$value"
        stages.append({"$group": {"_id": field, "count": {"$sum": 1}}})
        with translated(self._name):
            return {group["_id"]: group["count"] for group in self._server.aggregate(stages)}

    def distinct(self, path: Path, query: Query) -> list[Any]:
        with translated(self._name):
            found = self._server.distinct(path.name, query.filter)
        return sorted((value for value in found if value is not None), key=sort_key)

    def bucket_by_time(self, query: Query, time: Path, value: Path, width_ms: int) -> list[Bucket]:
        # Arithmetic, and not $dateTrunc: it takes both forms of time and any width. The inner remainder may be negative.
        ms: Any = f"${time.name}" if _holds_int(time) else {"$subtract": [f"${time.name}", _EPOCH]}
        offset = {"$mod": [{"$add": [{"$mod": [ms, width_ms]}, width_ms]}, width_ms]}
        amount = f"${value.name}"
        stages: list[Raw] = [
            {"$match": {"$and": [query.filter, {value.name: {"$gte": _EVERY_NUMBER}}, {time.name: {"$exists": True}}]}},
            {"$sort": {time.name: ASC}},
            {
                "$group": {
                    "_id": {"$subtract": [ms, offset]},
                    "count": {"$sum": 1},
                    "sum": {"$sum": amount},
                    "min": {"$min": amount},
                    "max": {"$max": amount},
                    "first": {"$first": amount},
                    "last": {"$last": amount},
                }
            },
            {"$sort": {"_id": ASC}},
        ]
        with translated(self._name):
            groups = list(self._server.aggregate(stages))
        return [cast(Bucket, {"ts": int(group.pop("_id")), **group}) for group in groups]

    def explain(self, query: Query, sort: SortPaths, limit: int) -> list[str]:
        """The server's winning plan for `find`."""
        with translated(self._name):
            explained = self._server.find(query.filter, sort=_sort(sort), limit=limit).explain()
        return [str(explained.get("queryPlanner", explained).get("winningPlan"))]

    def _with_defaults(self, query: Query, update: Update) -> dict[str, Any]:
        """The update for an upsert: the model's defaults are what a document made by it gets for everything else."""
        _, defaults = self._schema.upserted(query, update)
        if not defaults:
            return update.mongo
        return {**update.mongo, "$setOnInsert": {**update.mongo.get("$setOnInsert", {}), **defaults}}


def _sort(sort: SortPaths) -> list[tuple[str, int]] | None:
    return [(path.name, direction) for path, direction in sort] or None


def _holds_int(path: Path) -> bool:
    return int in alternatives(path.annotation)


def _twice(run: Any) -> Any:
    """What `run` returns, tried again where a concurrent upsert of the same key was faster: then there is a match."""
    try:
        return run()
    except errors.DuplicateKeyError:
        return run()
