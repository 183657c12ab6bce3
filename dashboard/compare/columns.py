"""Columns of the table twins of the page Compare."""

from __future__ import annotations

from dashboard.kit.table import P_VALUES, Column, estimate, sample

DIFFERENCES = [
    Column("name", "Tested on"),
    Column("letter", "Against"),
    Column("home", "Home", "flag"),
    *estimate("diff", "Difference", "points"),
    *P_VALUES,
    Column("n_family", "Corrected over", "count"),
    Column("visible", "Smallest visible difference, points", "points"),
    Column("naive_low", "If pairs were independent, low", "points"),
    Column("naive_high", "If pairs were independent, high", "points"),
    Column("design_effect", "Design effect", "number"),
    Column("first_value", "First, %", "percent"),
    Column("second_value", "Second, %", "percent"),
    *sample("Test pairs", "Test users"),
]


def outcomes(first: str, second: str) -> list[Column]:
    """Return the columns of the counts of outcomes."""
    named = {"both_right": "Both right", "only_first": f"Only {first}", "only_second": f"Only {second}"}
    named["both_wrong"] = "Both wrong"
    pairs = [Column(name, f"{label}, pairs", "count") for name, label in named.items()]
    users = [Column(f"users_{name}", f"{label}, users", "count") for name, label in named.items()]
    rest = [Column("n_pairs", "Test pairs", "count"), Column("n_users", "Test users", "count")]
    return [Column("name", "Tested on"), *pairs, *users, *rest, Column("mcnemar_p", "McNemar p", "p")]


def margins(first: str, second: str) -> list[Column]:
    """Return the columns of the margins of pairs."""
    return [
        Column("pair", "Pair"),
        Column("country", "Community"),
        Column("label", "Outcome"),
        Column("first", f"Margin under {first}", "number"),
        Column("second", f"Margin under {second}", "number"),
    ]
