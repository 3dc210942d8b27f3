"""Devices, sensors and readings: from what comes in to rollups, retention, pins, and what other programs read."""
