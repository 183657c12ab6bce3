"""What the page Divergence loads: distances, disagreement with the global model, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from dashboard.kit import text
from scpo import results
from scpo.config import EvaluationConfig
from scpo.measures.divergence import Divergence
from scpo.measures.geometry import Map, Tree
from scpo.once import Once
from scpo.results.community_pairs import examples

MOST_KEPT = 8
"""Distances of so many selections are kept in memory."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances with their layout. Communities are in the order of the rows: those of the tree, then the others."""

    found: Divergence
    names: dict[str, str]
    """Name of each community for a reader."""

    order: tuple[str, ...]
    laid: tuple[str, ...]
    """Communities of the tree and of the map, in the order of their leaf numbers."""

    tree: Tree | None
    plane: Map | None

    def number(self, country: str) -> int:
        """Return the place of a community in `found`."""
        return int(self.found.countries.index(country))


def load_distances(selection: Selection, on_progress: Callable[[int, int], None]) -> Distances:
    """Return the distances between all communities with enough users; computed if nobody has asked before.

    They do not depend on the countries of the sidebar: these are marked, so that the order stays as it is.
    """

    def computed() -> Distances:
        found = results.load_divergence(
            results.open_store(),
            load.load_scored(selection),
            selection.evaluation,
            on_progress=on_progress,
            save=not load.is_read_only(),
        )
        return arranged(found, results.layout(found), load.name_of(selection))

    return _kept().get((*selection.without_runs().scores, selection.level), computed)


@st.cache_resource(show_spinner=False)
def _kept() -> Once[Distances]:
    return Once(MOST_KEPT)


def arranged(found: Divergence, layout: tuple[list[str], Tree, Map] | None, name: Callable[[str], str]) -> Distances:
    """Put distances and layout together."""
    names = {country: name(country) for country in found.countries}
    if layout is None:
        return Distances(found, names, tuple(sorted(names, key=names.__getitem__)), (), None, None)
    laid, tree, plane = layout
    placed = [laid[leaf] for leaf in tree.order]
    rest = sorted((c for c in names if c not in set(placed)), key=names.__getitem__)
    return Distances(found, names, (*placed, *rest), tuple(laid), tree, plane)


@cached(most=8, say="Computing intervals over users …", runs=False)
def load_to_global(selection: Selection, countries: tuple[str, ...]) -> pd.DataFrame:
    """Return `results.to_global_table`: most disagreement first, too few users last."""
    return results.to_global_table(load.load_scored(selection), countries, EvaluationConfig(level=0.95))


def load_examples(selection: Selection, country: str) -> pd.DataFrame:
    """Return pairs of one community on which the global model disagrees most."""
    scored = load.load_scored(selection)
    return examples(scored.pairs, scored.utterances, country)


@cached(most=16, say="Letting both models judge the common pairs …", runs=False)
def load_dividing(selection: Selection, first: str, second: str) -> results.Dividing:
    """Return the common pairs of two communities, those that divide their models most first."""
    return results.dividing_pairs(load.load_scored(selection), first, second, EvaluationConfig())


@cached(most=32, say="Counting words of responses …", runs=False)
def load_features(selection: Selection, country: str) -> pd.DataFrame:
    """Return the coefficients of a community with 95 % and 80 % (`inner_`) intervals; strongest first."""
    table = results.what_differs(load.load_scored(selection), country, EvaluationConfig(level=0.95))
    return _flagged(table, users="n_users_different")


@cached(most=32, say="Sorting prompts into topics …", runs=False)
def load_where(selection: Selection, country: str) -> pd.DataFrame:
    """Return where the global model disagrees more and less, with 95 % and 80 % (`inner_`) intervals."""
    return _flagged(results.where_it_differs(load.load_scored(selection), country, EvaluationConfig(level=0.95)))


def _flagged(table: pd.DataFrame, *, users: str = "n_users") -> pd.DataFrame:
    """Mark what rests on too few users, counted in a column, and what Holm's correction keeps."""
    few = table[users] < text.FEW_USERS
    return table.assign(too_few_users=few, sure=(table["holm"] < text.ALPHA) & ~few)
