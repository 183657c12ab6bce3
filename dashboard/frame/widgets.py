"""Widgets and the address while the browser is a step behind the server.

A browser reports all its widgets with every change. If the server has given one of them a value and the browser reports
before it has heard of that, it reports the old value, and to Streamlit this looks as if somebody had moved the widget
back. So a widget that more than one thing can move is given no value: where it would show the wrong one, it makes place
for a new widget, and of what a widget reports only what it has not said before counts as a move.
"""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

_TURNS, _SEEN, _WRITTEN = "_widget_turns", "_widget_values", "_written_address"
_MOST_TURNS = 64
"""After so many widgets a place begins again with the first, which no browser remembers: Streamlit forgets no key."""


def showing(place: str, value: Any) -> str:
    """Return the key of the widget that shows a value in a place: the one that does, else a new one.

    It has to be drawn with the value as its default: a value given to it would be shown a moment later.
    """
    turns, seen = st.session_state.setdefault(_TURNS, {}), st.session_state.setdefault(_SEEN, {})
    key = f"{place}_{turns.get(place, 0)}"
    if not _same(st.session_state.get(key, seen.get(key, value)), value):
        turns[place] = (turns.get(place, 0) + 1) % _MOST_TURNS
        key = f"{place}_{turns[place]}"
    seen[key] = value
    return key


def place_of(key: str | None) -> str:
    """Return the place of a widget; nothing for one without a key."""
    return (key or "").rpartition("_")[0]


def moved(key: str) -> bool:
    """Tell whether a widget that reports has been moved; else it repeats what it has shown."""
    seen, value = st.session_state.setdefault(_SEEN, {}), st.session_state[key]
    if key in seen and _same(seen[key], value):
        return False
    seen[key] = value
    return True


def _same(one: Any, other: Any) -> bool:
    """Compare two values; a slider of steps of 0.01 may report 0.6100000000000001."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=1e-9)
    return one == other


def write_address(name: str, value: str) -> None:
    """Have a URL parameter say a value; an empty one takes the parameter out of the address.

    The address that the browser has reported may be older than what was written last, so both must say it already.
    """
    reported, written = st.query_params.get(name, ""), st.session_state.setdefault(_WRITTEN, {})
    if value == reported == written.get(name, value):
        return
    written[name] = value
    if value or not reported:
        st.query_params[name] = value
    if not value:
        del st.query_params[name]


def forget_address() -> None:
    """Forget what was written: on another page the browser's address is what counts."""
    st.session_state.pop(_WRITTEN, None)
