"""Columns of the tables of the page Data & methods."""

from __future__ import annotations

from dashboard.kit import text
from dashboard.kit.table import Column

COMMUNITIES = [
    Column("name", "Community"),
    Column("users", "Users", "count"),
    Column("pairs", "Pairs", "count"),
    Column("too_few_users", "Too few users", "flag"),
]

OTHER_COMMUNITIES = [
    Column("column", "Survey answer"),
    Column("values", "Values", "count"),
    Column("large", f"Values with {text.FEW_USERS} users or more", "count"),
    Column("users", "Users with pairs and an answer", "count"),
]


AUDIT = [
    Column("at", "When"),
    Column("who", "Who"),
    Column("via", "From"),
    Column("role", "Role"),
    Column("what", "What"),
    Column("about", "About", "quote"),
    Column("refused", "Refused", "flag"),
]


def of_counts(unit: str) -> list[Column]:
    """Return the columns of the twin; `unit` is what counts as one user."""
    return [
        Column("name", "Community"),
        Column("users", f"{unit.capitalize()}s", "count"),
        Column("train_users", f"Training {unit}s", "count"),
        Column("test_users", f"Test {unit}s", "count"),
        Column("pairs", "Pairs", "count"),
        Column("train_pairs", "Training pairs", "count"),
        Column("test_pairs", "Test pairs", "count"),
        Column("too_few_users", f"Too few {unit}s", "flag"),
    ]
