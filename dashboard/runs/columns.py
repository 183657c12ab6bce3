"""Columns of the table twins of the page Runs."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate, sample

CURVE = [
    Column("step", "Step", "count"),
    Column("loss", "Loss", "number"),
    Column("smooth", "Loss, smoothed", "number"),
    Column("learning_rate", "Learning rate", "number"),
    Column("seconds", "Seconds", "number"),
    Column("memory", "Memory, GiB", "memory"),
]

EVALUATIONS = [
    Column("step", "Step", "count"),
    Column("subset_label", "Accuracy"),
    *estimate("", "Accuracy", "percent"),
    *sample("Test pairs", "Test users"),
]
