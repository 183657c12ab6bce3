"""What is chosen: passed from the entry file, which draws the sidebar, to the page that runs next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.frame import places, widgets
from scpo.config import EvaluationConfig
from scpo.errors import InputError

RUN = "run"
"""The chosen run: a URL parameter without a widget. A page that refreshes itself may not keep a choice in a widget: a
refresh that was under way when a row was clicked would bring the old value back."""

_SELECTION = "_selection"
_PAGE = "_page"
_ARRIVED, _CAME_BACK = "_arrived", "_came_back"


Scores = tuple[str, str, str]
"""Data set, global model and the fingerprint of both: what a cache key begins with."""


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

    @property
    def scores(self) -> Scores:
        """Return data set, model and fingerprint: what loaders of scored data are keyed by.

        Raises
        ------
        InputError
            If no data set or no model is chosen: pages ask `components.opened` first.
        """
        if self.dataset is None or self.model is None:
            raise InputError("choose a data set and a global model in the sidebar")
        return self.dataset, self.model, self.fingerprint

    @property
    def evaluation(self) -> EvaluationConfig:
        """Return how numbers get their intervals."""
        return EvaluationConfig(level=self.level)

    def without_runs(self) -> Selection:
        """Return a selection that is the same whatever runs have finished."""
        return replace(self, fingerprint=self.fingerprint.partition(".")[0])

    def only(self, *fields: str) -> Selection:
        """Return the selection of the same data, model and state of the store with nothing else but some fields."""
        dataset, model, fingerprint = self.scores
        return Selection(dataset, model, fingerprint=fingerprint, **{name: getattr(self, name) for name in fields})


P = ParamSpec("P")
R = TypeVar("R")
Loader = Callable[Concatenate[Selection, P], R]


def cached(
    *fields: str, most: int, say: str | bool = False, shared: bool = False, runs: bool = True
) -> Callable[[Loader[P, R]], Loader[P, R]]:
    """Keep what a loader finds, by the selected data, model and state of the store, and by its other arguments.

    Parameters
    ----------
    fields : str
        What else of the selection it depends on: it is given a selection without the rest.
    most : int
        So many findings are kept.
    say : str or bool
        What the page says meanwhile.
    shared : bool
        Everybody is given the same object, which is not to be changed; else each their own copy.
    runs : bool
        Whether it depends on finished runs; else one that finishes changes nothing, and it must not ask for any.
    """
    keep = st.cache_resource if shared else st.cache_data

    def wrap(loader: Loader[P, R]) -> Loader[P, R]:
        kept = keep(max_entries=most, show_spinner=say)(loader)

        @wraps(loader)
        def load(selection: Selection, *args: P.args, **named: P.kwargs) -> R:
            asked = selection.only(*fields)
            return kept(asked if runs else asked.without_runs(), *args, **named)

        return load

    return wrap


def remember(selection: Selection) -> None:
    """Keep the selection for the page that runs next."""
    st.session_state[_SELECTION] = selection


def current() -> Selection:
    """Return the selection of this run."""
    kept: Selection = st.session_state.get(_SELECTION, Selection())
    return kept


def arrive(page: str) -> None:
    """Say which page runs next; on another page, and after Back, the address alone says which run is chosen."""
    running = get_script_run_ctx()
    st.session_state[_CAME_BACK] = running is not None and running.is_history_navigation
    st.session_state[_ARRIVED] = came_back() or st.session_state.get(_PAGE) != page
    if st.session_state[_ARRIVED]:
        st.session_state[_PAGE] = page
        widgets.forget_address()
        st.session_state[RUN] = st.query_params.get(RUN, "")


def page() -> str:
    """Return the name of the page that runs: that of its script."""
    return str(st.session_state.get(_PAGE, ""))


def just_arrived() -> bool:
    """Tell whether this run of the script is the first on its page or after Back: only then the address is read."""
    return bool(st.session_state.get(_ARRIVED, True))


def came_back() -> bool:
    """Tell whether Back or Forward has led here: then the address says all, and nothing is kept from before."""
    return bool(st.session_state.get(_CAME_BACK, False))


def arrived_with(name: str, kept: str = "") -> str:
    """Return what the address of an arrival says of a URL parameter; what is kept from before where it says nothing."""
    return st.query_params.get(name) or ("" if came_back() else kept)


def follow_click() -> None:
    """Go where a click on a chart leads; to be called once all widgets of the entry file stand."""
    name, query = st.session_state.pop(places.NEXT, (None, {}))
    if name is not None:
        st.switch_page(places.page(name), query_params=query)


def chosen_run(ids: Sequence[str]) -> str | None:
    """Return the chosen run, None if none is chosen or it does not exist, and keep the address in step."""
    typed = st.session_state.get(RUN, "")
    widgets.write_address(RUN, typed)
    return found_run(ids, typed)


def found_run(ids: Sequence[str], typed: str) -> str | None:
    """Return the run that an id or the beginning of one names; None if it names none or several."""
    typed = typed.strip()
    if typed in ids:
        return typed
    matching = [one for one in ids if typed and one.startswith(typed)]
    return matching[0] if len(matching) == 1 else None
