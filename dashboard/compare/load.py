"""What the page Compare loads beside the comparison itself: margins of pairs under both sides, and ways to pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.frame import load, places, sides
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo.results.compare import EVERY
from scpo.results.sides import Side

MOST_POINTS = 1000
"""Pairs that a scatter plot draws."""

WAYS = {
    "both_right": places.BOTH_RIGHT,
    "only_first": places.GAINED,
    "only_second": places.LOST,
    "both_wrong": places.BOTH_WRONG,
}
"""Outcomes as the page Pairs asks for them, with the second side before the first: what the first has lost is lost."""


def load_margins(
    selection: Selection, first: str, second: str, communities: Sequence[str], *, wrong: bool
) -> pd.DataFrame:
    """Return the margins of the test pairs of some communities under both sides, seeds averaged.

    Parameters
    ----------
    wrong : bool
        Only pairs that the global model gets wrong.

    Returns
    -------
    DataFrame
        `pair`, `country` (its name), `first`, `second`, `outcome`.
    """
    scored = load.load_scored(selection)
    test, name = scored.test_pairs, load.name_of(selection)
    ours, theirs = (sides.mean_gap(selection, key) for key in (first, second))
    wanted = test["country"].isin(communities).to_numpy()
    if wrong:
        wanted = wanted & (test["gap"].to_numpy() < 0)
    a, b = ours[wanted] > 0, theirs[wanted] > 0
    outcome = np.select([a & b, a, b], ["both_right", "only_first", "only_second"], "both_wrong")
    return pd.DataFrame(
        {
            "pair": test["pair_id"].to_numpy()[wanted],
            "country": [name(one) for one in test["country"].to_numpy()[wanted]],
            "first": ours[wanted],
            "second": theirs[wanted],
            "outcome": outcome,
        }
    )


def thinned(points: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return every k-th row, so that at most `MOST_POINTS` are left, and k."""
    step = max(1, -(-len(points) // MOST_POINTS))
    return points.iloc[::step], step


def way_to_pairs(
    selection: Selection,
    first: Side,
    second: Side,
    *,
    way: str,
    communities: Sequence[str],
    wrong: bool,
    every: bool = False,
) -> dict[str, str | list[str]]:
    """Return what the page Pairs is asked for, to list exactly the pairs of a count, lost ones first.

    Parameters
    ----------
    way : str
        What `places.FLIPS` asks for.
    communities : sequence of str
        Whose pairs.
    wrong : bool
        Only pairs that the global model gets wrong.
    every : bool
        The communities are all with test pairs, so that none need be named.
    """
    names, name = sides.side_names(selection), load.name_of(selection)

    def label(side: Side) -> str:
        return text.own_model_label(names[side.key]) if side.kind == "setting" else names[side.key]

    asked: dict[str, str | list[str]] = {
        places.FIRST_MODEL: label(second),
        places.SECOND: label(first),
        places.FLIPS: way,
        places.ORDER: places.LOST_FIRST,
    }
    if not every or selection.countries:
        asked[places.COMMUNITY] = [name(one) for one in communities]
    return asked | ({places.AGREEMENT: places.DISAGREES} if wrong else {})


def communities_of(verdicts: pd.DataFrame, place: str) -> list[str]:
    """Return the communities of a row of `verdict_table`: itself, or all of them."""
    every = [one for one in verdicts["country"].drop_duplicates() if one != EVERY]
    return every if place == EVERY else [place]


def long_counts(verdicts: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Return one row per community and outcome, with its share of the pairs and where it lies in the bar."""
    rows = []
    for row in verdicts.to_dict("records"):
        start = 0.0
        for outcome in outcomes:
            share = row[outcome] / row["n_pairs"] if row["n_pairs"] else 0.0
            rows.append(_part(row, outcome, share, start))
            start += share
    return pd.DataFrame(rows)


def bar_name(row: Mapping[Any, Any] | pd.Series) -> str:
    """Name a bar by its community and the pairs that only the first and only the second side has right."""
    return f"{row['name']} · {row['only_first']:,} : {row['only_second']:,}"


def _part(row: Mapping[Any, Any], outcome: str, share: float, start: float) -> dict[str, Any]:
    return {
        "name": bar_name(row),
        "country": row["country"],
        "outcome": outcome,
        "place": f"{row['country']}:{outcome}",
        "n": row[outcome],
        "n_users": row[f"users_{outcome}"],
        "share": share,
        "start": start,
        "end": start + share,
    }
