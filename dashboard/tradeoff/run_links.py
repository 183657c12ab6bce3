"""From a point of the Trade-off to its runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.frame import load, places, state
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text

RUNS_PAGE = places.page("runs")


def show_runs(selection: Selection, row: pd.Series) -> None:
    """Offer the page Runs with each run of a point; nothing for a model from elsewhere, and while presenting."""
    links = run_links(selection, row)
    if not links or glossary.is_plain():
        return
    with st.popover(text.count(len(links), "run").capitalize(), icon=":material/play_circle:", type="tertiary",
                    key="point_runs"):  # fmt: skip
        for run, label in links.items():
            st.page_link(RUNS_PAGE, label=text.plain(label), query_params={state.RUN: run})


def run_links(selection: Selection, row: pd.Series) -> dict[str, str]:
    """Return the runs of a point: id to words."""
    configs = {run.run_id: run.config for run in load.load_finished(selection)}
    name = load.name_of(selection)
    mine = [run for run in text.as_list(row["runs"]) if run in configs]
    return {run: f"{name(configs[run].country)}, seed {configs[run].seed} · {run[:8]}" for run in mine}
