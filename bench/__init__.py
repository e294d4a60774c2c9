"""Measurements: what the tables of docs/performance.md are printed by."""
