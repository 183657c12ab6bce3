"""The Trade-off in words: which setting the rule chooses and where it lies."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text
from dashboard.tradeoff import charts
from dashboard.tradeoff import chosen as choice
from scpo.measures.frontier import Rule
from scpo.results import MEAN

HOW = {
    "preview": "**Preview**: only the last layer of the global model is fitted again, on cached features of the "
    "training pairs, with the weights of the method and a pull back to the global model (ridge λ). It is an estimate "
    "of a finetune, not one. λ stands for how long one finetunes; it is fitted to finished runs of one budget. "
    "Its intervals contain the chance of users and its own error, the root mean square distance of previews from their "
    "finished finetunes. Before enough runs are finished that error is unknown, and no interval contains it.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""

RULES: dict[Rule, str] = {
    "max_all_country": "highest all-country accuracy",
    "max_true_country": "highest recovered share within the accepted loss",
    "knee": "knee of the front",
}
"""Rules of choice, in words."""


def interval(level: float) -> str:
    """Name the intervals."""
    return f"{text.level_name(level)} intervals over users"


def rule(chosen: Rule, eps: float) -> str:
    """Name the rule of the ring, with the accepted loss where it has one."""
    named = RULES[chosen]
    return f"{named} ({text.points(eps).lstrip('+')})" if chosen == "max_true_country" else named


def left_out(rows: pd.DataFrame, *, log: bool) -> str:
    """Say how many settings have no place in the plane."""
    tuned = rows[rows["method"] != "global"]
    missing = len(tuned) - len(charts.drawable(tuned, log=log))
    where = "on log axes (recovered share 0 or unknown)" if log else "(a number is unknown)"
    return f" {text.count(missing, 'point')} not shown {where}." if missing else ""


def tradeoff_title(rows: pd.DataFrame, rule: Rule) -> str:
    """Say which setting the rule chooses and where it lies."""
    chosen = rows[rows["chosen"].fillna(False).astype(bool)]
    if chosen.empty:
        return "No setting can be chosen yet: no point has both accuracies"
    row = chosen.iloc[0]
    if bool(row["too_few_users"]):
        return f"{row['name']} has {text.count(row['all_n_users'], 'test user')}: too few to recommend a setting"
    return (
        f"{row['name']}: {RULES[rule]} chooses {row['setting_label']}, {choice.luck(row)}. "
        f"Its recovered share is {text.percent(row['true_value'])} ({text.percent(row['blind_value'])} label-blind)"
    )


def multiples_title(rows: pd.DataFrame) -> str:
    """Say in how many countries each method is chosen."""
    chosen = rows[rows["chosen"].fillna(False).astype(bool) & (rows["country"] != MEAN)]
    if chosen.empty:
        return "No setting can be chosen yet"
    counts = chosen["method_label"].value_counts()
    words = [f"{label} in {number}" for label, number in counts.items()]
    return f"The rule chooses {text.listed(words)} of {text.count(len(chosen), 'country', 'countries')}"


def lines_finding(table: pd.DataFrame) -> str:
    """Say from where to where the excess of the settings goes; nothing where fewer than two are known."""
    known = table[~table["too_few_users"].astype(bool)].dropna(subset=["excess_value"]).sort_values("excess_value")
    if len(known) < 2:
        return ""
    low, high = (
        f"{text.points(row['excess_value'])} ({row['setting_label']})" for _, row in known.iloc[[0, -1]].iterrows()
    )
    return f"{known['name'].iloc[0]}: the excess of {len(known)} settings goes from {low} to {high}"
