"""What an address asks for and is not here: named in a sentence, where Streamlit drops it in silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from dashboard.kit import text

_LOST, _SHOWN_ON = "_lost_values", "_lost_shown_on"

MOST = 3
"""Values that are named; more are counted."""


def check(noun: str, key: str, known: Collection[str]) -> None:
    """Keep what the address asks of a widget that is about to be drawn for the first time, and the widget has not.

    Parameters
    ----------
    noun : str
        What the widget chooses.
    key : str
        Its key, which is the name of the URL parameter.
    known : collection of str
        What it offers, as the address writes it.
    """
    if key in st.session_state:
        return
    found = [f"{noun} {value}" for value in st.query_params.get_all(key) if value not in known]
    st.session_state.setdefault(_LOST, []).extend(found)


def show(page: str) -> None:
    """Name what is not here, for as long as the page is open that the address led to."""
    lost = st.session_state.get(_LOST, [])
    if lost and st.session_state.setdefault(_SHOWN_ON, page) == page:
        st.warning(text.plain(sentence(lost)), icon=":material/link_off:")
    else:
        st.session_state[_LOST] = []


def sentence(lost: Sequence[str]) -> str:
    """Name what is not here."""
    named = text.listed(list(lost[:MOST]))
    more = f" (and {text.count(len(lost) - MOST, 'more value')})" if len(lost) > MOST else ""
    return f"The link asks for {named}{more}: not here, or not any more. You see what is here instead."
