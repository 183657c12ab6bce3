"""What is chosen, and what a click means.

The widgets of the sidebar and of the pages are bound to the URL under the keys below; everything here is a pure
function of their values, apart from `current` and `remember`, which pass the selection from the entry file to a page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

DATASET, MODEL, COUNTRIES, LEVEL = "data", "model", "countries", "interval"
SETTING, COUNTRY, RULE, LOSS, SCALE, CELL = "setting", "country", "rule", "loss", "scale", "cell"
STATUS, STUDY, WINDOW, SMOOTHING, LOSS_SCALE = "status", "study", "steps", "smoothing", "loss_axis"
"""Keys of widgets = names of URL parameters."""

RUN = "run"
"""The chosen run: a URL parameter without a widget. A page that refreshes itself may not keep a choice in a widget: a
refresh that was under way when a row was clicked would bring the old value back."""

MEAN, EVERY = "mean", "all"
"""What the country picker of the trade-off offers beside the countries: the mean over them, and small multiples."""

LEVELS = {"95 %": 0.95, "80 %": 0.80}
_SELECTION = "_selection"
_PAGE = "_page"


@dataclass(frozen=True)
class Selection:
    """What every page shows."""

    dataset: str | None = None
    model: str | None = None
    countries: tuple[str, ...] = ()
    """Alpha-3 codes or labels; empty is every country."""

    level: float = 0.95
    fingerprint: str = ""
    """State of the store for this data set and model; part of every cache key."""

    setting: str | None = None
    """Method with tau and beta; None before the first finished run."""


def remember(selection: Selection) -> None:
    """Keep the selection for the page that runs next."""
    st.session_state[_SELECTION] = selection


def current() -> Selection:
    """Return the selection of this run."""
    return st.session_state.get(_SELECTION, Selection())


def arrive(page: str) -> None:
    """Say which page runs next; on another page than before the address alone says which run is chosen."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[RUN] = st.query_params.get(RUN, "")


def chosen_run(ids: Sequence[str]) -> str | None:
    """Return the chosen run, None if none is chosen or it does not exist, and keep the address in step."""
    typed = st.session_state.get(RUN, "")
    if st.query_params.get(RUN, "") != typed:
        if typed:
            st.query_params[RUN] = typed
        else:
            del st.query_params[RUN]
    return found_run(ids, typed)


def setting_id(method: str, tau: float | None, beta: float | None) -> str:
    """Name a setting: ``scpo|0.7|1.1``, with ``-`` for what the method does not use."""
    return "|".join([method, *("-" if v is None or math.isnan(v) else f"{v:g}" for v in (tau, beta))])


def point_id(country: str, setting: str) -> str:
    """Name a point of the trade-off."""
    return f"{country}|{setting}"


def _picked(selection: Mapping[str, Any], field: str) -> str | None:
    """Return the value of `field` at the clicked mark; None when the click cleared the selection."""
    for marks in selection.get("selection", {}).values():
        if isinstance(marks, list) and marks and marks[-1].get(field):
            return str(marks[-1][field])
    return None


def clicked_point(selection: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return country and setting of the clicked point of a trade-off; None for a click beside the points."""
    point = _picked(selection, "point")
    if point is None:
        return None
    country, method, tau, beta = point.rsplit("|", 3)
    return country, "|".join([method, tau, beta])


def clicked_cell(selection: Mapping[str, Any]) -> str | None:
    """Return the id of the clicked cell of the matrix; None for a click beside the cells."""
    return _picked(selection, "cell")


def clicked_row(selection: Mapping[str, Any], ids: Sequence[str]) -> str | None:
    """Return the id of the chosen row of a table; None if no row is chosen or the table is shorter by now."""
    rows = selection.get("selection", {}).get("rows", [])
    return ids[rows[0]] if rows and rows[0] < len(ids) else None


def found_run(ids: Sequence[str], typed: str) -> str | None:
    """Return the run that an id or the beginning of one names; None if it names none or several."""
    typed = typed.strip()
    if typed in ids:
        return typed
    matching = [one for one in ids if typed and one.startswith(typed)]
    return matching[0] if len(matching) == 1 else None


def after_point_click(selection: Mapping[str, Any], *, shown: str) -> dict[str, str]:
    """Return the widgets to change after a click on a point.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    shown : str
        Value of the country picker. In small multiples a click also opens the country of the panel.
    """
    point = clicked_point(selection)
    if point is None:
        return {}
    country, setting = point
    return {SETTING: setting, COUNTRY: country} if shown == EVERY else {SETTING: setting}


def cell_id(trained_for: str, tested_on: str) -> str:
    """Name a cell of the matrix trained-for x tested-on."""
    return f"{trained_for}→{tested_on}"


def default_setting(settings: Sequence[str], *, reference: str) -> str | None:
    """Return the setting to start with: the reference if it was run, else the first that filters and weights."""
    if not settings:
        return None
    if reference in settings:
        return reference
    return next((s for s in settings if s.startswith("scpo|")), settings[0])
