"""Columns of the table twins of the page Bias."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

CELLS = [
    Column("trained_name", "Trained for"),
    Column("tested_name", "Tested on"),
    Column("training", "Training"),
    *estimate("diff", "Difference to global", "points"),
    Column("p", "p", "p"),
    Column("holm", "p, corrected", "p"),
    Column("visible", "Smallest visible change, points", "points"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
    Column("runs", "Runs", "runs"),
]

STEERING = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    Column("training", "Training"),
    *estimate("true", "Recovered share", "percent"),
    Column("blind_value", "Label-blind share, %", "percent"),
    *estimate("excess", "Excess", "points"),
    *estimate("excess_full", "Excess against all pairs", "points"),
    *estimate("gain", "Change, all pairs", "points"),
    Column("over_holm", "p of over-steering, corrected", "p"),
    Column("over_steering", "Over-steering", "flag"),
    Column("all_n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]
