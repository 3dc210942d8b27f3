"""Readings from files that other programs have saved."""
