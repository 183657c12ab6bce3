"""The table twin of a chart: the same numbers as text, in percent and points, with the unit in the heading."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pandas as pd

from dashboard.kit import text

Kind = Literal["text", "percent", "points", "count", "p", "flag", "runs", "number", "memory"]


class Column(NamedTuple):
    """A column of a twin."""

    source: str
    heading: str
    kind: Kind = "text"


def _estimate(name: str, heading: str, kind: Kind) -> list[Column]:
    unit = "%" if kind == "percent" else "points"
    ends = (("value", f"{heading}, {unit}"), ("low", f"{heading}, low"), ("high", f"{heading}, high"))
    return [Column(f"{name}_{end}" if name else end, words, kind) for end, words in ends]


SETTINGS = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    *_estimate("all", "All-country", "percent"),
    *_estimate("true", "Recovered share", "percent"),
    *_estimate("gain", "Difference to global", "points"),
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
    Column("all_rank", "All-country, rank correlation", "number"),
    Column("all_error", "All-country, mean error, points", "points"),
    Column("true_rank", "Recovered share, rank correlation", "number"),
    Column("true_error", "Recovered share, mean error, points", "points"),
    Column("n_settings", "Settings", "count"),
]

COUNTRIES = [
    Column("name", "Country"),
    *_estimate("", "All-country", "percent"),
    *_estimate("disagree", "Disagreement", "percent"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
    Column("train_pairs", "Training pairs", "count"),
    Column("train_users", "Training users", "count"),
]

CELLS = [
    Column("trained_name", "Trained for"),
    Column("tested_name", "Tested on"),
    *_estimate("diff", "Difference to global", "points"),
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
    *_estimate("true", "Recovered share", "percent"),
    *_estimate("gain", "Change, all pairs", "points"),
    Column("over_steering", "Over-steering", "flag"),
    Column("all_n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]

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
    *_estimate("", "Accuracy", "percent"),
    Column("n_pairs", "Test pairs", "count"),
    Column("n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]


COUPLES = [
    Column("first_name", "Community"),
    Column("second_name", "Other community"),
    *_estimate("", "Distance", "percent"),
    Column("floor", "Noise floor, upper end", "percent"),
    Column("beyond", "Beyond the noise floor", "flag"),
    Column("n_pairs", "Pairs of both", "count"),
    Column("n_users", "Users of both", "count"),
    Column("too_few_users", "Too few users", "flag"),
]

TO_GLOBAL = [
    Column("name", "Community"),
    *_estimate("", "Disagreement", "percent"),
    Column("inner_low", "Disagreement, 80 % low", "percent"),
    Column("inner_high", "Disagreement, 80 % high", "percent"),
    Column("median", "Median p_glo", "number"),
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "Users", "count"),
    Column("too_few_users", "Too few users", "flag"),
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
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "Users", "count"),
    Column("too_few_users", "Too few users", "flag"),
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
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "Users", "count"),
    Column("too_few_users", "Too few users", "flag"),
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
    Column("n_pairs", "Pairs", "count"),
    Column("n_users", "Users", "count"),
    Column("too_few_users", "Too few users", "flag"),
]

ANSWER_COUPLES = [
    Column("first_name", "Country"),
    Column("second_name", "Other country"),
    Column("value", "Mean distance", "number"),
    Column("low", "Mean distance, low", "number"),
    Column("high", "Mean distance, high", "number"),
    Column("n_questions", "Shared questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
]

ANSWER_SPREAD = [
    Column("rank", "Rank", "count"),
    Column("question", "Question"),
    Column("name", "Country"),
    Column("distance", "Distance to the mean of the shown countries", "number"),
    Column("question_distance", "Mean over countries", "number"),
    Column("n_countries", "Countries that answered", "count"),
]

ANSWERS = [
    Column("name", "Country"),
    Column("option", "Option"),
    Column("share", "Share, %", "percent"),
    Column("left_out", "Non-answers left out, %", "percent"),
]

CLOSENESS = [
    Column("name", "Country"),
    Column("value", "Closeness", "number"),
    Column("low", "Closeness, low", "number"),
    Column("high", "Closeness, high", "number"),
    Column("inner_low", "Closeness, 80 % low", "number"),
    Column("inner_high", "Closeness, 80 % high", "number"),
    Column("uniform", "Closeness of equal shares", "number"),
    Column("gain", "Global model minus equal shares", "number"),
    Column("gain_low", "Difference, low", "number"),
    Column("gain_high", "Difference, high", "number"),
    Column("gain_holm", "p after Holm", "p"),
    Column("decided", "Its distance from equal shares", "number"),
    Column("n_questions", "Questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
    Column("test_questions_only", "Test questions only", "flag"),
]

CLOSENESS_RUNS = [
    Column("trained_name", "Trained for"),
    Column("trained_on", "Trained on"),
    Column("setting_label", "Setting"),
    Column("seed", "Seed", "count"),
    Column("diff_value", "Difference to the global model", "number"),
    Column("diff_low", "Difference, low", "number"),
    Column("diff_high", "Difference, high", "number"),
    Column("diff_inner_low", "Difference, 80 % low", "number"),
    Column("diff_inner_high", "Difference, 80 % high", "number"),
    Column("p", "p", "p"),
    Column("holm", "p after Holm", "p"),
    Column("closeness_value", "Closeness", "number"),
    Column("closeness_low", "Closeness, low", "number"),
    Column("closeness_high", "Closeness, high", "number"),
    Column("uniform_value", "Its distance from equal shares", "number"),
    Column("diff_n_questions", "Questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
    Column("test_questions_only", "Test questions only", "flag"),
    Column("run", "Run"),
]


def twin(table: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    """Return a table as it is shown: fractions times 100, one decimal; unknown stays empty."""
    shown = {column.heading: _shown(table[column.source], column.kind) for column in columns}
    return pd.DataFrame(shown, index=range(len(table)))


def _shown(values: pd.Series, kind: Kind) -> list:
    if kind in ("percent", "points"):
        return [None if pd.isna(v) else round(100 * float(v), 1) for v in values]
    if kind == "count":
        return [None if pd.isna(v) else int(v) for v in values]
    if kind == "p":
        return [None if pd.isna(v) else round(float(v), 4) for v in values]
    if kind == "number":
        return [None if pd.isna(v) else float(f"{v:.4g}") for v in values]
    if kind == "memory":
        return [None if pd.isna(v) else round(float(v) / 2**30, 2) for v in values]
    if kind == "flag":
        return [None if pd.isna(v) else "yes" if v else "no" for v in values]
    if kind == "runs":
        return [text.short_ids(text.as_list(v), most=5) for v in values]
    return ["" if v is None else str(v) for v in values]
