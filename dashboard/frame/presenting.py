"""Presenting: larger type, plain words, nothing of how a model was made, and what a page does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.frame import asking, load, places
from dashboard.kit import glossary, text
from scpo.data.tables import DatasetInfo

PRESENT = "present"
"""Key of the toggle = name of the URL parameter."""

_TYPE = "<style>html { font-size: 18.5px !important; }</style>"

EVERYWHERE = (
    "The people in these data took part by choice: they do not stand for their countries.",
    "An interval says what other people of the same kind could change, not what another training would change.",
    "To rank as people did means to agree with their choice, not to be true, safe or fair.",
)
"""What no page shows."""

LIMITS = {
    "brief": "A mean over countries hides those that lose: the page Bias has them all.",
    "tradeoff": "The ringed setting is the best of several: part of its lead is luck.",
    "bias": "A loss that is not seen may still be there: small ones would be missed.",
    "survey": "The data do not say how many people answered: nobody can say how much of a distance is chance.",
    "behaviour": "People judged these answers alone: what other answers a model would write, they have not seen.",
    "compare": "That no difference is seen does not say that there is none: each sentence says what could be missed.",
    "divergence": "Distances are between models of what people chose, not between peoples; true ones may be larger.",
}
"""What one page does not show."""

OF_SURVEYS = (
    "An interval says what other questions of this kind could change, not what other people would answer.",
    "To answer as people did means to agree with them, not to be true, safe or fair.",
)
"""What no comparison with survey answers shows, in place of `EVERYWHERE`."""

BACK = "How each number is computed, its settings, runs and files: turn Presenting off."


def toggle(datasets: Mapping[str, DatasetInfo]) -> bool:
    """Draw the toggle, and set words and type of this run; the names of data sets and communities stay as they are."""
    help = "Larger type and plain words, for people who see this first."
    on = asking.switch("Presenting", PRESENT, place=st.sidebar, help=help)
    glossary.speak(plainly=on)
    for name, info in datasets.items() if on else ():
        for one in (name, *map(load.community_name(info), info.users_per_country)):
            glossary.kept(one)
    if on:
        st.html(_TYPE)
        st.sidebar.page_link(places.page("slides"), label="Starred views as slides", icon=":material/slideshow:")
    return on


def sidebar_place() -> Any:
    """Return where the sidebar's choices stand: while presenting in a closed box."""
    return st.sidebar.expander("What is shown", key="present_choices") if glossary.is_plain() else st.sidebar


def controls_place() -> Any:
    """Return where the controls of a page stand: while presenting in a closed box."""
    place = st.expander("Choices", key="present_controls") if glossary.is_plain() else st.container()
    return place.container(horizontal=True, vertical_alignment="bottom", gap="small")


def show_limits(page: str, everywhere: Sequence[str] = EVERYWHERE) -> None:
    """Show while presenting what a page does not show, and what none like it does."""
    if not glossary.is_plain():
        return
    with st.container(border=True, key="present_limits"):
        st.markdown("**What this does not show**")
        st.markdown("\n".join(f"- {text.plain(said)}" for said in (LIMITS[page], *everywhere)))
        st.caption(BACK)
