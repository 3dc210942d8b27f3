"""The shapes of the contract, and whether an answer has them. More fields than these are allowed, fewer are not."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]
_ID = re.compile(r"[0-9a-f]{24}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


def is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.match(value) is not None


def is_time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.match(value) is not None


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def null_or(check: Check) -> Check:
    return lambda value: value is None or check(value)


def one_of(*values: str) -> Check:
    return lambda value: value in values


def list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def shape(fields: Mapping[str, Check]) -> Check:
    return lambda value: isinstance(value, dict) and not problems(value, fields)


def problems(value: Mapping[str, Any], fields: Mapping[str, Check]) -> dict[str, Any]:
    """The fields that are missing or are not what they should be, with what they are."""
    return {name: value.get(name, "missing") for name, check in fields.items() if name not in value or not check(value[name])}


PERSON: dict[str, Check] = {"id": is_id, "username": text}
USER: dict[str, Check] = {
    **PERSON, "nickname": text, "avatar_url": null_or(text), "role": one_of("user", "moderator", "admin"), "online": flag,
    "created_at": is_time,
}  # fmt: skip
OWN_USER: dict[str, Check] = {
    **USER, "email": null_or(text), "email_verified": flag, "locale": null_or(text),
    "preferences": lambda value: isinstance(value, dict),
}  # fmt: skip
MEMBERSHIP: dict[str, Check] = {
    "nickname": text, "role": one_of("owner", "moderator", "member"), "last_read_seq": whole, "muted": flag,
}  # fmt: skip
ROOM: dict[str, Check] = {
    "id": is_id, "name": text, "kind": one_of("group", "topic", "direct"), "topic_id": null_or(is_id), "owner_id": null_or(is_id),
    "capacity": whole, "member_count": whole, "online_count": whole, "visibility": one_of("public", "private"), "last_seq": whole,
    "created_at": is_time, "membership": null_or(shape(MEMBERSHIP)),
}  # fmt: skip
MESSAGE: dict[str, Check] = {
    "id": is_id, "room_id": is_id, "seq": whole, "author": shape(PERSON), "nickname": text,
    "kind": one_of("text", "join", "leave", "chart", "alert", "system"), "body": text, "client_id": null_or(text),
    "reply_to": null_or(is_id), "attachments": list_of(lambda value: isinstance(value, dict)),
    "reactions": list_of(lambda value: isinstance(value, dict)), "mentions": list_of(is_id), "created_at": is_time,
    "edited_at": null_or(is_time), "deleted": flag,
}  # fmt: skip
READING: dict[str, Check] = {"ts": whole, "value": number}
ROLLUP: dict[str, Check] = {
    "ts": whole, "count": whole, "min": number, "max": number, "mean": number, "first": number, "last": number,
}  # fmt: skip
DEVICE: dict[str, Check] = {"id": is_id, "name": text}
SENSOR: dict[str, Check] = {
    "id": is_id, "device_id": is_id, "key": text, "name": text, "unit": text, "kind": text,
    "visibility": one_of("public", "private"), "online": flag, "last": null_or(shape(READING)), "created_at": is_time,
}  # fmt: skip
JOB: dict[str, Check] = {"id": is_id, "status": one_of("queued", "running", "done", "failed"), "progress": number}


def assert_shape(value: Any, fields: Mapping[str, Check]) -> None:
    """Raises AssertionError with the fields that are wrong."""
    assert isinstance(value, dict), value
    wrong = problems(value, fields)
    assert not wrong, (wrong, value)
