"""Columns of the table twins of the page Divergence."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate, sample

COUPLES = [
    Column("first_name", "Community"),
    Column("second_name", "Other community"),
    *estimate("", "Distance", "percent"),
    Column("floor", "Noise floor, upper end", "percent"),
    Column("p", "p, permutation of users", "p"),
    Column("holm", "p after Holm", "p"),
    Column("differs", "Differ", "flag"),
    *sample("Pairs of both", "Users of both"),
]

DIVIDING = [
    Column("whose", "Chosen by a person of"),
    Column("first_words", "First model prefers"),
    Column("second_words", "Second model prefers"),
    Column("difference", "Difference of gaps", "number"),
    Column("prompt", "Prompt", "quote"),
    Column("chosen", "Chosen", "quote"),
    Column("rejected", "Rejected", "quote"),
    Column("pair_id", "Pair"),
]

TO_GLOBAL = [
    Column("name", "Community"),
    *estimate("", "Disagreement", "percent"),
    Column("inner_low", "Disagreement, 80 % low", "percent"),
    Column("inner_high", "Disagreement, 80 % high", "percent"),
    Column("median", "Median p_glo", "number"),
    *sample("Pairs", "Users"),
]

P_SPREAD = [
    Column("name", "Community"),
    Column("p_low", "p_glo from", "number"),
    Column("p_high", "to", "number"),
    Column("share", "Share of pairs, %", "percent"),
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "Users", "count"),
]

MAP_POINTS = [
    Column("name", "Community"),
    Column("x", "x", "number"),
    Column("y", "y", "number"),
    *sample("Pairs", "Users"),
]

PLACES = [
    Column("name", "Country"),
    Column("users", "Users", "count"),
    Column("kind", "On the map as"),
]

FEATURES = [
    Column("label", "Feature"),
    Column("per", "Per"),
    Column("coefficient", "Coefficient, logits", "number"),
    Column("low", "Low", "number"),
    Column("high", "High", "number"),
    Column("adjusted", "Others held, logits", "number"),
    Column("p", "p", "p"),
    Column("holm", "p after Holm", "p"),
    Column("n_different", "Pairs that differ", "count"),
    Column("n_users_different", "Users who have them", "count"),
    Column("slope", "κ of the gap", "number"),
    Column("slope_low", "κ, low", "number"),
    Column("slope_high", "κ, high", "number"),
    *sample("Pairs", "Users"),
]

WHERE = [
    Column("facet", "Facet"),
    Column("label", "Part"),
    Column("disagreement", "Disagreement, %", "percent"),
    Column("difference", "Against the rest, points", "points"),
    Column("low", "Against the rest, low", "points"),
    Column("high", "Against the rest, high", "points"),
    Column("p", "p", "p"),
    Column("holm", "p after Holm", "p"),
    *sample("Pairs", "Users"),
]
