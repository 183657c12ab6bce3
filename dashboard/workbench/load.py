"""What the Workbench loads: previews of a position, finished runs beside them, what runs cost, the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.kit import marks, text
from dashboard.tradeoff.previews import GRID_BETAS, GRID_TAUS, Bench
from dashboard.workbench.position import Position
from scpo import results
from scpo.config import (
    DEFAULT_TAU,
    ObjectiveConfig,
    TrainingConfig,
)
from scpo.jobs import control
from scpo.measures import frontier
from scpo.methods import PREVIEWED
from scpo.results import MEAN
from scpo.store.runs import RunDirectory


def load_previews(
    bench: Bench, position: Position, countries: Sequence[str], methods: Sequence[str] = PREVIEWED
) -> pd.DataFrame:
    """Return the six methods at a position, of the only country or of the mean over several, named as settings are.

    A mean in which a country has a setting of its own is no setting: its name says so and is that of no other point.
    """
    objectives = {country: position.objectives(country, methods) for country in countries}
    common = replace(position, own=()).objectives(MEAN, methods)
    table = bench.table(objectives, common=common)
    for country, tau, beta in position.own:
        mine = table["country"] == country
        table.loc[mine & table["tau"].notna(), "tau"] = tau
        table.loc[mine & table["beta"].notna(), "beta"] = beta
    table = load.named(table, by=("country",))
    own = {
        shared.method: n
        for place, shared in enumerate(common)
        if (n := sum(one[place] != shared for one in objectives.values()))
    }
    for method, n in own.items() if len(countries) > 1 else ():
        mixed = (table["country"] == MEAN) & (table["method"] == method)
        table.loc[mixed, "setting"] += "|own"
        table.loc[mixed, "setting_label"] += f", {text.count(n, 'country', 'countries')} at own values"
    return load.pointed(table)


GHOSTS = "_workbench_ghosts"


def load_ghost(
    selection: Selection, bench: Bench, label: str, position: Position, method: str, countries: Sequence[str]
) -> dict[str, Any]:
    """Return the preview of a method where the sliders do not stand, under a label; of each label the last is kept."""
    kept: dict[str, Any] = st.session_state.setdefault(GHOSTS, {})
    asked = (selection, position, method, tuple(countries))
    if kept.get(label, (None,))[0] != asked:
        table = marks.with_words(load_previews(bench, position, countries, [method]))
        (row,) = marks.records(table[table["method"] == method], GHOST)
        kept[label] = asked, {**row, "ghost": label}
    return kept[label][1]


GHOST = ("method", "true_value", "all_value", "setting_label", "all_words", "true_words", "excess_words")
"""What is known of a ghost."""


def load_corners(bench: Bench, countries: Sequence[str]) -> pd.DataFrame:
    """Return a few settings at the ends of the grid, which fix the axes."""
    return bench.table({country: corners() for country in countries})


@cache
def corners() -> tuple[ObjectiveConfig, ...]:
    """Return the settings that fix the axes: the ends of tau and beta, and the middle."""
    product = (
        ObjectiveConfig(method=method, tau=tau, beta=beta)
        for method in PREVIEWED
        for tau in (GRID_TAUS[0], DEFAULT_TAU, GRID_TAUS[-1])
        for beta in (GRID_BETAS[0], GRID_BETAS[-1])
    )
    return tuple(dict.fromkeys(product))


def load_finished_points(selection: Selection, bench: Bench, countries: Sequence[str]) -> pd.DataFrame:
    """Return the finished settings of the previews' budget; the mean only if it is over the same countries."""
    table = load.load_settings(replace(selection, countries=tuple(countries)))
    if table.empty:
        return table
    known = set(bench.calibration.runs)
    tuned = table[table["method"] != "global"]
    tuned = tuned[[bool(len(runs)) and set(runs) <= known for runs in tuned["runs"]]]
    return tuned[(tuned["country"] != MEAN) | (tuned["n_countries"] == len(countries))]


def propose(
    bench: Bench, countries: Sequence[str], *, rule: frontier.Rule, eps: float
) -> tuple[ObjectiveConfig | None, str]:
    """Return the setting that the previews choose on training users, for one country or for the mean over several.

    Returns
    -------
    ObjectiveConfig or None
    str
        On whom it was chosen, or why nothing is: a country has too few training users.
    """
    held_out, too_few = bench.held_out(countries)
    found = held_out.get(countries[0] if len(countries) == 1 else MEAN)
    if found is None:
        return None, "; ".join(too_few.values())
    best = found.choose(rule=rule, eps=eps)
    return best, found.words if best is not None else "no previewed setting has both accuracies"


MEASURED = ("All-country accuracy", "Recovered share", "Excess")
"""Numbers that previews foretell, in the order of a calibration."""


def fidelity_table(bench: Bench, facts: pd.DataFrame) -> pd.DataFrame:
    """Return how well previews foretell finished runs, one row per number: all countries, then each."""
    record, names = bench.calibration, facts.set_index("country")["name"]
    if record.all_country is None or record.true_country is None or record.excess is None:
        return pd.DataFrame()
    parts = [("All countries", (record.all_country, record.true_country, record.excess))]
    parts += [(str(names.get(country, country)), sides) for country, sides in record.by_country.items()]
    return pd.DataFrame(
        [
            {"name": name, "measured": measured, **side.model_dump()}
            for name, sides in parts
            for measured, side in zip(MEASURED, sides, strict=True)
        ]
    )


def load_rates(selection: Selection, training: TrainingConfig) -> results.Rates:
    """Return what finished runs of a budget took on the kind of device that new ones get."""
    model_key = load.load_scored(selection).scores.info.model_key
    return _rates(model_key, training, load.load_devices()[0].slot, selection.fingerprint)


@st.cache_data(max_entries=16, show_spinner=False)
def _rates(model_key: str, training: TrainingConfig, device: str, fingerprint: str) -> results.Rates:
    return results.measured_rates(results.open_store(), model_key=model_key, training=training, device=device)


def run_statuses(run_ids: list[str]) -> list[str | None]:
    """Return what each run is doing; None for one that was never asked for."""
    store = results.open_store()
    directories = [RunDirectory(store, run_id) for run_id in run_ids]
    return [control.current_status(store, one.record()) if one.exists() else None for one in directories]
