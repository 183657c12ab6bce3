"""Which pairs are wanted, in which order, and how many there are by the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from scpo.arrays import BoolArray, FloatArray, IntArray
from scpo.errors import InputError
from scpo.method import objective as formulas
from scpo.results.pairs.index import PairIndex

Split = Literal["train", "test"]
Agreement = Literal["agrees", "disagrees"]
SortKey = Literal["gap", "size", "margin", "length", "change", "row"]

MOST_BINS = 48
WIDTHS = tuple(digit * 10.0**power for power in range(-3, 6) for digit in (1.0, 2.0, 2.5, 5.0))


@dataclass(frozen=True)
class PairQuery:
    """Which pairs are wanted; what is left open wants all."""

    countries: tuple[str, ...] = ()
    split: Split | None = None
    agreement: Agreement | None = None
    gap_from: float | None = None
    gap_below: float | None = None
    flagged: bool | None = None
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Facet and the values that are wanted, any of them."""


def find_pairs(index: PairIndex, query: PairQuery, *, among: Sequence[BoolArray] = ()) -> IntArray:
    """Find the pairs that are wanted.

    Parameters
    ----------
    among : sequence of ndarray of bool, shape (n_pairs,)
        Further conditions, all of which must hold: a search, stars, flips.

    Returns
    -------
    ndarray of int, shape (n_found,)
        Rows, in the order of the table pairs.
    """
    wanted = np.ones(len(index), dtype=bool)
    if query.countries:
        wanted &= _any_of(index.countries, index.country, query.countries)
    if query.split is not None:
        wanted &= index.is_test == (query.split == "test")
    if query.agreement is not None:
        wanted &= index.gap > 0 if query.agreement == "agrees" else formulas.global_disagrees(index.gap)
    if query.gap_from is not None:
        wanted &= index.gap >= query.gap_from
    if query.gap_below is not None:
        wanted &= index.gap < query.gap_below
    if query.flagged is not None:
        wanted &= index.flagged == query.flagged
    for name, values in query.facets:
        if name not in index.facets:
            raise InputError(f"the pairs have no column {name!r}; known: {', '.join(index.facets) or 'none'}")
        wanted &= _any_of(*index.facets[name], values)
    for condition in among:
        wanted &= condition
    return np.flatnonzero(wanted)


def _any_of(names: Sequence[str], codes: IntArray, wanted: Sequence[str]) -> BoolArray:
    """Tell which codes stand for a wanted name; the last place of the table is for -1, no name."""
    return np.array([*(name in wanted for name in names), False])[codes]


def marked(index: PairIndex, pair_ids: Sequence[str]) -> BoolArray:
    """Mark the pairs of a list; ids that do not exist are passed over."""
    rows = index.ids.get_indexer(pd.Index(list(pair_ids), dtype=object))
    found = np.zeros(len(index), dtype=bool)
    found[rows[rows >= 0]] = True
    return found


def sort_pairs(
    index: PairIndex, rows: IntArray, key: SortKey, *, descending: bool = False, change: FloatArray | None = None
) -> IntArray:
    """Sort pairs; equal ones stay in the order of the table, unknown values come last.

    Parameters
    ----------
    change : ndarray, shape (n_pairs,), optional
        Gap of a second model minus that of a first, for the key of this name; without it the order stays.
    """
    if key == "row" or (key == "change" and change is None):
        return rows[::-1] if descending else rows
    known = {"gap": index.gap, "size": np.abs(index.gap), "margin": index.margin, "length": index.length}
    values = (change if change is not None and key == "change" else known[key])[rows]
    return rows[np.argsort(-values if descending else values, kind="stable")]


def gap_bins(index: PairIndex, rows: IntArray) -> pd.DataFrame:
    """Count pairs and people by the gap.

    Returns
    -------
    DataFrame
        One row per bin: `low` <= gap < `high`, `n_pairs`, `n_users`. The bins are those of the whole data set, so that
        they stay where they are when a filter changes; 0 is always an edge.
    """
    edges = _edges(index.gap)
    n_bins = max(0, edges.size - 1)
    place = np.searchsorted(edges, index.gap[rows], side="right") - 1
    n_users = max(1, int(index.user.max(initial=0)) + 1)
    couples = np.unique(place * n_users + index.user[rows]) // n_users
    return pd.DataFrame(
        {
            "low": edges[:n_bins],
            "high": edges[1:],
            "n_pairs": np.bincount(place, minlength=n_bins),
            "n_users": np.bincount(couples, minlength=n_bins),
        }
    )


def _edges(gap: FloatArray) -> FloatArray:
    if gap.size == 0:
        return np.zeros(0)
    low, high = min(0.0, float(gap.min())), max(0.0, float(gap.max()))
    for width in WIDTHS:
        first, last = np.floor(low / width), np.floor(high / width) + 1
        if last - first <= MOST_BINS:
            break
    return np.round(np.arange(first, last + 1) * width, 9) + 0.0
