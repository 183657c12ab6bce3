"""Which runs of the queue are ticked, and the way to compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import places, sides, state
from dashboard.kit import clicks, text
from dashboard.runs.load import load_config
from scpo.errors import InputError
from scpo.results.compare import FEWEST, MOST
from scpo.results.sides import Basis, check_alike

TICKED = "_ticked_runs"
"""The ticked runs in the order of the ticks: the first is A on the page Compare."""


def ticked(chosen: str | None) -> list[str]:
    """Return the runs whose rows are marked: the ticked ones if they are several, else the one that is open."""
    found: list[str] = st.session_state.get(TICKED, [])
    return found if len(found) >= FEWEST or not chosen else [chosen]


def choose(selection: Mapping[str, Any], ids: Sequence[str], before: str, first: str) -> str:
    """Keep what is ticked and return the run to open: that of a clicked cell, or the one that was ticked last.

    Parameters
    ----------
    selection : mapping
        What the table reports.
    ids : sequence of str
        Runs of its rows.
    before : str
        The run that was open.
    first : str
        The first column of the table.
    """
    found = selection.get("selection", {})
    marked, old = [ids[row] for row in found.get("rows", []) if row < len(ids)], ticked(before or None)
    cell = clicks.clicked_cell(selection, marked=not set(old).isdisjoint(ids), first=first)
    if cell is not None and cell < len(ids):
        if len(old) < FEWEST:
            st.session_state[TICKED] = [ids[cell]]
        return ids[cell]
    # Ticks of rows that a filter hides stay.
    kept = [run for run in old if run in marked or run not in ids]
    new = [run for run in marked if run not in old]
    st.session_state[TICKED] = [*kept, *new]
    if new:
        return new[-1]
    return before if before in kept else kept[-1] if kept else ""


def show_compare(work: pd.DataFrame, runs: Sequence[str]) -> None:
    """Draw the button that compares the ticked runs, or say why they cannot be compared."""
    if len(runs) < FEWEST:
        st.caption(f"Tick {FEWEST} to {MOST} finished runs to compare them.")
        return
    why = _why_not(work, runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Compare {len(runs)} runs",
            icon=":material/balance:",
            key="compare_runs",
            type="primary",
            disabled=bool(why),
            on_click=_go,
            args=(tuple(runs),),
        )
        st.button("Untick all", key="untick_runs", type="tertiary", on_click=_untick)
        if why:
            st.caption(text.plain(why))


def _why_not(work: pd.DataFrame, runs: Sequence[str]) -> str:
    """Say why runs cannot be compared; nothing if they can."""
    if len(runs) > MOST:
        return f"At most {MOST} runs are compared at once."
    rows = work.set_index("run_id").reindex(list(runs))
    unfinished = [str(run)[:8] for run in rows.index[rows["status"] != "succeeded"]]
    if unfinished:
        return f"{text.listed(unfinished)}: not finished, so there is nothing to compare yet."
    try:
        check_alike({f"run {run[:8]}": Basis.of(load_config(run)) for run in runs})
    except InputError as error:
        return f"{error}."
    selection, first = state.current(), rows.iloc[0]
    if selection.model is None or runs[0] not in sides.load_sides(selection):
        return (
            f"These runs are on {first['dataset']} with {first['model']}: choose both in the sidebar to compare them."
        )
    return ""


def _go(runs: tuple[str, ...]) -> None:
    names = sides.side_names(state.current())
    query = dict(zip(places.SIDES, (names[run] for run in runs), strict=False))
    st.session_state[places.NEXT] = ("compare", query)


def _untick() -> None:
    st.session_state[TICKED] = []
    st.session_state[state.RUN] = ""
