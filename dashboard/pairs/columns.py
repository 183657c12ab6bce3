"""Columns of the table twin of the page Pairs."""

from __future__ import annotations

from dashboard.kit.table import Column

BINS = [
    Column("low", "Gap from", "number"),
    Column("high", "Gap below", "number"),
    Column("verdict", "Global model"),
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "People", "count"),
]
