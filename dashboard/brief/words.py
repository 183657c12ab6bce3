"""The Brief in sentences written from the data: every number with its interval, its users and its pairs."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text
from scpo.results import MEAN


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
    low, high = solid.iloc[solid["value"].argmin()], solid.iloc[solid["value"].argmax()]
    if len(solid) == 1:
        sample = text.sample_text(low)
        return f"The global model ranks {_share(low)} of the test pairs of {low['name']} as the people did ({sample})."
    return (
        f"The global model ranks between {_share(low)} ({low['name']}, {text.sample_text(low)}) and {_share(high)} "
        f"({high['name']}, {text.sample_text(high)}) of the test pairs as the people did, "
        f"{text.level_name(level)} intervals over users."
    )


def _share(row: pd.Series) -> str:
    return f"{text.percent(row['value'])} {text.percent_range(row['low'], row['high'])}"


def _summary_row(rows: pd.DataFrame) -> pd.Series:
    """Return the mean over countries if there is one, else the only or first country."""
    mean = rows[rows["country"] == MEAN]
    return (mean if len(mean) else rows).iloc[0]


def verdict(low: float, high: float) -> str:
    """Say what an interval of a difference allows to say."""
    if pd.isna(low) or pd.isna(high):
        return "which has no interval"
    return "more than chance" if low > 0 or high < 0 else "which may be chance"


def gain(rows: pd.DataFrame) -> str:
    """Say what a setting changes over all pairs of the countries it was trained for."""
    row = _summary_row(rows)
    countries = rows[rows["country"] != MEAN]
    where = f"on average over {len(countries)} countries" if row["country"] == MEAN else f"in {row['name']}"
    sure = text.solid(countries)
    sure = sure[sure["gain_holm"] < text.ALPHA]
    higher, lower = int((sure["gain_value"] > 0).sum()), int((sure["gain_value"] < 0).sum())
    tested = len(text.solid(countries))
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
    where = "on average" if row["country"] == MEAN else f"in {row['name']}"
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
    others = text.solid(cells[cells["trained_for"] != cells["tested_on"]]).dropna(subset=["diff_value"])
    if others.empty:
        return "who pays in other countries is not known: too few test users there"
    lost = others[(others["holm"] < text.ALPHA) & (others["diff_value"] < 0)]
    among = lost if len(lost) else others
    worst = among.iloc[among["diff_value"].argmin()]
    if worst["diff_value"] >= 0:
        return f"no other country loses in any of {len(others)} comparisons"
    sure = f"of {len(others)} comparisons with other countries, {len(lost)} are losses after Holm's correction"
    return (
        f"{sure}, the largest {'loss' if len(lost) else 'estimated loss'} being "
        f"{text.difference_estimate(worst, 'diff')} for the model of {worst['trained_name']} on pairs of "
        f"{worst['tested_name']} ({text.sample_text(worst)})"
    )
