"""``python -m fieldroom_pi`` is the same command as ``fieldroom-pi``."""

from __future__ import annotations

import sys

from fieldroom_pi.cli import main

if __name__ == "__main__":
    sys.exit(main())
