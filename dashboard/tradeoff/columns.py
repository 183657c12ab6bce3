"""Columns of the table twins of the page Trade-off."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

SETTINGS = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    Column("control", "Control", "flag"),
    Column("training", "Training"),
    *estimate("all", "All-country", "percent"),
    *estimate("true", "Recovered share", "percent"),
    Column("blind_value", "Label-blind share, %", "percent"),
    *estimate("excess", "Excess", "points"),
    *estimate("gain", "Difference to global", "points"),
    Column("gain_holm", "p, corrected", "p"),
    Column("n_family", "Countries corrected over", "count"),
    Column("gain_visible", "Smallest visible change, points", "points"),
    Column("all_n_pairs", "Test pairs", "count"),
    Column("all_n_users", "Test users", "count"),
    Column("true_n_pairs", "Disagreeing pairs", "count"),
    Column("true_n_users", "Users with such pairs", "count"),
    Column("n_kept", "Pairs kept", "count"),
    Column("n_seeds", "Seeds", "count"),
    Column("on_frontier", "On front", "flag"),
    Column("chosen", "Chosen", "flag"),
    Column("too_few_users", "Too few users", "flag"),
    Column("runs", "Runs", "runs"),
]

CHOSEN = [
    *SETTINGS,
    Column("selection_frequency", "Chosen, % of resamples", "percent"),
    Column("front_frequency", "On front, % of resamples", "percent"),
    Column("all_optimism", "All-country, added by the choice, points", "points"),
    Column("all_corrected", "All-country without it, %", "percent"),
    Column("true_optimism", "Recovered share, added by the choice, points", "points"),
    Column("true_corrected", "Recovered share without it, %", "percent"),
]
"""With how sure the choice is (`load.with_choice`)."""
