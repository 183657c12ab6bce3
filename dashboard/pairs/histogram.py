"""The histogram of the gap on the page Pairs: a bar lists its pairs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.frame import components
from dashboard.frame.state import Selection
from dashboard.kit import clicks, text
from dashboard.kit.figure import Figure, show
from dashboard.pairs import charts, columns, filters, words
from dashboard.pairs.filters import Listed
from scpo.results import pairs as engine

TURN = "_range_turn"


def show_histogram(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show the gaps; a click on a bar lists its pairs."""
    index, rows = listed.index, listed.without_range
    bins = engine.gap_bins(index, rows)
    low, high = listed.gap_range
    bins["inside"] = (bins["high"] > (-np.inf if low is None else low)) & (
        bins["low"] < (np.inf if high is None else high)
    )
    row = None if pair_id is None else index.row(pair_id)
    chosen = None if row is None else float(index.gap[row])
    few = " Fewer than ten people." if index.n_users(rows) < text.FEW_USERS else ""
    tau = listed.objective.tau or 1.0
    turn = _turn(listed.gap_range)
    drawn = [(a, b) for a, b in zip(bins["low"], bins["high"], strict=True)]
    show(
        Figure(
            name="pair_gaps",
            draw=lambda dark: charts.gap_histogram(bins, dark=dark, tau=tau, chosen=chosen, turn=turn),
            title=words.histogram_title(index.gap[rows]),
            subtitle=f"{text.count(len(rows), 'pair')} of {text.count(index.n_users(rows), 'person', 'people')}. "
            f"Click a bar to list its pairs.{few}",
            caption=components.caption(selection, []),
            alt=f"Histogram of the global model's gap on {text.count(len(rows), 'pair')}.",
            how=text.how("pair_gap", "pair_tau", own=words.HOW),
            table=bins.assign(verdict=["agrees" if a >= 0 else "disagrees" for a in bins["low"]]),
            columns=columns.BINS,
        ),
        on_click=partial(after_bar_click, shown=listed.gap_range),
        on_row=lambda i: range_change(*drawn[i]),
        level=3,
    )


def _turn(gap_range: tuple[float | None, float | None]) -> int:
    """Count how often the range of the gap has changed in this session."""
    seen, turn = st.session_state.get(TURN, ((None, None), 0))
    st.session_state[TURN] = (gap_range, turn + (seen != gap_range))
    return st.session_state[TURN][1]


def after_bar_click(selection: Mapping[str, Any], *, shown: tuple[float | None, float | None]) -> dict[str, Any]:
    """Return the widgets to change after a click on the histogram: the bar's range, or no range if it is chosen."""
    bar = clicks.clicked(selection, "bar")
    if bar is None or charts.range_of(bar) == shown:
        return {filters.GAP_FROM: None, filters.GAP_BELOW: None, filters.PAGE: 1}
    return range_change(*charts.range_of(bar))


def range_change(low: float, high: float) -> dict[str, Any]:
    """Return the widgets to change for a range of the gap."""
    return {filters.GAP_FROM: float(low), filters.GAP_BELOW: float(high), filters.PAGE: 1}
