"""Previews of settings: one previewer per data set, model and level, and the numbers of settings seen before."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from dashboard.kit import text
from scpo import results
from scpo.config import DEFAULT_TRAINING, ObjectiveConfig, TrainingConfig
from scpo.measures import frontier
from scpo.methods import METHODS, PREVIEWED
from scpo.once import Once
from scpo.results import MEAN, HeldOut, Previewer, mark_choice_on_folds
from scpo.store.calibrations import CalibrationRecord
from scpo.store.scored import FinishedRun

GRID_TAUS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0)
GRID_BETAS = (0.25, 0.5, 1.1, 2.0, 4.0)
"""Settings that are proposed, drawn on the trade-off, and that fix the axes."""

MOST_TABLES, MOST_ROWS = 100, 400
"""So many tables of settings are kept, and the rows of so many settings."""

MOST_MADE = 100
"""So much of what no slider changes is kept."""

Objectives = Mapping[str, Sequence[ObjectiveConfig]]
Row = dict[str, Any]
Key = tuple[Any, ...]
Measure = Callable[[Previewer, list[FinishedRun], list[str]], list[Row]]
"""Measures previews on the test pairs of some countries: the rows of `results.setting_rows`."""

T = TypeVar("T")


class Bench:
    """A previewer with its calibration; it keeps what was measured."""

    def __init__(self, previewer: Previewer, calibration: CalibrationRecord, measure: Measure) -> None:
        self.previewer = previewer
        self.calibration = calibration
        self._measure = measure
        self._made: Once[Any] = Once(MOST_MADE)
        self._tables: Once[pd.DataFrame] = Once(MOST_TABLES)
        self._rows: Once[tuple[list[Row], list[Row]]] = Once(MOST_ROWS)

    @property
    def training(self) -> TrainingConfig:
        """Return the budget that previews stand for."""
        return self.calibration.training or DEFAULT_TRAINING

    def table(self, objectives: Objectives, *, common: Sequence[ObjectiveConfig] | None = None) -> pd.DataFrame:
        """Return the rows of `results.setting_rows` for previews: those of the only country, or of the mean.

        Parameters
        ----------
        objectives
            By country the same number of settings; those in one place make one row, also where a country has its own
            tau and beta.
        common
            The settings that the rows are named after; those of the first country if not given.
        """
        common = tuple(common or next(iter(objectives.values())))
        keys = [(tuple(objectives), *column) for column in zip(common, *objectives.values(), strict=True)]
        return self._tables.get(tuple(keys), lambda: self._joined(objectives, common, keys)).assign(preview=True)

    def held_out(self, countries: Sequence[str]) -> tuple[dict[str, HeldOut], dict[str, str]]:
        """Judge `proposals` by folds of training users, once: it takes seconds; see `Previewer.held_out`.

        Meanwhile it says how far it is; a stop of the page ends it, and nothing is kept.
        """
        asked = dict.fromkeys(countries, proposals())

        def judged() -> tuple[dict[str, HeldOut], dict[str, str]]:
            place, began = st.empty(), time.monotonic()

            def told(done: int, total: int) -> None:
                left = (time.monotonic() - began) * (total - done) / done if done else None
                said = f"Choosing on training users: {done} of {text.count(total, 'country', 'countries')}"
                place.progress(done / total, text=text.plain(f"{said}, {text.duration(left)}"))

            found = self.previewer.held_out(asked, ridge=self.calibration.ridge, on_progress=told)
            place.empty()
            return found

        return self.previewer.once(("folds", self.calibration.ridge, tuple(countries)), judged)

    def once(self, key: Key, make: Callable[[], T]) -> T:
        """Return what `make` returned when it was first asked under this key: for what no slider changes."""
        found: T = self._made.get(key, make)
        return found

    def _joined(self, objectives: Objectives, common: Sequence[ObjectiveConfig], keys: Sequence[Key]) -> pd.DataFrame:
        """Put the rows of settings together, measuring those that have not been: of a move, the ones it changes."""
        known = self._rows.known(keys)
        missing = [place for place, key in enumerate(keys) if key not in known]
        if missing:
            made = self._measured(objectives, common, keys, missing)
            self._rows.keep(made)
            known |= made
        return pd.DataFrame([*known[keys[0]][0], *(row for key in keys for row in known[key][1])])

    def _measured(
        self, objectives: Objectives, common: Sequence[ObjectiveConfig], keys: Sequence[Key], missing: Sequence[int]
    ) -> dict[Key, tuple[list[Row], list[Row]]]:
        """Measure settings: for each the rows of the global model, and its own."""
        asked = {country: [own[place] for place in missing] for country, own in objectives.items()}
        fitted = self.previewer.runs(asked, ridge=self.calibration.ridge, training=self.training, others=False)
        # One name per place, whatever tau and beta a country has: only so there is a mean over countries.
        name = {(country, own[place]): common[place] for country, own in objectives.items() for place in missing}
        runs = [
            replace(run, config=run.config.model_copy(update={"objective": name[run.config.country, objective]}))
            for run in fitted
            for objective in [run.config.objective]
        ]
        found = self._measure(self.previewer, runs, list(objectives))
        globe = [row for row in found if row["method"] == "global"]
        return {keys[place]: (globe, [row for row in found if _is_row_of(common[place], row)]) for place in missing}


def _is_row_of(one: ObjectiveConfig, row: Row) -> bool:
    """Tell whether a row is that of a setting."""
    pairs = ((one.tau, row["tau"]), (one.beta, row["beta"]))
    return one.method == row["method"] and all(
        pd.isna(written) if asked is None else written == asked for asked, written in pairs
    )


@cached("level", most=load.MOST_STATES, say="Preparing the preview …", shared=True, runs=False)
def load_previewer(selection: Selection) -> Previewer:
    """Return what all previews share, whatever runs have finished; shared by all who look at the same data."""
    previewer = Previewer(load.load_scored(selection), selection.evaluation)
    # What has been loaded and imported by now stays. Looking through it for garbage would stop a slider for 100 ms.
    # What stayed the last time is looked through once more: sessions that have ended since would never go.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return previewer


@cached("level", most=load.MOST_STATES, say="Preparing the preview …", shared=True)
def load_bench(selection: Selection) -> Bench:
    """Return the previewer of the selection, calibrated to the finished runs; it is shared as the previewer is."""
    scored, runs, config = load.load_scored(selection), load.load_finished(selection), selection.evaluation
    previewer = load_previewer(selection)
    store = results.open_store()
    calibration = results.load_calibration(store, previewer, runs, save=not load.is_read_only())
    own_error = results.PreviewError.of(calibration)

    def measure(previewer: Previewer, runs: list[FinishedRun], countries: list[str]) -> list[Row]:
        return results.setting_rows(
            scored,
            runs,
            config,
            countries=countries,
            ruler=previewer.ruler,
            others=False,
            only_mean=True,
            preview_error=own_error,
        )

    return Bench(previewer, calibration, measure)


def shown_countries(selection: Selection, bench: Bench) -> list[str]:
    """Return the countries to preview: the selected ones, else those with finished runs, else all that can be."""
    possible = bench.previewer.countries
    if selection.countries:
        return [country for country in possible if country in selection.countries]
    finished = {run.config.country for run in load.load_finished(selection)}
    return [country for country in possible if country in finished] or list(possible)


def load_grid(bench: Bench, countries: Sequence[str], *, rule: frontier.Rule, eps: float) -> pd.DataFrame:
    """Return a grid of settings of the only country, or of the mean over several, named as settings are.

    The front is that of the test users; the choice among `proposals` is made on training users. `chosen_on` says by how
    many folds, or why nothing is chosen.
    """
    table = bench.table({country: grid() for country in countries})
    held_out, too_few = bench.held_out(countries)
    found = held_out.get(MEAN if len(countries) > 1 else countries[0])
    table = mark_choice_on_folds(table, held_out, rule=rule, eps=eps)
    table = table.assign(chosen_on="; ".join(too_few.values()) if found is None else found.words)
    return load.pointed(load.named(table, by=("country",)))


def load_grid_of(selection: Selection, country: str, *, rule: frontier.Rule, eps: float) -> pd.DataFrame | None:
    """Return the grid of one country, or of the mean over countries; None where nothing can be previewed."""
    bench = load_bench(selection)
    countries = shown_countries(selection, bench) if country == MEAN else [country]
    if not countries or not set(countries) <= set(bench.previewer.countries):
        return None
    return load_grid(bench, countries, rule=rule, eps=eps)


@cache
def grid() -> tuple[ObjectiveConfig, ...]:
    """Return the settings of the grid, each once."""
    product = (
        ObjectiveConfig(method=method, tau=tau, beta=beta)
        for method in PREVIEWED
        for tau in GRID_TAUS
        for beta in GRID_BETAS
    )
    return tuple(dict.fromkeys(product))


@cache
def proposals() -> tuple[ObjectiveConfig, ...]:
    """Return the settings among which previews choose: those of the grid that the sliders can reach."""
    return tuple(one for one in grid() if METHODS[one.method].proposed)
