"""The AsyncAPI 3.0 document of the Socket.IO side, made of the declarations of the handlers."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from realtime.dispatch import Events

JsonObject = dict[str, Any]
_REF = "#/components/schemas/{model}"


def build(namespaces: Iterable[Events[Any]], server_events: dict[str, dict[str, Any]], version: str = "0.1.0") -> JsonObject:
    """The document of `namespaces` (what clients send) and `server_events` (by namespace: event -> type of its payload)."""
    namespaces = list(namespaces)
    schemas, definitions = _schemas(namespaces, server_events)
    channels: JsonObject = {}
    operations: JsonObject = {}
    for events in namespaces:
        channel = _channel_name(events.namespace)
        messages: JsonObject = {}
        for event in events.events.values():
            messages[event.name] = {"name": event.name, "summary": event.summary, "payload": schemas[event.payload]}
            answer = schemas.get(event.answer, {"type": "object"})
            messages[f"{event.name}.ack"] = {
                "name": f"{event.name}.ack",
                "summary": f"The acknowledgement of {event.name}.",
                "payload": _acknowledgement(answer),
            }
            operations[f"{channel}.{event.name}"] = {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": [{"$ref": f"#/channels/{channel}/messages/{event.name}"}],
                "reply": {"messages": [{"$ref": f"#/channels/{channel}/messages/{event.name}.ack"}]},
            }
        for name, payload in server_events.get(events.namespace, {}).items():
            messages[f"server.{name}"] = {"name": name, "payload": schemas[payload]}
            operations[f"{channel}.server.{name}"] = {
                "action": "send",
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": [{"$ref": f"#/channels/{channel}/messages/server.{name}"}],
            }
        channels[channel] = {"address": events.namespace, "messages": messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fieldroom, Socket.IO",
            "version": version,
            "description": "Namespaces are channels. Every event is acknowledged: {ok: true, …} or {ok: false, error}.",
        },
        "channels": channels,
        "operations": operations,
        "components": {"schemas": definitions},
    }


def _channel_name(namespace: str) -> str:
    return namespace.strip("/") or "people"


def _acknowledgement(answer: JsonObject) -> JsonObject:
    error = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "fields": {"type": "object"}},
        "required": ["code", "message"],
    }
    accepted = {"allOf": [{"type": "object", "properties": {"ok": {"const": True}}, "required": ["ok"]}, answer]}
    refused = {"type": "object", "properties": {"ok": {"const": False}, "error": error}, "required": ["ok", "error"]}
    return {"oneOf": [accepted, refused]}


def _schemas(namespaces: list[Events[Any]], server_events: dict[str, dict[str, Any]]) -> tuple[dict[Any, JsonObject], JsonObject]:
    types: list[Any] = []
    for events in namespaces:
        for event in events.events.values():
            types += [event.payload, *([event.answer] if event.answer is not None else [])]
    for payloads in server_events.values():
        types += payloads.values()
    unique = list(dict.fromkeys(types))
    made, root = TypeAdapter.json_schemas(
        [(str(number), "validation", TypeAdapter(kind)) for number, kind in enumerate(unique)], ref_template=_REF
    )
    return {unique[int(number)]: schema for (number, _), schema in made.items()}, root.get("$defs", {})
