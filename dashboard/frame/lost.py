"""What an address asks for and is not here: named in a sentence, where Streamlit drops it in silence."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import streamlit as st

from dashboard.frame import state
from dashboard.kit import text
from scpo.words import shortened

_LOST, _READ = "_lost_values", "_address_was_read"

_PLACE: ContextVar[Any] = ContextVar("place_of_lost_values", default=None)
"""Where they are named in the run of the script that draws the page."""

MOST = 3
"""Values that are named; more are counted."""

LONGEST = 60
"""Letters of a value that are shown."""


def drop_empty() -> None:
    """Take what has no value out of the address a session begins with, and begin again: it asks for nothing.

    Streamlit would clear a widget by it, also one that always says something.
    """
    if st.session_state.setdefault(_READ, False):
        return
    st.session_state[_READ] = True
    empty = [name for name in st.query_params if not any(st.query_params.get_all(name))]
    for name in empty:
        del st.query_params[name]
    if empty:
        st.rerun()


def begin() -> None:
    """Begin a run of the script; on arrival forget what another page or another address has asked for."""
    _PLACE.set(None)
    if state.just_arrived():
        st.session_state[_LOST] = []


def check(noun: str, key: str, known: Collection[str] | Callable[[str], bool]) -> None:
    """Keep what the address asks of a widget that is about to be drawn for the first time, and the widget has not.

    Parameters
    ----------
    noun : str
        What the widget chooses.
    key : str
        Its key, which is the name of the URL parameter.
    known : collection of str or function
        What it offers, as the address writes it, or what tells whether it takes a value.
    """
    if key in st.session_state:
        return
    asked = [value for value in st.query_params.get_all(key) if value]
    note(noun, [value for value in asked if not (known(value) if callable(known) else value in known)])


def note(noun: str, values: Iterable[str]) -> None:
    """Keep values that are not here."""
    lost: list[str] = st.session_state.setdefault(_LOST, [])
    said = [f"{noun} {shortened(value, LONGEST)}" for value in values]
    new = [one for one in dict.fromkeys(said) if one not in lost]
    if new:
        lost.extend(new)
        _draw()


def is_number(value: str) -> bool:
    """Tell whether a value is a number that is not infinite."""
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def is_switch(value: str) -> bool:
    """Tell whether a value turns something on or off."""
    return value.lower() in ("true", "false")


def show() -> None:
    """Name what is not here in this place, also what widgets miss that are drawn later in this run."""
    _PLACE.set(st.empty())
    _draw()


def _draw() -> None:
    """Name what is not here: at once, for a page may stop and draw nothing more."""
    place, lost = _PLACE.get(), st.session_state[_LOST]
    if place is not None and lost:
        place.warning(text.plain(sentence(lost)), icon=":material/link_off:")


def sentence(lost: Sequence[str]) -> str:
    """Name what is not here."""
    named = text.listed(list(lost[:MOST]))
    more = f" (and {text.count(len(lost) - MOST, 'more value')})" if len(lost) > MOST else ""
    return f"The link asks for {named}{more}: not here, or not any more. You see what is here instead."
