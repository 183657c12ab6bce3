"""Pairs one by one: filtered, searched, sorted, counted and read. Arrays only, so that 70,000 pairs answer at once."""

from scpo.results.pairs.detail import Earlier, PairDetail, Side, read_pair
from scpo.results.pairs.index import PairIndex, PairTexts, index_pairs, index_texts
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
from scpo.results.pairs.verdicts import FlipWay, flips, of_test_pairs, outcome, treatment
