"""Nothing that a platform has is bound to a module: two of them can live in one process."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("blueprints", "models", "realtime", "schemas", "services", "utils", "workers")
# What a module may make once for its process and never changes afterwards, or what says itself that it is a cache.
MAKERS = frozenset(
    {
        "Api", "Bucket", "ContextVar", "Events", "Fernet", "Liveness", "NewType", "ParamSpec", "Path", "TypeAdapter", "TypeVar",
        "attrgetter", "compile", "frozenset", "get_logger", "getLogger", "getLevelName", "itemgetter", "lru_cache", "namedtuple",
        "str", "timedelta", "tuple", "int", "float", "len", "max", "min", "join", "MappingProxyType", "Struct", "urlsplit",
        "PasswordHasher", "TypedDict", "partial", "unquote",
    }
)  # fmt: skip
# ... and what changes even under the name of a constant.
CONTAINERS = frozenset(
    {"Counter", "Event", "Gauge", "Histogram", "Lock", "OrderedDict", "Queue", "RLock", "WeakKeyDictionary", "defaultdict", "deque"}
)
# By module: what belongs to the process as such, whatever platforms it has.
OF_THE_PROCESS = {
    "utils/concurrency.py": {"_mode", "_turn", "_watchers", "unpatched_select"},  # the kind of its threads
    "services/people/passwords.py": {"_slots"},  # how many cores may hash at once
    "models/odm/sqlite/pool.py": {"_inherited"},  # connections that a fork inherited
}


def modules() -> list[str]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")] + list(ROOT.glob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


def bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def is_state(name: str, value: ast.expr) -> bool:
    """Whether a module-level value can change: a container under a name that is no constant's, or an object that is made."""
    constant = name.strip("_").isupper() or name.startswith("__")
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return not constant
    if not isinstance(value, ast.Call):
        return False
    function = value.func
    made_by = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    if constant:
        return made_by in CONTAINERS
    return made_by not in MAKERS and not isinstance(function, ast.Call)


@pytest.mark.parametrize("module", modules())
def test_no_module_holds_what_belongs_to_a_platform(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    allowed = OF_THE_PROCESS.get(module, set())
    rebound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names} - allowed
    assert not rebound, f"global {', '.join(sorted(rebound))}: make it a part of the platform (services/platform.py)"
    held = {name for name, value in bindings(tree) if is_state(name, value)} - allowed
    assert not held, f"{', '.join(sorted(held))}: make it a part of the platform (services/platform.py), or a constant"
