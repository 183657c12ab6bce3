"""The Brief in sentences written from the data: none has more than 25 words or four numbers."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from dashboard.kit import text
from dashboard.kit.verdicts import IN_WORDS, no_loss, verdict
from scpo.methods import EXTERNAL
from scpo.results import MEAN

ABOUT = (
    "A reward model trained on everybody is adapted to one community by its own choices, with "
    "[SCPO](https://arxiv.org/abs/2606.18606) (Steerable Cultural Preference Optimization)."
)
"""What this is, in Markdown."""

NO_MEAN = "no mean yet, settings share fewer than two countries"

GAIN, EXCESS, PAYS = "Gain at home", "Excess over label-blind flips", "Who pays elsewhere"
"""Labels of the large numbers."""


class Large(NamedTuple):
    """One of the large numbers of the first screen."""

    label: str
    value: str
    sentences: tuple[str, ...]
    """Interval in words and what it rests on, plain text."""


def agreement_finding(countries: pd.DataFrame) -> str:
    """Say in one sentence without its end how well the untouched global model does, where it does worst and best."""
    known = countries.dropna(subset=["value"])
    solid = known[known["n_users"] >= text.FEW_USERS]
    if known.empty:
        return "No country has test pairs yet, so nothing can be said about the global model"
    if solid.empty:
        users = int(known["n_users"].max())
        return (
            f"The global model is tested on {text.count(len(known), 'country', 'countries')}, none with ten test users "
            f"or more (at most {users})"
        )
    low, high = solid.iloc[solid["value"].argmin()], solid.iloc[solid["value"].argmax()]
    if len(solid) == 1:
        return f"The global model ranks {text.share_estimate(low)} of the test pairs of {low['name']} as the people did"
    return (
        f"The global model ranks between {text.percent(low['value'])} ({low['name']}) and "
        f"{text.percent(high['value'])} ({high['name']}) of the test pairs as the people did"
    )


def disagreement(countries: pd.DataFrame, level: float) -> str:
    """Say how well the untouched global model does, and on what that rests."""
    said = agreement_finding(countries)
    known = countries.dropna(subset=["value"])
    solid = known[known["n_users"] >= text.FEW_USERS]
    if known.empty:
        return f"{said}."
    if solid.empty:
        return f"{said}. No order is given: see the intervals."
    if len(solid) == 1:
        return f"{said}. This rests on {text.sample_text(solid.iloc[0])}."
    return (
        f"{said}. These are the ends of {len(solid)} uncertain numbers; the figure has their {text.level_name(level)} "
        "intervals and samples."
    )


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


def large_numbers(every: pd.DataFrame, chosen: pd.DataFrame, cells: pd.DataFrame, level: float) -> list[Large]:
    """Return gain at home, excess, and who pays.

    Parameters
    ----------
    every, chosen : DataFrame
        Rows of the setting over all countries, which carry the verdict, and over the selected ones.
    cells : DataFrame
        Of the setting, of *all* countries that have a model, whatever is selected.
    level : float
        Of the intervals in the rows.
    """
    row = summary_row(every)
    if row is None:
        unknown = tuple(Large(label, text.UNKNOWN, (f"{NO_MEAN.capitalize()}.",)) for label in (GAIN, EXCESS))
        return [*unknown, _who_pays(cells)]
    said = IN_WORDS[verdict(row, "gain", p="gain_holm")]
    place = where(row)
    gain = Large(
        GAIN,
        text.points(row["gain_value"]),
        (
            f"{_between(row, 'gain', level)}, {said}.",
            f"{place[0].upper()}{place[1:]}: {text.sample_text(row, 'all_')}.",
            *_of_chosen(every, chosen),
        ),
    )
    excess = Large(
        EXCESS,
        text.points(row["excess_value"]),
        (
            f"{_between(row, 'excess', level)}.",
            f"Of the pairs the global model gets wrong it recovers {text.share_estimate(row, 'true')}, a label-blind "
            f"change of the same size {text.percent(row['blind_value'])}.",
            f"Rests on {text.sample_text(row, 'true_')}.",
        ),
    )
    return [gain, excess, _who_pays(cells)]


def _between(row: pd.Series, name: str, level: float) -> str:
    """Write an interval of a difference in words."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if pd.isna(low) or pd.isna(high):
        return "It has no interval"
    return f"Between {text.signed(low)} and {text.points(high)} ({text.level_name(level)} interval)"


def _of_chosen(every: pd.DataFrame, chosen: pd.DataFrame) -> tuple[str, ...]:
    """Return the mean of the selected countries, which has no verdict of its own."""
    mean = chosen[chosen["country"] == MEAN]
    if mean.empty or len(chosen) == len(every):
        return ()
    row = mean.iloc[0]
    return (f"The {int(row['n_countries'])} chosen on average: {text.difference_estimate(row, 'gain')}.",)


def _who_pays(cells: pd.DataFrame) -> Large:
    others = _away(cells)
    if others.empty:
        return Large(PAYS, text.UNKNOWN, ("Too few test users in other countries.",))
    n_models = cells["trained_for"].nunique()
    models = f"{'all ' * (n_models > 1)}{text.count(n_models, 'model')}"
    lost = _lost(others)
    if lost.empty:
        said = no_loss(others, "visible")
        return Large(
            PAYS,
            "None seen",
            (
                f"{said[0].upper()}{said[1:]}.",
                f"In {text.count(len(others), 'comparison')} of {models} with other countries.",
            ),
        )
    one = lost.iloc[0]
    return Large(
        PAYS,
        f"{len(lost)} of {len(others)}",
        (
            f"Comparisons of {models} with other countries that lose, corrected over all.",
            f"One of them: the model of {one['trained_name']} on pairs of {one['tested_name']}, "
            f"{text.difference_estimate(one, 'diff')}.",
        ),
    )


def losers(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons with other countries that lose after correction, the largest loss first."""
    return _lost(_away(cells))


def by_country(chosen: pd.DataFrame) -> str:
    """Count the selected countries that gain and lose, corrected over all."""
    tested = _tested(chosen)
    if tested.empty:
        return "No country has ten test users on both subsets, so no country gets a verdict"
    found = [verdict(one, "gain", p="gain_holm") for _, one in tested.iterrows()]
    n_family = int(tested["n_family"].iloc[0])
    higher, lower = found.count("gain"), found.count("loss")
    gain, lose = "gains" if 1 in (higher, n_family) else "gain", text.count(lower, "loses", "lose")
    if len(tested) < n_family:
        family = f", corrected over {n_family}"
        return f"{higher} of {len(tested)} chosen countries {gain} and {lose} beyond chance{family}"
    return f"{higher} of {text.count(n_family, 'country', 'countries')} {gain} and {lose} beyond chance"


def missed_losses(chosen: pd.DataFrame) -> str:
    """Say how large a loss of one country could be without being seen; empty where one is seen or none is tested."""
    tested = _tested(chosen)
    if tested.empty or "loss" in [verdict(one, "gain", p="gain_holm") for _, one in tested.iterrows()]:
        return ""
    said = no_loss(tested, "gain_visible")
    return f" {said[0].upper()}{said[1:]}."


def _tested(chosen: pd.DataFrame) -> pd.DataFrame:
    return text.solid(chosen[chosen["country"] != MEAN]).dropna(subset=["gain_holm"])


def gain_title(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Say what a setting changes at home, and what that costs elsewhere."""
    row = summary_row(rows)
    label = rows["setting_label" if rows["method"].iloc[0] == EXTERNAL else "method_label"].iloc[0]
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
    lose = "loses" if len(lost) == 1 else "lose"
    return f". Elsewhere {len(lost)} of {among} {lose}" if len(lost) else f". No loss seen in {among} elsewhere"


def _away(cells: pd.DataFrame) -> pd.DataFrame:
    return text.solid(cells[cells["trained_for"] != cells["tested_on"]]).dropna(subset=["diff_value"])


def _lost(others: pd.DataFrame) -> pd.DataFrame:
    return others[(others["holm"] < text.ALPHA) & (others["diff_value"] < 0)].sort_values("diff_value")
