"""Findings in a sentence, written from the data: every number with its interval, its users and its pairs."""

from __future__ import annotations

import pandas as pd

from dashboard.frame import state
from dashboard.kit import text

ALPHA = 0.05
"""Level of the tests after Holm's correction."""

RULES = {
    "max_all_country": "highest all-country accuracy",
    "max_true_country": "highest recovered share within the accepted loss",
    "knee": "knee of the front",
}
"""Rules of choice, in words."""


def _solid(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with enough users."""
    return table[~table["too_few_users"].astype(bool)]


def disagreement(countries: pd.DataFrame, level: float) -> str:
    """Say how well the untouched global model does, where it does worst and best."""
    known = countries.dropna(subset=["value"])
    solid = known[known["n_users"] >= text.FEW_USERS]
    if known.empty:
        return "No country has test pairs yet, so nothing can be said about the global model."
    if solid.empty:
        users = int(known["n_users"].max())
        return (
            f"The global model is tested on {text.count(len(known), 'country', 'countries')}, none with ten test users "
            f"or more (at most {users}), so no order is given: see the intervals."
        )
    low, high = solid.loc[solid["value"].idxmin()], solid.loc[solid["value"].idxmax()]
    if len(solid) == 1:
        return f"The global model ranks {_share(low)} of the test pairs of {low['name']} as the people did ({_n(low)})."
    return (
        f"The global model ranks between {_share(low)} ({low['name']}, {_n(low)}) and {_share(high)} ({high['name']}, "
        f"{_n(high)}) of the test pairs as the people did, {text.level_name(level)} intervals over users."
    )


def _share(row: pd.Series) -> str:
    return f"{text.percent(row['value'])} {text.percent_range(row['low'], row['high'])}"


def _n(row: pd.Series) -> str:
    return text.sample_text(row)


def _summary_row(rows: pd.DataFrame) -> pd.Series:
    """Return the mean over countries if there is one, else the only or first country."""
    mean = rows[rows["country"] == state.MEAN]
    return (mean if len(mean) else rows).iloc[0]


def verdict(low: float, high: float) -> str:
    """Say what an interval of a difference allows to say."""
    if pd.isna(low) or pd.isna(high):
        return "which has no interval"
    return "more than chance" if low > 0 or high < 0 else "which may be chance"


def gain(rows: pd.DataFrame) -> str:
    """Say what a setting changes over all pairs of the countries it was trained for."""
    row = _summary_row(rows)
    countries = rows[rows["country"] != state.MEAN]
    where = f"on average over {len(countries)} countries" if row["country"] == state.MEAN else f"in {row['name']}"
    sure = _solid(countries)
    sure = sure[sure["gain_holm"] < ALPHA]
    higher, lower = int((sure["gain_value"] > 0).sum()), int((sure["gain_value"] < 0).sum())
    tested = len(_solid(countries))
    if tested:
        among = text.count(tested, "country", "countries")
        marks = f"after Holm's correction it is higher in {higher} and lower in {lower} of {among}"
    else:
        marks = "no single country has enough test users for a verdict"
    return (
        f"{row['setting_label']} changes all-country accuracy by {text.difference_estimate(row, 'gain')} {where}, "
        f"{verdict(row['gain_low'], row['gain_high'])} ({text.sample_text(row, 'all_')}); {marks}."
    )


def gain_title(rows: pd.DataFrame) -> str:
    """Say the same in a title."""
    row = _summary_row(rows)
    where = "on average" if row["country"] == state.MEAN else f"in {row['name']}"
    change = row["gain_value"]
    if pd.isna(change):
        return f"{row['setting_label']}: change not known yet"
    if verdict(row["gain_low"], row["gain_high"]) != "more than chance":
        return f"{row['setting_label']} changes all-country accuracy by {text.points(change)} {where}, within chance"
    word = "raises" if change > 0 else "lowers"
    return f"{row['setting_label']} {word} all-country accuracy by {text.points(abs(change)).lstrip('+')} {where}"


def price(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Say what is recovered, and which other country pays most."""
    row = _summary_row(rows)
    recovered = (
        f"It recovers {text.share_estimate(row, 'true')} of the pairs on which the global model disagrees with "
        f"the people ({text.sample_text(row, 'true_')})"
    )
    return f"{recovered}; {_payer(cells)}."


def _payer(cells: pd.DataFrame) -> str:
    others = _solid(cells[cells["trained_for"] != cells["tested_on"]]).dropna(subset=["diff_value"])
    if others.empty:
        return "who pays in other countries is not known: too few test users there"
    lost = others[(others["holm"] < ALPHA) & (others["diff_value"] < 0)]
    among = lost if len(lost) else others
    worst = among.loc[among["diff_value"].idxmin()]
    if worst["diff_value"] >= 0:
        return f"no other country loses in any of {len(others)} comparisons"
    sure = f"of {len(others)} comparisons with other countries, {len(lost)} are losses after Holm's correction"
    return (
        f"{sure}, the largest {'loss' if len(lost) else 'estimated loss'} being "
        f"{text.difference_estimate(worst, 'diff')} for the model of {worst['trained_name']} on pairs of "
        f"{worst['tested_name']} ({_n(worst)})"
    )


def tradeoff_title(rows: pd.DataFrame, rule: str) -> str:
    """Say which setting the rule chooses and where it lies."""
    chosen = rows[rows["chosen"].fillna(False).astype(bool)]
    if chosen.empty:
        return "No setting can be chosen yet: no point has both accuracies"
    row = chosen.iloc[0]
    if bool(row["too_few_users"]):
        return f"{row['name']} has {text.count(row['all_n_users'], 'test user')}: too few to recommend a setting"
    return (
        f"{row['name']}: {RULES[rule]} chooses {row['setting_label']}, {text.percent(row['all_value'])} all-country "
        f"at a recovered share of {text.percent(row['true_value'])}"
    )


def multiples_title(rows: pd.DataFrame) -> str:
    """Say in how many countries each method is chosen."""
    chosen = rows[rows["chosen"].fillna(False).astype(bool) & (rows["country"] != state.MEAN)]
    if chosen.empty:
        return "No setting can be chosen yet"
    counts = chosen["method_label"].value_counts()
    words = [f"{label} in {number}" for label, number in counts.items()]
    return f"The rule chooses {text.listed(words)} of {text.count(len(chosen), 'country', 'countries')}"


def matrix_title(cells: pd.DataFrame) -> str:
    """Say how many comparisons are gains and losses beyond chance."""
    solid = _solid(cells).dropna(subset=["diff_value"])
    if solid.empty:
        return "No country has ten test users: who gains and who pays cannot be said"
    sure = solid[solid["holm"] < ALPHA]
    own = sure["trained_for"] == sure["tested_on"]
    up, down = sure["diff_value"] > 0, sure["diff_value"] < 0
    n_own = int((solid["trained_for"] == solid["tested_on"]).sum())
    n_other = len(solid) - n_own
    home = f"At home {int((own & up).sum())} of {text.count(n_own, 'model')} gain"
    if not n_other:
        return f"{home} and {int((own & down).sum())} lose beyond chance"
    others = text.count((~own & up).sum(), "comparison gains", "comparisons gain")
    return f"{home} beyond chance; in other countries {others} and {int((~own & down).sum())} of {n_other} lose"


def steering_title(points: pd.DataFrame) -> str:
    """Say how many settings recover more and yet rank fewer pairs right."""
    known = points.dropna(subset=["true_value", "gain_value"])
    if known.empty:
        return "Over-steering cannot be seen yet"
    over = int(known["over_steering"].fillna(False).astype(bool).sum())
    if not over:
        return f"None of {text.count(len(known), 'point')} over-steers beyond chance"
    points_known = text.count(len(known), "point")
    return f"{over} of {points_known} over-steer: they recover own preferences and rank fewer of all pairs right"
