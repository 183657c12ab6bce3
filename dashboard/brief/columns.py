"""Columns of the table twins of the Brief."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

COUNTRIES = [
    Column("name", "Country"),
    *estimate("", "All-country", "percent"),
    *estimate("disagree", "Disagreement", "percent"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
    Column("train_pairs", "Training pairs", "count"),
    Column("train_users", "Training users", "count"),
]

LOSERS = [
    Column("trained_name", "Model of"),
    Column("tested_name", "On pairs of"),
    *estimate("diff", "Difference to global", "points"),
    Column("holm", "p, corrected", "p"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
]
