"""ProHandel's layers: the tables as the vendor has them, and those that reports read."""

from __future__ import annotations

from landfall.records import Layer

RAW = Layer("prohandel_raw", "prohandel_raw")
TABLES = Layer("prohandel", "prohandel")
