"""The pairs of a data set as arrays, prepared once for filters and search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.arrays import BoolArray, FloatArray, IntArray
from scpo.data.tables import PAIRS
from scpo.store.scored import Scored

MOST_FACET_VALUES = 40
"""A text column of the pairs with more values than this is no facet to filter by."""


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
