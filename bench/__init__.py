"""Benchmarks: each measures against something real in the same run, and prints a table. `make bench` runs them all."""
