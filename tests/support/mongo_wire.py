"""A MongoDB wire-protocol server over mongomock: `python -m tests.support.mongo_wire PORT [plain]` serves 127.0.0.1:PORT.

It speaks OP_MSG as pymongo does and keeps everything in memory, with mongomock's semantics of queries and updates. Beyond
mongomock it names the index of a duplicate key and, as a MongoDB server does, refuses documents that do not fit a
collection's $jsonSchema and $jsonSchemas that are none (Draft 4 with bsonType, no unknown keyword). A plain server
says instead that it has no options of collections, as servers do that only resemble MongoDB.
"""

import socketserver
import struct
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import bson
import mongomock
from bson import Int64, ObjectId
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

Document = dict[str, Any]

OP_MSG = 2013
OP_QUERY = 2004
_BATCH = 101

_KEYWORDS = {
    "bsonType", "properties", "required", "enum", "anyOf", "items", "additionalProperties", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
}  # fmt: skip
_BSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "int": (int,), "long": (int,), "double": (float,), "bool": (bool,), "binData": (bytes,), "date": (datetime,),
    "objectId": (ObjectId,), "object": (dict,), "array": (list,), "null": (type(None),),
}  # fmt: skip


def _bson_type(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
    names = [wanted] if isinstance(wanted, str) else wanted
    kinds = tuple(kind for name in names for kind in _BSON_TYPES[name])
    if not isinstance(instance, kinds) or (isinstance(instance, bool) and bool not in kinds):
        yield ValidationError(f"{instance!r} is not of bsonType {wanted}")


_Validator = extend(Draft4Validator, {"bsonType": _bson_type})


class CommandError(Exception):
    """A command's failure as a server words it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Databases:
    """All databases of the server; one command runs at a time."""

    def __init__(self, plain: bool = False) -> None:
        self._plain = plain
        self._client: Any = mongomock.MongoClient()
        self._options: dict[tuple[str, str], Document] = {}
        self._cursors: dict[int, list[Document]] = {}
        self._lock = threading.Lock()

    def run(self, command: Document) -> Document:
        """The answer to a command; {"ok": 0, …} where it fails."""
        name, argument = next(iter(command.items()))
        handler = getattr(self, f"_{name}", None)
        if handler is None:
            return {"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": f"no such command: '{name}'"}
        try:
            # A client that is not greeted in time takes the server for gone, whatever it is busy with.
            with nullcontext() if handler in (self._hello, self._ping) else self._lock:
                answer: Document = handler(self._client[command.get("$db", "admin")], argument, command)
        except CommandError as error:
            return {"ok": 0.0, "code": error.code, "errmsg": str(error)}
        except PyMongoError as error:
            return {"ok": 0.0, **_failure(error)}
        except NotImplementedError as error:
            return {"ok": 0.0, "code": 238, "errmsg": f"not implemented: {error}"}
        except Exception as error:
            # A defect of this server must show in the test, not as a lost connection.
            traceback.print_exc()
            return {"ok": 0.0, "code": 8, "errmsg": repr(error)}
        return {"ok": 1.0, **answer}

    def _hello(self, database: Any, argument: Any, command: Document) -> Document:
        return {
            "isWritablePrimary": True, "ismaster": True, "maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000, "localTime": datetime.now(UTC), "minWireVersion": 0, "maxWireVersion": 21,
            "logicalSessionTimeoutMinutes": 30,
        }  # fmt: skip

    _ismaster = _isMaster = _hello

    def _ping(self, database: Any, argument: Any, command: Document) -> Document:
        return {}

    _endSessions = _ping

    def _create(self, database: Any, name: str, command: Document) -> Document:
        if (database.name, name) in self._options:
            raise CommandError(48, f"Collection {name} already exists.")
        self._options[database.name, name] = self._checked_options(command)
        return {}

    def _collMod(self, database: Any, name: str, command: Document) -> Document:
        self._options.setdefault((database.name, name), {}).update(self._checked_options(command))
        if "index" in command:
            changed = command["index"]
            options = dict(database[name].index_information()[changed["name"]])
            key = options.pop("key")
            options = {option: value for option, value in options.items() if option not in ("v", "ns")}
            database[name].drop_index(changed["name"])
            database[name].create_index(key, **{**options, **changed})
        return {}

    def _checked_options(self, command: Document) -> Document:
        known = ("validator", "validationLevel", "clusteredIndex", "timeseries")
        options = {option: command[option] for option in known if option in command}
        if options and self._plain:
            raise CommandError(238, f"{', '.join(options)}: not implemented")
        _check_schema(options.get("validator", {}).get("$jsonSchema", {}))
        return options

    def _drop(self, database: Any, name: str, command: Document) -> Document:
        self._options.pop((database.name, name), None)
        database[name].drop()
        return {}

    def _dropDatabase(self, database: Any, argument: Any, command: Document) -> Document:
        for key in [key for key in self._options if key[0] == database.name]:
            del self._options[key]
        self._client.drop_database(database.name)
        return {}

    def _listCollections(self, database: Any, argument: Any, command: Document) -> Document:
        names = sorted({*database.list_collection_names(), *(c for d, c in self._options if d == database.name)})
        infos = [{"name": n, "type": "collection", "options": self._options.get((database.name, n), {})} for n in names]
        return _cursor(database.name, "$cmd.listCollections", infos, 0)

    def _createIndexes(self, database: Any, name: str, command: Document) -> Document:
        self._options.setdefault((database.name, name), {})
        known = ("unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "name")
        for index in command["indexes"]:
            options = {option: index[option] for option in known if option in index}
            try:
                database[name].create_index(list(index["key"].items()), **options)
            except OperationFailure as error:
                raise CommandError(getattr(error, "code", None) or 85, str(error)) from None
        return {}

    def _dropIndexes(self, database: Any, name: str, command: Document) -> Document:
        database[name].drop_index(command["index"])
        return {}

    def _listIndexes(self, database: Any, name: str, command: Document) -> Document:
        if (database.name, name) not in self._options and name not in database.list_collection_names():
            raise CommandError(26, f"ns does not exist: {database.name}.{name}")
        known = ("unique", "sparse", "partialFilterExpression", "expireAfterSeconds")
        infos = [
            {"v": 2, "key": dict(info["key"]), "name": index, **{option: info[option] for option in known if info.get(option)}}
            | ({"expireAfterSeconds": info["expireAfterSeconds"]} if info.get("expireAfterSeconds") is not None else {})
            for index, info in database[name].index_information().items()
        ]
        return _cursor(database.name, name, infos, 0)

    def _find(self, database: Any, name: str, command: Document) -> Document:
        cursor = database[name].find(command.get("filter") or {}, command.get("projection"))
        if command.get("sort"):
            cursor = cursor.sort(list(command["sort"].items()))
        found = list(cursor.skip(command.get("skip", 0)).limit(abs(command.get("limit", 0))))
        return self._first_batch(database, name, found, command.get("batchSize", _BATCH))

    def _aggregate(self, database: Any, name: str, command: Document) -> Document:
        found = list(database[name].aggregate(command["pipeline"]))
        return self._first_batch(database, name, found, command.get("cursor", {}).get("batchSize", _BATCH))

    def _first_batch(self, database: Any, name: str, found: list[Document], size: int) -> Document:
        identity = 0
        if len(found) > size:
            identity = len(self._cursors) + 1
            self._cursors[identity] = found[size:]
        return _cursor(database.name, name, found[:size], identity)

    def _getMore(self, database: Any, identity: int, command: Document) -> Document:
        rest = self._cursors.get(identity)
        if rest is None:
            raise CommandError(43, f"cursor id {identity} not found")
        size = command.get("batchSize") or len(rest)
        self._cursors[identity] = rest[size:]
        answer = _cursor(database.name, command["collection"], rest[:size], identity if len(rest) > size else 0)
        answer["cursor"]["nextBatch"] = answer["cursor"].pop("firstBatch")
        return answer

    def _killCursors(self, database: Any, name: str, command: Document) -> Document:
        for identity in command["cursors"]:
            self._cursors.pop(identity, None)
        return {}

    def _count(self, database: Any, name: str, command: Document) -> Document:
        return {"n": database[name].count_documents(command.get("query") or {})}

    def _distinct(self, database: Any, name: str, command: Document) -> Document:
        return {"values": database[name].distinct(command["key"], command.get("query") or {})}

    def _insert(self, database: Any, name: str, command: Document) -> Document:
        errors: list[Document] = []
        count = 0
        for position, document in enumerate(command["documents"]):
            try:
                self._validate(database, name, [document])
                database[name].insert_one(document)
                count += 1
            except (CommandError, PyMongoError) as error:
                errors.append({"index": position, **_failure(error, database[name], document)})
                if command.get("ordered", True):
                    break
        return {"n": count, **({"writeErrors": errors} if errors else {})}

    def _update(self, database: Any, name: str, command: Document) -> Document:
        answer: Document = {"n": 0, "nModified": 0}
        upserted: list[Document] = []
        errors: list[Document] = []
        for position, update in enumerate(command["updates"]):
            try:
                result = self._update_one(database, name, update)
            except (CommandError, PyMongoError) as error:
                errors.append({"index": position, **_failure(error, database[name])})
                if command.get("ordered", True):
                    break
                continue
            answer["n"] += result.matched_count
            answer["nModified"] += result.modified_count
            if result.upserted_id is not None:
                answer["n"] += 1
                upserted.append({"index": position, "_id": result.upserted_id})
        if upserted:
            answer["upserted"] = upserted
        return {**answer, **({"writeErrors": errors} if errors else {})}

    def _update_one(self, database: Any, name: str, update: Document) -> Any:
        collection, changes = database[name], update["u"]
        upsert = update.get("upsert", False)
        before = list(collection.find(update["q"]))
        if not any(key.startswith("$") for key in changes):
            self._validate(database, name, [changes])
            return collection.replace_one(update["q"], changes, upsert=upsert)
        many = update.get("multi", False)
        try:
            result = (collection.update_many if many else collection.update_one)(update["q"], changes, upsert=upsert)
        except (TypeError, AttributeError) as error:
            # What mongomock makes of an operator that does not fit the stored value.
            raise CommandError(14, f"Cannot apply the update: {error}") from None
        self._undo_unless_valid(database, name, before, result.upserted_id)
        return result

    def _undo_unless_valid(self, database: Any, name: str, before: list[Document], upserted: Any) -> None:
        collection = database[name]
        identities = [document["_id"] for document in before] + ([] if upserted is None else [upserted])
        try:
            self._validate(database, name, list(collection.find({"_id": {"$in": identities}})))
        except CommandError:
            for document in before:
                collection.replace_one({"_id": document["_id"]}, document)
            if upserted is not None:
                collection.delete_one({"_id": upserted})
            raise

    def _findAndModify(self, database: Any, name: str, command: Document) -> Document:
        collection = database[name]
        sort = list(command["sort"].items()) if command.get("sort") else None
        if command.get("remove"):
            return {"value": collection.find_one_and_delete(command["query"], sort=sort)}
        before = list(collection.find(command["query"]))
        identities = set(collection.distinct("_id"))
        value = collection.find_one_and_update(
            command["query"], command["update"], sort=sort, upsert=command.get("upsert", False),
            return_document=bool(command.get("new")),
        )  # fmt: skip
        made = [identity for identity in collection.distinct("_id") if identity not in identities]
        self._undo_unless_valid(database, name, before, made[0] if made else None)
        return {"value": value}

    def _delete(self, database: Any, name: str, command: Document) -> Document:
        deleted = 0
        for delete in command["deletes"]:
            method = database[name].delete_one if delete.get("limit") else database[name].delete_many
            deleted += method(delete["q"]).deleted_count
        return {"n": deleted}

    def _dbStats(self, database: Any, argument: Any, command: Document) -> Document:
        counts = [database[name].count_documents({}) for name in database.list_collection_names()]
        return {"db": database.name, "collections": len(counts), "objects": sum(counts), "storageSize": 4096.0, "indexSize": 4096.0}

    def _validate(self, database: Any, name: str, documents: list[Document]) -> None:
        schema = self._options.get((database.name, name), {}).get("validator", {}).get("$jsonSchema")
        for document in documents if schema else []:
            problem = next(_Validator(schema).iter_errors(document), None)
            if problem is not None:
                raise CommandError(121, f"Document failed validation: {problem.message}")


def _cursor(database: str, name: str, batch: list[Document], identity: int) -> Document:
    return {"cursor": {"id": Int64(identity), "ns": f"{database}.{name}", "firstBatch": batch}}


def _failure(error: Exception, collection: Any = None, document: Document | None = None) -> Document:
    code = getattr(error, "code", None)
    if isinstance(error, DuplicateKeyError):
        pattern = _duplicate_index(collection, document) if document is not None else None
        return {"code": 11000, "errmsg": str(error), **({"keyPattern": pattern} if pattern else {})}
    return {"code": code or 2, "errmsg": str(error)}


def _duplicate_index(collection: Any, document: Document) -> Document | None:
    if collection.count_documents({"_id": document.get("_id")}):
        return {"_id": 1}
    for info in collection.index_information().values():
        keys = dict(info["key"])
        same = {key: document.get(key) for key in keys}
        if info.get("unique") and collection.count_documents({"$and": [info.get("partialFilterExpression") or {}, same]}):
            return keys
    return None


def _check_schema(schema: Any) -> None:
    unknown = set(schema) - _KEYWORDS
    if unknown:
        raise CommandError(9, f"Unknown $jsonSchema keyword: {', '.join(sorted(unknown))}")
    within = [schema[name] for name in ("items", "additionalProperties") if name in schema]
    for inner in [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *within]:
        _check_schema(inner)


class _Connection(socketserver.BaseRequestHandler):
    databases: Databases

    def handle(self) -> None:
        while (header := self._receive(16)) is not None:
            length, request, _, opcode = struct.unpack("<iiii", header)
            body = self._receive(length - 16)
            if body is None:
                return
            if opcode == OP_MSG:
                answer = bson.encode(self.databases.run(_message(body)))
                self._send(OP_MSG, request, struct.pack("<IB", 0, 0) + answer)
            elif opcode == OP_QUERY:
                # Only the first hello of a connection still comes this way; OP_REPLY is 1.
                answer = bson.encode(self.databases.run({"hello": 1}))
                self._send(1, request, struct.pack("<iqii", 8, 0, 0, 1) + answer)
            else:
                return

    def _send(self, opcode: int, request: int, body: bytes) -> None:
        self.request.sendall(struct.pack("<iiii", 16 + len(body), 0, request, opcode) + body)

    def _receive(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self.request.recv(size - len(parts))
            except OSError:
                return None
            if not part:
                return None
            parts += part
        return bytes(parts)


def _message(body: bytes) -> Document:
    """The command in an OP_MSG: one document, and sequences of documents that are fields of it."""
    command: Document = {}
    at = 4
    while at < len(body):
        kind = body[at]
        at += 1
        (size,) = struct.unpack_from("<i", body, at)
        section = body[at : at + size]
        if kind == 0:
            command = {**bson.decode(section), **command}
        else:
            end = section.index(b"\0", 4)
            command[section[4:end].decode()] = bson.decode_all(section[end + 1 :])
        at += size
    first = next((name for name in command if name not in ("documents", "updates", "deletes")), "")
    return {first: command[first], **command}


class Server(socketserver.ThreadingTCPServer):
    """The listening socket; a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    disable_nagle_algorithm = True


def main() -> None:
    """Serves until it is killed."""
    _Connection.databases = Databases(plain="plain" in sys.argv)
    with Server(("127.0.0.1", int(sys.argv[1])), _Connection) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
