"""What the answers of the server mean: the acknowledgements of the ``/devices`` namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldroom_pi.errors import ServerError

NAMESPACE = "/devices"

TRY_LATER = frozenset({"rate_limited", "unavailable"})
"""Codes of a server that cannot take it now and may take it later."""

NOT_SIGNED_IN = frozenset({"authentication_required", "invalid_credentials", "forbidden"})
"""Codes of a server that does not know this device, or not this connection."""

NEVER = frozenset(
    {"invalid_request", "validation_failed", "too_large", "unsupported_media_type", "not_found", "conflict"}
)
"""Codes that the same event will meet again however often it is sent."""

UNKNOWN_SENSOR = frozenset({"unknown_sensor", "not_found"})
"""Codes of a reading whose sensor has not been announced, or was deleted since."""

HINTS = {"future_timestamp": "it lies in the server's future: check this machine's clock"}
"""What the owner of the machine can do about a rejected reading."""


@dataclass(frozen=True)
class BatchAnswer:
    """The acknowledgement of ``readings``: two counts, and the code of each rejected reading by its position."""

    accepted: int
    duplicates: int
    rejected: Mapping[int, str]


def check(answer: object) -> Mapping[str, object]:
    """The payload of an acknowledgement. Raises ServerError if it says no, or is no acknowledgement at all."""
    if not isinstance(answer, dict):
        raise ServerError("malformed", f"the acknowledgement is a {type(answer).__name__}, not an object")
    if answer.get("ok") is True:
        return answer
    error = answer.get("error")
    if not isinstance(error, dict):
        raise ServerError("malformed", "the acknowledgement is neither ok nor an error")
    text = str(error.get("message", ""))
    if isinstance(error.get("fields"), dict):
        text = "; ".join([text, *(f"{name}: {why}" for name, why in error["fields"].items())])
    retry_after = error.get("retry_after")
    wait_s = float(retry_after) if isinstance(retry_after, (int, float)) and retry_after > 0 else None
    raise ServerError(str(error.get("code", "malformed")), text, wait_s)


def read_batch_answer(answer: object, size: int) -> BatchAnswer:
    """The acknowledgement of a batch of ``size`` readings. Raises ServerError as ``check`` does."""
    payload = check(answer)
    items = payload.get("rejected", [])
    if not isinstance(items, list):
        raise ServerError("malformed", "rejected is not a list")
    rejected = {}
    for item in items:
        index = item.get("index") if isinstance(item, dict) else None
        if not isinstance(index, int) or not 0 <= index < size:
            raise ServerError("malformed", f"rejected holds {item!r}")
        rejected[index] = str(item.get("code", "invalid_request"))
    return BatchAnswer(_count(payload, "accepted"), _count(payload, "duplicates"), rejected)


def refusal_code(data: object) -> str:
    """The code in what a refused connection came with: a string, an error object, or either as ``message``/``data``."""
    if isinstance(data, str):
        return data
    if isinstance(data, dict):
        for key in ("code", "error", "data", "message"):
            if data.get(key):
                return refusal_code(data[key])
    return ""


def _count(payload: Mapping[str, object], name: str) -> int:
    value = payload.get(name, 0)
    return value if isinstance(value, int) else 0
