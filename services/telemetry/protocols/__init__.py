"""Readings that come in the formats of other programs, or by way of a broker."""
