"""The contract is the same on every stack, so it is checked on the default one; what depends on the stack is in tests/realtime."""

import pytest

from tests.conftest import STACKS

DEFAULT_STACK = pytest.mark.parametrize("server", STACKS[:1], ids=["-".join(STACKS[0])], indirect=True)
