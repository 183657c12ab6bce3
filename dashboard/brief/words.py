"""The Brief in sentences written from the data: every number with its interval, its users and its pairs."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text
from dashboard.kit.verdicts import IN_WORDS, no_loss, verdict
from scpo.results import MEAN

NO_MEAN = "no mean yet, settings share fewer than two countries"


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
        f"({high['name']}, {text.sample_text(high)}) of the test pairs as the people did: the ends of {len(solid)} "
        f"uncertain numbers, {text.level_name(level)} intervals over users."
    )


def _share(row: pd.Series) -> str:
    return f"{text.percent(row['value'])} {text.percent_range(row['low'], row['high'])}"


def summary_row(rows: pd.DataFrame) -> pd.Series | None:
    """Return the mean over countries, or the only country there is; None where neither stands for the setting."""
    mean = rows[rows["country"] == MEAN]
    if len(mean):
        return mean.iloc[0]
    return rows.iloc[0] if len(rows) == 1 else None


def where(row: pd.Series) -> str:
    """Say where a number holds: a country, or over how many countries."""
    if row["country"] != MEAN:
        return f"in {row['name']}"
    shown, of = int(row["n_countries"]), int(row["n_countries_shown"])
    return f"on average over {shown}{f' of {of}' if shown < of else ''} countries"


def corrected(rows: pd.DataFrame) -> str:
    """Say what a filled mark means, and over how many countries it is corrected."""
    tested = rows[rows["country"] != MEAN].dropna(subset=["gain_holm"])
    if tested.empty:
        return "No mark is filled: too few test users."
    family, chosen = int(tested["n_family"].iloc[0]), len(tested)
    if chosen < family:
        return (
            f"Filled: differs from 0 after correction ({chosen} chosen of {family} countries, corrected over {family})."
        )
    return f"Filled: differs from 0 after correction over {text.count(family, 'country', 'countries')}."


def gain(every: pd.DataFrame, chosen: pd.DataFrame) -> str:
    """Say what a setting changes over all pairs of the countries it was trained for.

    Parameters
    ----------
    every, chosen : DataFrame
        Its rows over all countries, which carry the verdict, and over the selected ones.
    """
    row = summary_row(every)
    if row is None:
        return f"{every['setting_label'].iloc[0]}: {NO_MEAN}. Choose a country in the sidebar."
    said = IN_WORDS[verdict(row, "gain", p="gain_holm")]
    return (
        f"{row['setting_label']} changes all-country accuracy by {text.difference_estimate(row, 'gain')} {where(row)}, "
        f"{said} ({text.sample_text(row, 'all_')}){_of_chosen(every, chosen)}; {_by_country(chosen)}."
    )


def _of_chosen(every: pd.DataFrame, chosen: pd.DataFrame) -> str:
    """Add the mean of the selected countries, which has no verdict of its own."""
    mean = chosen[chosen["country"] == MEAN]
    if mean.empty or len(chosen) == len(every):
        return ""
    row = mean.iloc[0]
    return f"; the {int(row['n_countries'])} chosen on average {text.difference_estimate(row, 'gain')}"


def _by_country(chosen: pd.DataFrame) -> str:
    """Count the selected countries that gain and lose, corrected over all."""
    tested = text.solid(chosen[chosen["country"] != MEAN]).dropna(subset=["gain_holm"])
    if tested.empty:
        return "no country has ten test users on both subsets, so no country gets a verdict"
    found = [verdict(one, "gain", p="gain_holm") for _, one in tested.iterrows()]
    n_family = int(tested["n_family"].iloc[0])
    among = f"{len(tested)} chosen, " if len(tested) < n_family else ""
    loss = "" if "loss" in found else f", {no_loss(tested, 'gain_visible')}"
    return (
        f"by country ({among}corrected over {text.count(n_family, 'country', 'countries')}) it is higher in "
        f"{found.count('gain')} and lower in {found.count('loss')}{loss}"
    )


def gain_title(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Say what a setting changes at home, and what that costs elsewhere."""
    row = summary_row(rows)
    label = rows["setting_label"].iloc[0]
    if row is None:
        return f"{label}: {NO_MEAN}"
    change = row["gain_value"]
    said = verdict(row, "gain", p="gain_holm")
    if pd.isna(change) or said == "unknown":
        return f"{label}: a change {where(row)} is not known yet"
    if said == "few":
        return f"{label}: too few test users {where(row)} for a verdict"
    if said == "open":
        return f"{label} changes all-country accuracy by {text.points(change)} {where(row)}, within chance"
    word = "raises" if said == "gain" else "lowers"
    size = text.points(abs(change)).lstrip("+")
    return f"{label} {word} all-country accuracy by {size} {where(row)}{_short_price(cells)}"


def _short_price(cells: pd.DataFrame) -> str:
    others = _away(cells)
    if others.empty:
        return ""
    lost = _lost(others)
    among = text.count(len(others), "comparison")
    return f"; elsewhere {len(lost)} of {among} lose" if len(lost) else f"; no loss seen in {among} elsewhere"


def price(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Say what is recovered, how much of it is knowledge of the country, and which other countries pay.

    Parameters
    ----------
    cells : DataFrame
        Of the setting, of *all* countries that have a model, whatever is selected.
    """
    row = summary_row(rows)
    payers = _payers(cells)
    if row is None:
        return f"{payers[0].upper()}{payers[1:]}."
    return (
        f"It recovers {text.share_estimate(row, 'true')} of the pairs on which the global model disagrees with the "
        f"people ({text.sample_text(row, 'true_')}); a label-blind change of the same size recovers "
        f"{text.percent(row['blind_value'])}, so the excess is {text.difference_estimate(row, 'excess')}; {payers}."
    )


def _away(cells: pd.DataFrame) -> pd.DataFrame:
    return text.solid(cells[cells["trained_for"] != cells["tested_on"]]).dropna(subset=["diff_value"])


def _lost(others: pd.DataFrame) -> pd.DataFrame:
    return others[(others["holm"] < text.ALPHA) & (others["diff_value"] < 0)].sort_values("diff_value")


def _payers(cells: pd.DataFrame) -> str:
    others = _away(cells)
    if others.empty:
        return "who pays in other countries is not known: too few test users there"
    among = f"{text.count(len(others), 'comparison')} with other countries, all {cells['trained_for'].nunique()} models"
    lost = _lost(others)
    if lost.empty:
        return f"{no_loss(others, 'visible')} ({among})"
    named = [
        f"the model of {one['trained_name']} on pairs of {one['tested_name']} {text.difference_estimate(one, 'diff')}"
        for _, one in lost.iterrows()
    ]
    return f"in {among}, {len(lost)} lose after correction: {text.listed(named, most=3)}"
