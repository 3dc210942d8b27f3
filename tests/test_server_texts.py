"""What the server says of a refused request has a Chinese form on the page (frontend/src/i18n/server)."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core._pydantic_core import list_all_errors

from services.rooms.roles import _NEEDED
from services.telemetry.importing import csv_import, csv_numbers, csv_times

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "frontend/src/i18n/server/zh-CN.json"
SOURCES = ("blueprints", "services", "schemas", "utils")
# Whose text people read as it is. Of the other errors the page says what their code means.
SHOWN = {"Conflict", "Forbidden", "BadRow"}
# What is said by way of a table.
TABLES = (*_NEEDED.values(), *csv_import.SENTENCES, *csv_numbers.SENTENCES, *csv_times.SENTENCES)
# What pydantic finds wrong in what a form of the page can send.
SCHEMA_ERRORS = (
    "missing", "extra_forbidden", "string_type", "string_too_short", "string_too_long", "string_pattern_mismatch", "int_type",
    "int_parsing", "int_from_float", "float_type", "float_parsing", "finite_number", "bool_type", "literal_error", "greater_than",
    "greater_than_equal", "less_than", "less_than_equal", "too_long", "too_short",
)  # fmt: skip


def said() -> set[str]:
    """All sentences that Conflict, Forbidden, BadRow and ValidationFailed are raised with, what is filled in being {}."""
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for folder in SOURCES for path in (ROOT / folder).rglob("*.py")}
    shown = set(SHOWN)
    classes = [node for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {node.name for node in classes if shown & {_name(base) for base in node.bases}} - shown:
        shown |= more
    texts: set[str] = set(TABLES)
    for node in classes:
        if node.name in shown:
            texts |= {text for each in node.body for text in _default_message(each)}
    for path, tree in modules.items():
        checks = path.is_relative_to(ROOT / "schemas") or path.name == "validators.py"
        raised = shown | ({"ValueError"} if checks else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                texts |= set(_arguments(_name(node.func), node.args[0], raised))
    return texts


def _arguments(name: str, argument: ast.expr, raised: set[str]) -> Iterator[str]:
    if name == "ValidationFailed" and isinstance(argument, ast.Dict):
        for value in argument.values:
            yield from _text(value)
    elif name in raised:
        yield from _text(argument)


def _default_message(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if [_name(target) for target in targets] == ["default_message"]:
            yield from _text(node.value)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if text.strip("{}. "):
            yield text


def schema_texts() -> set[str]:
    """pydantic's own sentences, in the same form."""
    templates = {str(error["type"]): str(error["message_template_python"]) for error in list_all_errors()}
    found = set()
    for name in SCHEMA_ERRORS:
        text = templates[name]
        while "{" in text.replace("{}", ""):
            start = text.replace("{}", "\0\0").index("{")
            text = text[:start] + "{}" + text[text.index("}", start) + 1 :]
        found.add(text)
    return found


@pytest.fixture(scope="module")
def forms() -> dict[str, str]:
    table: dict[str, str] = json.loads(FORMS.read_text(encoding="utf-8"))
    return table


def test_every_sentence_has_a_chinese_form(forms: dict[str, str]) -> None:
    assert sorted((said() | schema_texts()) - forms.keys()) == []


def test_no_form_is_left_of_a_sentence_that_nothing_says(forms: dict[str, str]) -> None:
    assert sorted(forms.keys() - said() - schema_texts()) == []


def test_a_form_fills_in_what_the_sentence_fills_in(forms: dict[str, str]) -> None:
    for text, form in forms.items():
        assert {int(number) for number in re.findall(r"{(\d)}", form)} <= set(range(text.count("{}"))), text
    assert [text for text, form in forms.items() if not any("\u4e00" <= character <= "\u9fff" for character in form)] == []
