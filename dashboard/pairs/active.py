"""Which filters of the page Pairs are set, in words, and the way to clear them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.frame import load, places
from dashboard.kit import text
from dashboard.pairs import filters
from dashboard.pairs.filters import Listed
from scpo.results.sides import GLOBAL


def in_words(listed: Listed) -> list[str]:
    """Name the filters that are set, in the words of their widgets."""
    given = st.session_state
    low, high = listed.gap_range
    found = [f"containing “{given[filters.SEARCH].strip()}”"] if given.get(filters.SEARCH, "").strip() else []
    if low is not None or high is not None:
        ends = [None if end is None else f"{end:g}".replace("-", "−") for end in (low, high)]
        found.append(" ".join(f"{word} {end}" for word, end in zip(("gap from", "below"), ends, strict=True) if end))
    own = given.get(places.COMMUNITY) or []
    found += [f"only {text.listed(map(load.community_name(listed.scored.info), own))}"] if own else []
    found += [given[filters.FLAGGED].lower()] if given.get(filters.FLAGGED, "All") != "All" else []
    for name in listed.index.facets:
        wanted = given.get(f"{filters.FACET}{name}") or []
        found += [f"{name.replace('_', ' ')}: {text.listed(wanted)}"] if wanted else []
    found += ["only starred"] if given.get(filters.STARRED) else []
    if given.get(places.FLIPS, places.ANY_WAY) != places.ANY_WAY:
        first, second = listed.models[listed.first], listed.models[listed.second or GLOBAL]
        way = given[places.FLIPS]
        found.append(f"{way[0].lower()}{way[1:]} (first: {first}; second: {second})")
    return found


def clear(facets: Sequence[str]) -> None:
    """Set all filters of the page back."""
    defaults: dict[str, Any] = {
        filters.SEARCH: "",
        places.AGREEMENT: "All",
        filters.USERS: "All",
        filters.GAP_FROM: None,
        filters.GAP_BELOW: None,
        filters.STARRED: False,
        filters.PAGE: 1,
        places.COMMUNITY: [],
    }
    present = {
        filters.FLAGGED: "All",
        places.FLIPS: places.ANY_WAY,
        **{f"{filters.FACET}{name}": [] for name in facets},
    }
    for key, value in (defaults | {k: v for k, v in present.items() if k in st.session_state}).items():
        st.session_state[key] = value


def show_active(listed: Listed) -> None:
    """Say which filters are set beside the visible ones, and offer to clear them all."""
    found = in_words(listed)
    if not found and len(listed.rows):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if found:
            st.caption(text.plain(f"Filters: {'; '.join(found)}."))
        st.button(
            "Clear filters",
            icon=":material/filter_alt_off:",
            key="clear_filters",
            type="tertiary",
            on_click=clear,
            args=(list(listed.index.facets),),
        )
