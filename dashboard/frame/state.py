"""What is chosen, and what a click means.

The widgets of the sidebar and of the pages are bound to the URL under the keys below; everything here is a pure
function of their values, apart from `current` and `remember`, which pass the selection from the entry file to a page.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.frame import widgets

DATASET, MODEL, COUNTRIES, LEVEL = "data", "model", "countries", "interval"
COUNTRIES_NEXT = "_countries_next"
"""Countries that a link to another page chooses: a widget that is drawn already cannot be set."""
SETTING, COUNTRY, RULE, LOSS, SCALE, CELL = "setting", "country", "rule", "loss", "scale", "cell"
COUPLE, WHO = "couple", "who"
VIEW, SURVEY, SHOWN, NON_ANSWERS = "view", "survey", "shown", "non_answers"
DIVIDED, QUESTION, TEMPERATURE, COMPARED = "divided", "question", "temperature", "compared"
STATUS, STUDY, WINDOW, SMOOTHING, LOSS_SCALE = "status", "study", "steps", "smoothing", "loss_axis"
"""Keys of widgets = names of URL parameters."""

RUN = "run"
"""The chosen run: a URL parameter without a widget. A page that refreshes itself may not keep a choice in a widget: a
refresh that was under way when a row was clicked would bring the old value back."""

PAIR = "pair"
"""The chosen pair: a URL parameter without a widget, as it is changed by rows, by buttons and by links."""

SEARCH, USERS, AGREEMENT, ORDER, PAGE = "search", "users", "agreement", "order", "page"
GAP_FROM, GAP_BELOW, FLAGGED, STARRED = "gap_from", "gap_below", "flagged", "starred"
FIRST, SECOND, FLIPS, DIFFERENCES = "first", "second", "flips", "differences"
"""Keys of the widgets of the page Pairs; each facet of the data has one more, ``facet_<name>``."""

MEAN, EVERY = "mean", "all"
"""What the country picker of the trade-off offers beside the countries: the mean over them, and small multiples."""

LEVELS = {"95 %": 0.95, "80 %": 0.80}
PREVIEWS = "previews"
"""The toggle of the trade-off that draws previews."""

PROPOSED = "_proposed_setting"
"""The setting whose preview lies nearest to the clicked spot of the trade-off: a point id, or empty."""

PREVIEW_MARK = "preview:"
"""Beginning of the point id of a preview."""

_SELECTION = "_selection"
_PAGE = "_page"
_ARRIVED = "_arrived"


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
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != page
    if st.session_state[_ARRIVED]:
        st.session_state[_PAGE] = page
        widgets.forget_address()
        st.session_state[RUN] = st.query_params.get(RUN, "")


def just_arrived() -> bool:
    """Tell whether this run of the script is the first on its page: only then the address is read."""
    return bool(st.session_state.get(_ARRIVED, True))


def chosen_run(ids: Sequence[str]) -> str | None:
    """Return the chosen run, None if none is chosen or it does not exist, and keep the address in step."""
    typed = st.session_state.get(RUN, "")
    widgets.write_address(RUN, typed)
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
    if point is None or point.startswith(PREVIEW_MARK):
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
    previewed = _picked(selection, "point") or ""
    if previewed.startswith(PREVIEW_MARK):
        return {PROPOSED: previewed.removeprefix(PREVIEW_MARK)}
    point = clicked_point(selection)
    if point is None:
        return {}
    country, setting = point
    return {SETTING: setting, COUNTRY: country} if shown == EVERY else {SETTING: setting}


def clicked_bar(selection: Mapping[str, Any]) -> str | None:
    """Return the id of the clicked bar of a histogram; None for a click beside the bars."""
    return _picked(selection, "bar")


def cell_id(trained_for: str, tested_on: str) -> str:
    """Name a cell of the matrix trained-for x tested-on."""
    return f"{trained_for}→{tested_on}"


def couple_id(one: str, other: str) -> str:
    """Name a couple of communities, whatever their order."""
    return "↔".join(sorted([one, other]))


def cell_place(couple: str) -> str:
    """Name what a click on a cell of the distances means."""
    return f"couple:{couple}"


def country_place(country: str, *, chosen: Sequence[str]) -> str:
    """Name what a click on a country means now: a second click on the same country takes it out again."""
    return f"{'remove' if country in chosen else 'add'}:{country}"


def after_place_click(selection: Mapping[str, Any], *, chosen: Sequence[str]) -> dict[str, Any]:
    """Return the widgets to change after a click on a cell of the distances, or on a country anywhere.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    chosen : sequence of str
        Countries of the sidebar; a click on a country puts it in, or takes it out.
    """
    return place_change(_picked(selection, "pick"), chosen=chosen)


def place_change(place: str | None, *, chosen: Sequence[str]) -> dict[str, Any]:
    """Return the widgets to change for a name of `cell_place` or `country_place`."""
    what, _, name = (place or "").partition(":")
    if what == "couple":
        return {COUPLE: name}
    others = [country for country in chosen if country != name]
    if what == "add":
        return {COUNTRIES: [*others, name], WHO: name}
    return {COUNTRIES: others} if what == "remove" else {}


def after_survey_click(
    selection: Mapping[str, Any], *, chosen: Sequence[str], known: Collection[str]
) -> dict[str, Any]:
    """Return the widgets to change after a click on a couple, a question, a row or a country of the survey answers.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    chosen : sequence of str
        Countries of the sidebar.
    known : collection of str
        Countries that the sidebar offers: its data set may have fewer than the survey.
    """
    what, _, name = (_picked(selection, "pick") or "").partition(":")
    keys = {"couple": DIVIDED, "question": QUESTION, "compare": COMPARED}
    if what in keys:
        return {keys[what]: name}
    if what not in ("add", "remove") or name not in known:
        return {}
    others = [country for country in chosen if country != name]
    return {COUNTRIES: [*others, name] if what == "add" else others}


def default_setting(settings: Sequence[str], *, reference: str) -> str | None:
    """Return the setting to start with: the reference if it was run, else the first that filters and weights."""
    if not settings:
        return None
    if reference in settings:
        return reference
    return next((s for s in settings if s.startswith("scpo|")), settings[0])
