"""Writing a first configuration."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

_TEMPLATE = """\
# Fieldroom on this machine. Whoever has the token can send readings in its name: keep this file to yourself.
server = {server}
token = {token}

# Time between readings, in milliseconds. The server may set another one.
interval_ms = 10000

# [queue]
# max_readings = 500000     # kept while the server is away; then the oldest are thinned out, at last dropped
# synchronous = "full"      # "normal" writes less often and may lose the last seconds in a power cut

# What to read; the drivers and their options are in the README. Without any table: the machine itself.
[[drivers]]
type = "host"
{drivers}"""


def write_config(path: Path, server: str, token: str, drivers: Sequence[str] = ()) -> None:
    """Write the file for its owner alone (mode 0600), whole or not at all. Raises OSError.

    drivers: ``[[drivers]]`` tables to put in besides the machine itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Strings of JSON are strings of TOML.
    text = _TEMPLATE.format(
        server=json.dumps(server), token=json.dumps(token), drivers="".join(f"\n{table}" for table in drivers)
    )
    # mkstemp makes the file with mode 0600: at no moment can anybody else read the token.
    handle, name = tempfile.mkstemp(prefix=path.name, dir=str(path.parent))
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise
