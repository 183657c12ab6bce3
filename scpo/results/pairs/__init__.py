"""Pairs one by one: filtered, searched, sorted, counted and read. Arrays only, so that 70,000 pairs answer at once."""

from scpo.results.pairs.detail import Earlier, PairDetail, Side, read_pair
from scpo.results.pairs.index import (
    MOST_FACET_VALUES,
    PairIndex,
    PairTexts,
    facet_names,
    index_pairs,
    index_texts,
)
from scpo.results.pairs.query import (
    MOST_BINS,
    Agreement,
    PairQuery,
    SortKey,
    Split,
    find_pairs,
    gap_bins,
    marked,
    sort_pairs,
)
from scpo.results.pairs.verdicts import (
    FlipWay,
    Outcome,
    Treatment,
    flips,
    of_test_pairs,
    outcome,
    own_gap,
    treatment,
)

__all__ = [
    "MOST_BINS",
    "MOST_FACET_VALUES",
    "Agreement",
    "Earlier",
    "FlipWay",
    "Outcome",
    "PairDetail",
    "PairIndex",
    "PairQuery",
    "PairTexts",
    "Side",
    "SortKey",
    "Split",
    "Treatment",
    "facet_names",
    "find_pairs",
    "flips",
    "gap_bins",
    "index_pairs",
    "index_texts",
    "marked",
    "of_test_pairs",
    "outcome",
    "own_gap",
    "read_pair",
    "sort_pairs",
    "treatment",
]
