"""Devices, sensors and readings: from what comes in to rollups, retention and what other programs read."""
