"""The Raspberry Pi client as a wheel, made from clients/pi, so that a Pi needs nothing but this server's address to install it.

A wheel and no source archive: pip installs it without a build, so a Pi fetches no build tools and waits for none. It is made
here rather than by a build backend because the server has none, and of the few files of pure Python there is nothing to build.
Formats: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ and .../core-metadata/.
"""

import ast
import base64
import hashlib
import io
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "clients" / "pi"
_WHEEL = "Wheel-Version: 1.0\nGenerator: fieldroom\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# The earliest that a zip file can say: the same sources make the same bytes wherever and whenever it is made.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Wheel:
    """name: of the file, which pip reads the distribution and its version from. sha256: of the content, in hexadecimal."""

    name: str
    version: str
    content: bytes
    sha256: str


@cache
def wheel() -> Wheel:
    """The client that this server hands out; made once in a process. Raises OSError where clients/pi is not beside the server."""
    return build(SOURCE)


def build(source: Path) -> Wheel:
    """Make the wheel of a project; the same sources give the same bytes. source: the folder of a pyproject.toml like that of
    clients/pi: pure Python, its packages listed, its version an attribute."""
    settings = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
    project, setuptools = settings["project"], settings["tool"]["setuptools"]
    version = _attribute(source, setuptools["dynamic"]["version"]["attr"])
    distribution = re.sub(r"[-_.]+", "_", project["name"]).lower()
    files = dict(_modules(source, setuptools["packages"]))
    info = f"{distribution}-{version}.dist-info"
    files[f"{info}/METADATA"] = _metadata(project, version, (source / project["readme"]).read_text("utf-8")).encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    scripts = "".join(f"{name} = {target}\n" for name, target in project["scripts"].items())
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}".encode()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD").encode()
    content = _zip(files)
    return Wheel(f"{distribution}-{version}-py3-none-any.whl", version, content, hashlib.sha256(content).hexdigest())


def _attribute(source: Path, dotted: str) -> str:
    """What a module assigns to a name, without running the module. Raises LookupError where it assigns no text to it."""
    module, _, name = dotted.rpartition(".")
    path = source.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for statement in ast.parse(file.read_text("utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=assigned)], value=ast.Constant(value=str(value))) if assigned == name:
                return value
    raise LookupError(f"{file} assigns no text to {name}")


def _modules(source: Path, packages: list[str]) -> Iterator[tuple[str, bytes]]:
    for package in packages:
        folder = source.joinpath(*package.split("."))
        for file in folder.glob("*.py"):
            yield file.relative_to(source).as_posix(), file.read_bytes()


def _metadata(project: Mapping[str, Any], version: str, readme: str) -> str:
    """Core metadata 2.4: the fields of PEP 621's table that clients/pi has."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {requirement}" for requirement in project["dependencies"]),
    ]
    for extra, requirements in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        for requirement in requirements:
            needed, _, marker = requirement.partition(";")
            condition = f"({marker.strip()}) and extra == '{extra}'" if marker else f"extra == '{extra}'"
            lines.append(f"Requires-Dist: {needed.strip()}; {condition}")
    return "\n".join([*lines, "Description-Content-Type: text/markdown", "", readme])


def _record(files: Mapping[str, bytes], own_name: str) -> str:
    """Each file with its hash and length, and the record itself without."""
    lines = []
    for name, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{own_name},,\n"])


def _zip(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    # The files about the distribution come last, as the format asks.
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda name: (".dist-info/" in name, name)):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = _FILE_MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return written.getvalue()
