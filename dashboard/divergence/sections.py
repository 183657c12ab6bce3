"""What stands below the distances, one section at a time: only the open one is computed."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import streamlit as st

from dashboard.divergence import differences, dividing, pickers, view, world
from dashboard.divergence.load import Distances
from dashboard.frame import asking, lost, state
from dashboard.frame.state import Selection
from dashboard.kit import glossary

SECTION = "section"
"""Key of the tabs = name of the URL parameter."""

DISAGREEMENT, DIFFERS, COUPLE, MAPS = "Disagreement", "What differs", "Pairs of a couple", "Maps"

_COUPLE = "_divergence_couple"
"""The couple whose pairs were shown last."""


def show_sections(selection: Selection, found: Distances, couples: pd.DataFrame, couple: str | None) -> None:
    """Draw the tabs with what the open one holds; what differs is not there while presenting."""
    sections = {
        DISAGREEMENT: lambda: view.show_to_global(selection, found),
        DIFFERS: lambda: differences.show_differences(selection, found),
        COUPLE: lambda: _show_couple(selection, couples, couple),
        MAPS: lambda: _show_maps(selection, found),
    }
    if glossary.is_plain():
        del sections[DIFFERS]
    lost.check("section", SECTION, sections)  # before it is set
    _follow(couple, sections)
    asking.tabs(SECTION, sections)


def _follow(couple: str | None, sections: Collection[str]) -> None:
    """Open the section of what was just chosen: a couple anywhere, or a community by a link from another page."""
    here = st.session_state.get(_COUPLE) if not state.just_arrived() else None
    st.session_state[_COUPLE] = couple
    if state.just_arrived() and st.query_params.get(SECTION) in sections:
        return
    if couple is not None and couple != here:
        st.session_state[SECTION] = COUPLE
    elif state.just_arrived() and pickers.WHO in st.query_params and not glossary.is_plain():
        st.session_state[SECTION] = DIFFERS


def _show_couple(selection: Selection, couples: pd.DataFrame, couple: str | None) -> None:
    if couple is None:
        st.caption("Click a cell of the distances, or choose a couple beside them, to read its pairs.")
        return
    if not glossary.is_plain():
        dividing.show_dividing(selection, couples, couple)
    view.show_examples(selection, couples, couple)


def _show_maps(selection: Selection, found: Distances) -> None:
    plane, locator = st.columns(2, gap="large")
    with plane:
        view.show_map(selection, found)
    with locator:
        world.show_world(selection, found)
