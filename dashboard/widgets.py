"""Widgets and the address while the browser is a step behind the server.

A browser reports all its widgets with every change. If the server has given one of them a value and the browser reports
before it has heard of that, it reports the old value, and to Streamlit this looks as if somebody had moved the widget
back. So a widget that more than one thing can move is given no value: where it would show the wrong one, it makes place
for a new widget, and what the old one still reports is not listened to.
"""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

_TURNS, _WRITTEN = "_widget_turns", "_written_address"


def key(base: str) -> str:
    """Return the key of the widget that stands in this place now."""
    return f"{base}_{st.session_state.get(_TURNS, {}).get(base, 0)}"


def renew(base: str) -> str:
    """Return the key of a new widget for this place; reports of the one before count no more."""
    turns = st.session_state.get(_TURNS, {})
    st.session_state[_TURNS] = turns | {base: turns.get(base, 0) + 1}
    return key(base)


def stands(base: str, found: str) -> bool:
    """Tell whether a widget that reports a change is the one in this place, and not one that had to make place."""
    return found == key(base)


def showing(base: str, value: Any) -> str:
    """Return the key of the widget for this place that shows a value: the one that does, else a new one.

    The new one has to be drawn with the value as its default: a value given to it would be shown a moment later.
    """
    found = key(base)
    return found if _same(st.session_state.get(found, value), value) else renew(base)


def _same(one: Any, other: Any) -> bool:
    """Compare two values; a slider of steps of 0.01 may report 0.6100000000000001."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=1e-9)
    return one == other


def write_address(name: str, value: str) -> None:
    """Have a URL parameter say a value; an empty one takes the parameter out of the address.

    The address that the browser has reported may be older than what was written last, so both must say it already.
    """
    reported, written = st.query_params.get(name, ""), st.session_state.get(_WRITTEN, {})
    if value == reported == written.get(name, value):
        return
    st.session_state[_WRITTEN] = written | {name: value}
    if value or not reported:
        st.query_params[name] = value
    if not value:
        del st.query_params[name]
