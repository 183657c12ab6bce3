"""Columns of the table twins of the page Trade-off."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

SETTINGS = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    *estimate("all", "All-country", "percent"),
    *estimate("true", "Recovered share", "percent"),
    *estimate("gain", "Difference to global", "points"),
    Column("gain_holm", "p after Holm", "p"),
    Column("all_n_pairs", "Test pairs", "count"),
    Column("all_n_users", "Test users", "count"),
    Column("true_n_pairs", "Disagreeing pairs", "count"),
    Column("n_kept", "Pairs kept", "count"),
    Column("n_seeds", "Seeds", "count"),
    Column("on_frontier", "On front", "flag"),
    Column("chosen", "Chosen", "flag"),
    Column("too_few_users", "Too few users", "flag"),
    Column("runs", "Runs", "runs"),
]
