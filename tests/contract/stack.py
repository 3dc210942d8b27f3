"""Where a test that needs a server runs. By itself it runs on every stack of tests/conftest.py, for what differs between them:

- connections, pushes and their order, races, work in the background: each kind of concurrency goes about it in its own way, and
  MongoDB's driver besides;
- EVERY_MODE: what the database has no part in (bodies, handshakes, long polling), or where a stand-in for MongoDB is merely slow;
- DEFAULT_STACK: what is the same code on all of them (what is refused and as what, who may do what, what is shown to whom). Its
  queries are tested on both engines without a server, in tests/services and tests/blueprints.
"""

import pytest

from tests.conftest import STACKS


def _on(stacks: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("server", stacks, ids=["-".join(stack) for stack in stacks], indirect=True)


DEFAULT_STACK = _on(STACKS[:1])
EVERY_MODE = _on([stack for stack in STACKS if stack[1] == "sqlite"])
