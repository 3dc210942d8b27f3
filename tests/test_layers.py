"""The arrows that the import contracts in pyproject.toml cannot see, because they read packages and these are single modules."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {path.stem for path in ROOT.glob("*.py")} | {path.parent.name for path in ROOT.glob("*/__init__.py")}
MAY_IMPORT = {
    "socketio_handlers": {"realtime", "schemas", "services", "models", "utils"},
    "extensions": {"blueprints"},
    "config": {"utils"},
}


def imported_by(module: str) -> set[str]:
    """The packages and modules of ours that a top-level module imports."""
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in names} & OURS


@pytest.mark.parametrize("module", sorted(MAY_IMPORT))
def test_a_module_at_the_top_imports_only_what_is_below_it(module: str) -> None:
    assert imported_by(module) <= MAY_IMPORT[module]


def test_the_top_level_holds_what_the_architecture_page_lists_and_nothing_else() -> None:
    assert {path.name for path in ROOT.glob("*.py")} == {"app.py", "config.py", "extensions.py", "socketio_handlers.py"}
