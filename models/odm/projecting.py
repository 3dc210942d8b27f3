"""Takes the fields of a projection out of a stored document."""

from typing import Any

from models.odm.codec import Raw
from models.odm.paths import Path


def project(raw: Raw, projection: tuple[Path, ...]) -> Raw:
    """`_id` and the fields of `projection` that are there; a dotted path gives the sub-documents around its value."""
    tree: dict[str, Any] = {"_id": None}
    for path in projection:
        node = tree
        for part in path.parts[:-1]:
            node = node.setdefault(part, {})
        node[path.parts[-1]] = None
    return _pick(raw, tree)


def _pick(raw: Raw, tree: dict[str, Any]) -> Raw:
    picked: Raw = {}
    for name, value in raw.items():
        if name not in tree:
            continue
        below = tree[name]
        if below is None:
            picked[name] = value
        elif isinstance(value, dict):
            picked[name] = _pick(value, below)
        elif isinstance(value, list):
            picked[name] = [_pick(item, below) for item in value if isinstance(item, dict)]
    return picked
