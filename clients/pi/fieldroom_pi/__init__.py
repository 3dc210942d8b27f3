"""The Fieldroom client for a Raspberry Pi: reads sensors, queues on disk, delivers until acknowledged."""

from __future__ import annotations

__version__ = "0.1.0"
