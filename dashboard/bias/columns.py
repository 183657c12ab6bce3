"""Columns of the table twins of the page Bias."""

from __future__ import annotations

from dashboard.kit.table import P_VALUES, Column, estimate, sample

CELLS = [
    Column("trained_name", "Trained for"),
    Column("tested_name", "Tested on"),
    Column("training", "Training"),
    *estimate("diff", "Difference to global", "points"),
    Column("lost", "Pairs lost", "count"),
    Column("won", "Pairs won", "count"),
    *P_VALUES,
    Column("visible", "Smallest visible change, points", "points"),
    *sample("Test pairs", "Test users"),
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

SLOPES = [
    Column("trained_name", "Country"),
    *estimate("before", "Global model", "percent"),
    *estimate("after", "Country's model", "percent"),
    *estimate("diff", "Difference to global", "points"),
    Column("lost", "Pairs lost", "count"),
    Column("won", "Pairs won", "count"),
    Column("holm", "p, corrected", "p"),
    *sample("Test pairs", "Test users"),
]

GROUPS = [
    Column("where", "People of"),
    Column("group", "Group"),
    *SLOPES[1:],
]

LENGTH = [
    Column("name", "Country"),
    *estimate("bias_before", "Length bias, global model", "points"),
    *estimate("bias_after", "Length bias, country's model", "points"),
    *estimate("bias_change", "Change", "points"),
    *P_VALUES,
    *estimate("longer_before", "Chose the longer, global model", "percent"),
    *estimate("longer_after", "Chose the longer, country's model", "percent"),
    *estimate("longer_change", "Chose the longer, difference", "points"),
    *estimate("shorter_before", "Chose the shorter, global model", "percent"),
    *estimate("shorter_after", "Chose the shorter, country's model", "percent"),
    *estimate("shorter_change", "Chose the shorter, difference", "points"),
    Column("n_longer", "Pairs, longer chosen", "count"),
    Column("n_shorter", "Pairs, shorter chosen", "count"),
    Column("n_equal", "Pairs, equally long", "count"),
    Column("n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]

RELIABILITY = [
    Column("which", "Model"),
    Column("low_edge", "Says from, %", "percent"),
    Column("high_edge", "Says to, %", "percent"),
    Column("said", "Says on average, %", "percent"),
    *estimate("agreed", "People agree", "percent"),
    Column("share", "Of the pairs, %", "percent"),
    *sample("Test pairs", "Test users"),
]
