"""The filters of the page Pairs, and the pairs that match them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from dashboard.frame import asking, load, lost, places, sides, starring
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.pairs import words
from dashboard.pairs.load import OWN, choices, gap_of, load_pairs, load_search, objective_of
from scpo.config import ObjectiveConfig
from scpo.results import pairs as engine
from scpo.results.sides import GLOBAL, Side
from scpo.store.scored import Scored
from scpo.store.stars import starred_pairs

SEARCH, USERS, PAGE = "search", "users", "page"
GAP_FROM, GAP_BELOW, FLAGGED, STARRED = "gap_from", "gap_below", "flagged", "starred"
GAP_ENDS = {"Gap from": GAP_FROM, "Gap below": GAP_BELOW}
FACET = "facet_"
"""Keys of the widgets = names of the URL parameters; each facet of the data has one, ``facet_<name>``. `PAGE` is the
page of the list: another filter begins with the first. What other pages link to stands in `frame.places`."""

AGREEMENTS: dict[str, engine.Agreement | None] = {"All": None, places.DISAGREES: "disagrees", "Agrees": "agrees"}
SPLITS: dict[str, engine.Split | None] = {"All": None, "Training": "train", "Test": "test"}
FLAGS: dict[str, bool | None] = {"All": None, "Only flagged": True, "Without flagged": False}
ORDERS: dict[str, tuple[engine.SortKey, bool]] = {
    "Most disagreement": ("gap", False),
    "Most agreement": ("gap", True),
    "Largest |gap|": ("size", True),
    "Smallest |gap|": ("size", False),
    "Largest margin": ("margin", True),
    "Smallest margin": ("margin", False),
    "Longest": ("length", True),
    "Shortest": ("length", False),
    places.LOST_FIRST: ("change", False),
    "Order of the data": ("row", False),
}
WAYS: dict[str, engine.FlipWay | None] = {
    places.ANY_WAY: None,
    places.FLIPPED: "either",
    places.GAINED: "gained",
    places.LOST: "lost",
    places.BOTH_RIGHT: "both_right",
    places.BOTH_WRONG: "both_wrong",
}


class Compared(NamedTuple):
    """Two models by their keys, and the way their verdicts must go; None without a second model or a wish."""

    first: str
    second: str | None
    way: engine.FlipWay | None


@dataclass(frozen=True, eq=False)
class Listed:
    """The pairs that match the filters, and what they are compared by."""

    scored: Scored
    index: engine.PairIndex
    offered: dict[str, Side]
    objective: ObjectiveConfig
    rows: np.ndarray
    """Rows of the pairs, sorted."""

    without_range: np.ndarray
    """The rows that match all filters but the range of the gap, for the histogram."""

    gap_range: tuple[float | None, float | None]
    starred: list[str]
    models: dict[str, str]
    first: str
    second: str | None

    @property
    def ids(self) -> list[str]:
        """Return the ids of the listed pairs."""
        return self.index.ids[self.rows].tolist()


def choose(selection: Selection) -> Listed:
    """Draw the filters and return the pairs that match them."""
    scored, index = load_pairs(selection)
    offered = sides.load_sides(selection)
    starred = starred_pairs(starring.load_stars(selection.scores[0]))
    query, compared = engine.PairQuery(), Compared(GLOBAL, None, None)
    among = []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="pair_filters"):
        searched = st.text_input(
            glossary.said("Search in prompt and responses"),
            key=SEARCH,
            bind="query-params",
            on_change=first_page,
            placeholder="Upper and lower case alike",
            width=215,
        )
        agreement = _choice("Global model", AGREEMENTS, places.AGREEMENT)
        split = _choice("Users", SPLITS, USERS)
        order = asking.choose(
            "Order", places.ORDER, list(ORDERS), on_change=first_page, width=round(glossary.grown(185))
        )
        with st.popover("More filters", icon=":material/filter_list:"):
            gap_range = _gap_range()
            of = _communities(selection, index) or selection.countries
            query = replace(query, countries=of, flagged=_flags(index), facets=_facets(index))
            if asking.switch("Only starred", STARRED, on_change=first_page):
                among.append(engine.marked(index, starred))
            models = choices(offered, sides.side_names(selection), selection.setting)
            if len(models) > 1:
                compared = _flips(models)
    query = replace(query, agreement=AGREEMENTS[agreement], split=SPLITS[split])
    if searched.strip():
        among.append(load_search(selection, searched.strip()))
    key, descending = ORDERS[order]
    change = None
    if compared.second is not None and (compared.way is not None or key == "change"):
        first, second = (gap_of(selection, index, one) for one in (compared.first, compared.second))
        change = second - first
        if compared.way is not None:
            among.append(engine.flips(first, second, compared.way))
    without_range = engine.find_pairs(index, query, among=among)
    rows = in_range(index, without_range, gap_range)
    return Listed(
        scored=scored,
        index=index,
        offered=offered,
        objective=objective_of(selection.setting, offered),
        rows=engine.sort_pairs(index, rows, key, descending=descending, change=change),
        without_range=without_range,
        gap_range=gap_range,
        starred=starred,
        models=models,
        first=compared.first,
        second=compared.second,
    )


def in_range(index: engine.PairIndex, rows: np.ndarray, gap_range: tuple[float | None, float | None]) -> np.ndarray:
    """Return the rows whose gap is in a range; an open end is None."""
    low, high = gap_range
    gap = index.gap[rows]
    inside = np.ones(len(rows), dtype=bool)
    if low is not None:
        inside &= gap >= low
    if high is not None:
        inside &= gap < high
    return rows[inside]


def first_page() -> None:
    """Go back to the first page of the list: another filter makes another list."""
    st.session_state[PAGE] = 1


def _choice(label: str, options: Mapping[str, Any], key: str) -> str:
    return asking.segments(label, key, list(options), default="All", on_change=first_page)


def _gap_range() -> tuple[float | None, float | None]:
    for label, key in GAP_ENDS.items():
        lost.check(label.lower(), key, lost.is_number)
    with st.container(horizontal=True):
        ends = [
            st.number_input(
                label,
                value=None,
                step=0.25,
                format="%.4g",
                key=key,
                bind="query-params",
                on_change=first_page,
                placeholder="open",
                width=150,
            )
            for label, key in GAP_ENDS.items()
        ]
    low, high = (end if end is not None and math.isfinite(end) else None for end in ends)
    return low, high


def _communities(selection: Selection, index: engine.PairIndex) -> tuple[str, ...]:
    """Draw the communities of this page alone: they go before those of the sidebar, which stay as they are."""
    name = load.name_of(selection)
    options, hint = {code: name(code) for code in sorted(index.countries, key=name)}, "As in the sidebar"
    return tuple(asking.several("Community", places.COMMUNITY, options, on_change=first_page, placeholder=hint))


def _flags(index: engine.PairIndex) -> bool | None:
    if not index.knows_flags:
        st.caption("Flagged texts: these data have no moderation flags.")
        return None
    return FLAGS[_choice("Flagged by moderation", FLAGS, FLAGGED)]


def _facets(index: engine.PairIndex) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = []
    for name, (values, _) in index.facets.items():
        label = name.replace("_", " ")
        said, key, options = text.plain(label.capitalize()), f"{FACET}{name}", list(values)
        wanted = asking.several(said, key, options, noun=label, on_change=first_page, placeholder="All")
        if wanted:
            chosen.append((name, tuple(wanted)))
    return tuple(chosen)


def _flips(models: dict[str, str]) -> Compared:
    """Draw what two models are compared by."""
    options = list(models)
    second = options.index(OWN) if OWN in options else 1
    first, other = (
        asking.choose(label, key, models, index=i, filter_mode="fuzzy", on_change=first_page)
        for label, i, key in (("First model", 0, places.FIRST_MODEL), ("Second model", second, places.SECOND))
    )
    way = asking.choose(
        "Verdicts of the two",
        places.FLIPS,
        list(WAYS),
        noun="verdicts",
        on_change=first_page,
        help="Right: the model prefers what the person preferred. Only pairs of test users have a verdict of both.",
    )
    return Compared(first, other, WAYS[way])


def heading(listed: Listed) -> str:
    """Write the finding of the page."""
    index, rows = listed.index, listed.rows
    return words.title(len(rows), len(index), index.n_users(rows), int((index.gap[rows] < 0).sum()))
