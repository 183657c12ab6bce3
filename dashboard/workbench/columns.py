"""Columns of the table twins of the Workbench."""

from __future__ import annotations

from dashboard.kit.table import Column
from dashboard.tradeoff.columns import SETTINGS

PREVIEWS = [
    Column("kind", "Kind"),
    *[column for column in SETTINGS if column.heading not in ("On front", "Chosen")],
]

KEPT = [
    Column("name", "Country"),
    Column("tau", "τ", "number"),
    Column("beta", "β", "number"),
    Column("own", "Own values", "flag"),
    Column("n_pairs", "Training pairs", "count"),
    Column("train_users", "Training users", "count"),
    Column("n_kept", "Kept", "count"),
    Column("kept_share", "Kept, %", "percent"),
    Column("n_disagreeing", "Kept, disagreeing", "count"),
    Column("effective", "Effective sample size", "count"),
    Column("effective_share", "Effective sample size, % of pairs", "percent"),
]

P_BINS = [
    Column("p_low", "p_glo from", "number"),
    Column("p_high", "to", "number"),
    Column("disagreement", "Disagreement, kept", "count"),
    Column("agreement", "Mild agreement, kept", "count"),
    Column("dropped", "Dropped", "count"),
]

WEIGHTS = [
    Column("label", "Setting"),
    Column("gap", "Gap", "number"),
    Column("weight", "Weight", "number"),
]

FIDELITY = [
    Column("name", "Country"),
    Column("measured", "Number"),
    Column("skill", "Skill", "number"),
    Column("n_skill", "Skill, settings", "count"),
    Column("rank_within", "Rank within a method", "number"),
    Column("n_rank_groups", "Rank, methods", "count"),
    Column("n_rank_settings", "Rank, settings", "count"),
    Column("regret", "Regret, points", "points"),
    Column("regret_by_chance", "Regret at random, points", "points"),
    Column("n_regret_countries", "Regret, countries", "count"),
    Column("error", "Error, points (root mean square)", "points"),
    Column("mean_absolute_error", "Error, points (mean)", "points"),
    Column("n_runs", "Error, settings", "count"),
    Column("spearman", "Rank, pooled over methods", "number"),
]
