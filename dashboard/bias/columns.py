"""Columns of the table twins of the page Bias."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

CELLS = [
    Column("trained_name", "Trained for"),
    Column("tested_name", "Tested on"),
    *estimate("diff", "Difference to global", "points"),
    Column("p", "p", "p"),
    Column("holm", "p after Holm", "p"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
    Column("runs", "Runs", "runs"),
]

STEERING = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    *estimate("true", "Recovered share", "percent"),
    *estimate("gain", "Change, all pairs", "points"),
    Column("over_steering", "Over-steering", "flag"),
    Column("all_n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]
