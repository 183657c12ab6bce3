"""Pairs one by one: filtered, searched, sorted, counted and read. Arrays only, so that 70,000 pairs answer at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scpo.analysis.bias import CountryModel
from scpo.config import ObjectiveConfig
from scpo.data.tables import PAIRS
from scpo.errors import InputError
from scpo.findings.stored import Scored
from scpo.method import objective as formulas

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

Split = Literal["train", "test"]
Agreement = Literal["agrees", "disagrees"]
FlipWay = Literal["either", "gained", "lost", "both_right", "both_wrong"]
Outcome = Literal["recovered", "missed", "kept", "lost"]
SortKey = Literal["gap", "size", "margin", "length", "row"]

MOST_FACET_VALUES = 40
"""A text column of the pairs with more values than this is no facet to filter by."""

MOST_BINS = 48
WIDTHS = tuple(digit * 10.0**power for power in range(-3, 6) for digit in (1.0, 2.0, 2.5, 5.0))


@dataclass(frozen=True, eq=False)
class PairIndex:
    """What pairs are filtered and sorted by; every array has one value per row of `Scored.pairs`."""

    ids: pd.Index
    countries: tuple[str, ...]
    country: IntArray
    """Position in `countries`; -1 without a community."""

    user: IntArray
    """Number of the user."""

    is_test: BoolArray
    test_rows: IntArray
    """Rows of `Scored.test_pairs`, in its order."""

    gap: FloatArray
    margin: FloatArray
    """Difference of the person's scores; NaN where only an order is known."""

    length: IntArray
    """Characters of both responses."""

    flagged: BoolArray
    """Either response or the prompt was flagged; False where it is not known."""

    knows_flags: bool
    facets: Mapping[str, tuple[tuple[str, ...], IntArray]]
    """Text columns of the pairs: their values, and the position of each pair's value; -1 where it has none."""

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, pair_id: str) -> int | None:
        """Return the row of a pair; None if there is no such pair."""
        row = int(self.ids.get_indexer(pd.Index([pair_id], dtype=object))[0])
        return None if row < 0 else row

    def n_users(self, rows: IntArray) -> int:
        """Count the people behind some pairs."""
        return int(np.count_nonzero(np.bincount(self.user[rows], minlength=1)))


@dataclass(frozen=True, eq=False)
class PairTexts:
    """Prompts and responses in lower case, for the search."""

    response: pd.Series
    prompt: pd.Series
    """Each different prompt once."""

    prompt_of: IntArray
    """Position of each response's prompt."""

    chosen: NDArray[np.int32]
    rejected: NDArray[np.int32]

    def containing(self, words: str) -> BoolArray:
        """Find the pairs in whose prompt or responses some words stand, upper and lower case alike.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
        """
        wanted = _lower(pd.Series([words], dtype="str")).iloc[0]
        found = _contains(self.response, wanted) | _contains(self.prompt, wanted)[self.prompt_of]
        return np.asarray(found[self.chosen] | found[self.rejected])


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


class Earlier(NamedTuple):
    """An earlier turn of a conversation; the response is the one it went on with, None where it is not known."""

    prompt: str
    response: str | None


class Side(NamedTuple):
    """One response of a pair. `score` is the person's, `reward` the global model's; None where not known."""

    response: str
    score: float | None
    reward: float
    model_name: str | None


class PairDetail(NamedTuple):
    """Everything about one pair that its tables know."""

    pair_id: str
    user_id: str
    country: str | None
    split: str
    prompt: str
    chosen: Side
    rejected: Side
    gap: float
    p_glo: float
    flagged: bool
    turn: int | None
    earlier: tuple[Earlier, ...]
    facets: dict[str, str]


class Treatment(NamedTuple):
    """What a setting makes of a pair: `kept` is None where chance decides."""

    kept: bool | None
    weight: float


def index_pairs(scored: Scored) -> PairIndex:
    """Prepare the pairs of a data set for filters."""
    pairs, utterances = scored.pairs, scored.utterances
    chosen, rejected = pairs["chosen"].to_numpy(), pairs["rejected"].to_numpy()
    countries, country = _codes(pairs["country"])
    flags = utterances["flagged"]
    is_flagged = flags.fillna(False).to_numpy(dtype=bool)
    length = utterances["response"].str.len().to_numpy(dtype=np.int64)
    is_test = (pairs["split"] == "test").to_numpy(dtype=bool)
    facets = {name: _codes(pairs[name]) for name in facet_names(pairs)}
    return PairIndex(
        ids=pd.Index(pairs["pair_id"].astype(object)),
        countries=countries,
        country=country,
        user=_codes(pairs["user_id"])[1],
        is_test=is_test,
        test_rows=np.flatnonzero(is_test & (country >= 0)),
        gap=pairs["gap"].to_numpy(dtype=np.float64),
        margin=pairs["margin"].to_numpy(dtype=np.float64),
        length=length[chosen] + length[rejected],
        flagged=is_flagged[chosen] | is_flagged[rejected],
        knows_flags=bool(flags.notna().any()),
        facets={name: found for name, found in facets.items() if 0 < len(found[0]) <= MOST_FACET_VALUES},
    )


def facet_names(pairs: pd.DataFrame) -> list[str]:
    """List the text columns of the pairs that the data dictionary does not name."""
    known = {*PAIRS.columns, "split", "gap", "p_glo"}
    names = [str(name) for name in pairs.columns if name not in known]
    return [name for name in names if not pd.api.types.is_numeric_dtype(pairs[name])]


def index_texts(scored: Scored) -> PairTexts:
    """Prepare the texts of a data set for the search."""
    utterances, pairs = scored.utterances, scored.pairs
    prompt_of, prompts = pd.factorize(utterances["prompt"])
    return PairTexts(
        response=_lower(utterances["response"]),
        prompt=_lower(pd.Series(prompts, dtype="str")),
        prompt_of=np.asarray(prompt_of, dtype=np.int64),
        chosen=pairs["chosen"].to_numpy(),
        rejected=pairs["rejected"].to_numpy(),
    )


def _codes(values: pd.Series) -> tuple[tuple[str, ...], IntArray]:
    codes, names = pd.factorize(values.astype(object), sort=True)
    return tuple(str(name) for name in names), np.asarray(codes, dtype=np.int64)


def _lower(texts: pd.Series) -> pd.Series:
    return texts.astype("str").str.lower()


def _contains(texts: pd.Series, words: str) -> BoolArray:
    return np.asarray(texts.str.contains(words, regex=False), dtype=bool)


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


def sort_pairs(index: PairIndex, rows: IntArray, key: SortKey, *, descending: bool = False) -> IntArray:
    """Sort pairs; equal ones stay in the order of the table, unknown values come last."""
    if key == "row":
        return rows[::-1] if descending else rows
    values = {"gap": index.gap, "size": np.abs(index.gap), "margin": index.margin, "length": index.length}[key][rows]
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


def of_test_pairs(index: PairIndex, test_gap: ArrayLike) -> FloatArray:
    """Put gaps on test pairs in their places among all pairs; NaN elsewhere.

    Parameters
    ----------
    test_gap : array_like, shape (n_test_pairs,)
        In the order of `Scored.test_pairs`.
    """
    gaps = np.full(len(index), np.nan)
    gaps[index.test_rows] = test_gap
    return gaps


def own_gap(index: PairIndex, models: Sequence[CountryModel]) -> FloatArray:
    """Return for each test pair the seed mean of the gap under its own country's model; NaN without one."""
    gaps = np.full(len(index), np.nan)
    for model in models:
        if model.trained_for in index.countries:
            own = index.country[index.test_rows] == index.countries.index(model.trained_for)
            gaps[index.test_rows[own]] = model.gap[:, own].mean(axis=0)
    return gaps


def flips(first: FloatArray, second: FloatArray, way: FlipWay) -> BoolArray:
    """Find the pairs that two models rank differently, or alike.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n_pairs,)
        Gaps of both models; a pair that one of them has not scored (NaN) is never found.
    way : str
        ``gained``: only the second ranks as the person did; ``lost``: only the first; ``either`` of the two;
        ``both_right``; ``both_wrong``. A gap of 0 is not right.
    """
    known = np.isfinite(first) & np.isfinite(second)
    right_before, right_after = first > 0, second > 0
    found = {
        "either": right_before != right_after,
        "gained": ~right_before & right_after,
        "lost": right_before & ~right_after,
        "both_right": right_before & right_after,
        "both_wrong": ~right_before & ~right_after,
    }[way]
    return known & found


def outcome(before: float, after: float) -> Outcome:
    """Name what finetuning did to a pair with these gaps; a gap of 0 is not right."""
    if before > 0:
        return "kept" if after > 0 else "lost"
    return "recovered" if after > 0 else "missed"


def treatment(gap: float, setting: ObjectiveConfig) -> Treatment:
    """Return what a setting makes of a pair with this gap; the weight before any normalisation."""
    if setting.method == "random":
        return Treatment(None, 1.0)
    plain = setting.model_copy(update={"normalise_weights": False})
    found = formulas.select(np.array([gap]), plain, seed=0)
    return Treatment(bool(found.kept[0]), float(found.weight[0]))


def read_pair(scored: Scored, row: int) -> PairDetail:
    """Read one pair with its texts and the conversation before it.

    Parameters
    ----------
    row : int
        Row of `Scored.pairs`.
    """
    pair = scored.pairs.iloc[row]
    chosen, rejected = (scored.utterances.iloc[int(pair[name])] for name in ("chosen", "rejected"))
    reward = scored.scores.reward
    turn = _known(chosen["turn"])
    return PairDetail(
        pair_id=str(pair["pair_id"]),
        user_id=str(pair["user_id"]),
        country=_known(pair["country"]),
        split=str(pair["split"]),
        prompt=str(chosen["prompt"]),
        chosen=_side(chosen, reward[int(pair["chosen"])]),
        rejected=_side(rejected, reward[int(pair["rejected"])]),
        gap=float(pair["gap"]),
        p_glo=float(pair["p_glo"]),
        flagged=any(_known(side["flagged"]) is True for side in (chosen, rejected)),
        turn=None if turn is None else int(turn),
        earlier=_earlier(scored.utterances, _known(chosen["conversation_id"]), turn),
        facets={name: str(pair[name]) for name in facet_names(scored.pairs) if _known(pair[name]) is not None},
    )


def _known(value: Any) -> Any | None:
    return None if pd.isna(value) else (value.item() if isinstance(value, np.generic) else value)


def _side(utterance: pd.Series, reward: float) -> Side:
    return Side(str(utterance["response"]), _known(utterance["score"]), float(reward), _known(utterance["model_name"]))


def _earlier(utterances: pd.DataFrame, conversation: str | None, turn: int | None) -> tuple[Earlier, ...]:
    """Return the turns before this one, with the responses the conversation went on with."""
    if conversation is None or not turn:
        return ()
    rows = utterances[(utterances["conversation_id"] == conversation) & (utterances["turn"] < turn)]
    found = []
    for _, turns in rows.sort_values("turn", kind="stable").groupby("turn", sort=True):
        went_on = turns[turns["is_partner"].fillna(False).to_numpy(dtype=bool)]
        response = str(went_on["response"].iloc[0]) if len(went_on) else None
        found.append(Earlier(str(turns["prompt"].iloc[0]), response))
    return tuple(found)
