"""The queue on the page Runs: filters, table, devices. It looks again while something is active."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import asking, components, load, places, state
from dashboard.frame.busy import load_busy, study_words
from dashboard.kit import text
from dashboard.runs import studies, ticks, words
from dashboard.runs.actions import start_worker
from dashboard.runs.load import lacks_worker, load_work
from scpo import results
from scpo.settings import Settings

STATUS, STUDY = "status", "study"
"""Keys of the widgets = names of the URL parameters."""

TABLE = "queue_table"
EVERY_STUDY = "All studies"
Signature = tuple[tuple[str, str, bool], ...]


def broken_note(broken: list[str]) -> None:
    """Name what the page leaves out because it cannot be read."""
    if broken:
        st.warning(" ".join(text.left_out(broken)), icon=":material/broken_image:")


def needs_work(work: pd.DataFrame) -> None:
    """Stop the page with advice if nothing was ever asked for."""
    if len(work):
        return
    st.header("Nothing was asked for yet")
    st.write("A study queues one run per country, setting and seed. Start the sample's, or one on your own data:")
    st.code("scpo demo\nscpo study --data NAME --model MODEL --preset paper", language="bash")
    st.caption("Runs appear here with their progress. They go on when this page is closed.")
    st.stop()


def worker_note(work: pd.DataFrame) -> None:
    """Say that nobody works on what waits, and offer to change that."""
    if lacks_worker(work):
        st.warning("Work is waiting and no worker is running.", icon=":material/pause_circle:")
        st.button("Start a worker", icon=":material/play_arrow:", key="start_worker", on_click=start_worker)


def filters(work: pd.DataFrame) -> tuple[list[str], str]:
    """Draw the filters; return the states, none meaning all, and the study."""
    present = [status for status in words.STATUSES if status in set(work["status"])]
    names = sorted(set(work["study"].dropna()))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        statuses = st.pills(
            "Status",
            **asking.bound("status", STATUS, words.STATUSES),
            selection_mode="multi",
            help=f"None chosen means all. There are: {text.listed(words.STATUSES[s].lower() for s in present)}.",
        )
        study = asking.choose("Study", STUDY, [EVERY_STUDY, *names], width=300)
        studies.show_cancel(study)
    return statuses, study


def filtered(work: pd.DataFrame, statuses: list[str], study: str) -> pd.DataFrame:
    """Return the rows of some states, or all, and of one study, or all."""
    rows = work[work["status"].isin(statuses)] if statuses else work
    return rows if study == EVERY_STUDY else rows[rows["study"] == study]


def signature(work: pd.DataFrame) -> Signature:
    """Return what the rest of the page depends on: which runs there are, and in which state."""
    return tuple(zip(work["run_id"], work["status"], work["stopping"], strict=True))


def is_active(work: pd.DataFrame) -> bool:
    """Tell whether anything runs or waits."""
    return bool(work["status"].isin(["running", "queued"]).any())


def show_queue(work: pd.DataFrame, statuses: list[str], study: str, chosen: str | None) -> None:
    """Draw devices and table, live while something runs or waits."""
    every = components.REFRESH if is_active(work) else None
    st.fragment(_queue, run_every=every)(statuses, study, chosen, signature(work))


def _queue(statuses: list[str], study: str, chosen: str | None, seen: Signature) -> None:
    with components.errors_in_words():
        work = load_work()
        if signature(work) != seen or _waits_for_choice(work, chosen) or places.NEXT in st.session_state:
            st.rerun()
        _device_line(work)
        rows = filtered(work, statuses, study)
        ids = rows["run_id"].tolist()
        wanted = sorted(ids.index(run) for run in ticks.ticked(chosen) if run in ids)
        now = st.session_state.get(TABLE, {}).get("selection", {})
        if sorted(now.get("rows", [])) != wanted or now.get("cells", []):
            st.session_state[TABLE] = {"selection": {"rows": wanted, "columns": [], "cells": []}}
        shown = queue_rows(rows)
        st.dataframe(
            shown,
            key=TABLE,
            hide_index=True,
            column_config=_columns(),
            on_select=partial(_choose, ids, shown.columns[0]),
            selection_mode=["multi-row", "single-cell"],
            alt=f"Queue and history of {text.count(len(rows), 'run')}",
            placeholder="",
        )
        if rows.empty:
            st.caption("No run matches these filters.")
        ticks.show_compare(work, ticks.ticked(chosen))


def _waits_for_choice(work: pd.DataFrame, chosen: str | None) -> bool:
    """Tell whether a row was chosen that the rest of the page does not show yet."""
    typed = st.session_state.get(state.RUN, "")
    return state.found_run(work["run_id"].tolist(), typed) != chosen


def _choose(ids: list[str], first: str) -> None:
    """Open the run of the clicked row, and keep which rows are ticked."""
    st.session_state[state.RUN] = ticks.choose(st.session_state[TABLE], ids, st.session_state.get(state.RUN, ""), first)


def _device_line(work: pd.DataFrame) -> None:
    devices = load.load_devices()
    asked = Settings().device
    lines = [f":material/memory: {text.plain(words.device(one, asked=asked))}" for one in devices]
    waiting = words.waiting(work, results.waiting_seconds(work))
    if waiting:
        lines.append(f":material/hourglass_top: {text.plain(waiting)}")
    for one in load_busy().studies:
        said = study_words(one)
        lines.append(f":material/science: {text.plain(said[:1].upper() + said[1:])}.")
    st.caption("  \n".join(lines))


def queue_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the queue as it is shown."""
    running = rows["status"] == "running"
    share = (rows["done"] / rows["total"]).clip(0, 1).where(running).mask(rows["status"] == "succeeded", 1.0)
    shown = {
        "Status": [words.status_words(row) for _, row in rows.iterrows()],
        "Country": [name or "" for name in rows["name"]],
        "What": [words.setting(row) for _, row in rows.iterrows()],
        "Seed": [None if pd.isna(seed) else int(seed) for seed in rows["seed"]],
        "Stage": [stage or "" for stage in rows["stage"]],
        "Progress": [None if pd.isna(one) else 100 * float(one) for one in share],
        "Ends in": [words.ends_in(row) for _, row in rows.iterrows()],
        "Loss": rows["losses"].tolist(),
        "Took": [text.span(one) if pd.notna(one) else "" for one in rows["seconds"]],
        "Device": [one or "" for one in rows["device"]],
        "What happened": [one or "" for one in rows["error"]],
        "Asked": [text.moment(one) for one in rows["asked_at"]],
        "Study": [one or "" for one in rows["study"]],
        "Run": rows["run_id"].tolist(),
    }
    return pd.DataFrame(shown, index=range(len(rows)))


def _columns() -> dict[str, Any]:
    return {
        "Status": st.column_config.TextColumn(width=110, pinned=True),
        "Seed": st.column_config.NumberColumn(width=50),
        "Progress": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100, width=110),
        "Loss": st.column_config.LineChartColumn(width=110, help="The last losses; only of recent runs."),
        "Stage": st.column_config.TextColumn(width=90),
        "Ends in": st.column_config.TextColumn(
            width=95, help="All its stages, and for what waits its turn, by what finished runs like it took."
        ),
        "Took": st.column_config.TextColumn(width=60),
        "Device": st.column_config.TextColumn(width=70),
    }
