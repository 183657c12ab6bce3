"""Picks, curves, writers and changed turns, cached by what they depend on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from scpo.measures.evaluation import CountryModel
from scpo.results import MEAN, behaviour, group_runs

Runs = tuple[tuple[str, ...], ...]


@cached("level", "countries", most=32, say="Picking responses …")
def load_picks(selection: Selection) -> pd.DataFrame:
    """Return one row per country and setting of `results.behaviour_table`, the global model and the mean included."""
    found = behaviour.behaviour_table(
        load.load_scored(selection),
        load.load_finished(selection),
        selection.evaluation,
        countries=list(selection.countries) or None,
    )
    found = load.named(found, by=("country",))
    return found if found.empty else load.pointed(found)


def load_curves(selection: Selection, country: str) -> pd.DataFrame:
    """Return the way of every setting from random to best-of-n in one country, or in the mean."""
    curves = _curves(selection)
    return curves[curves["country"] == country]


@cached("level", "countries", most=16, say="From random to best-of-n …")
def _curves(selection: Selection) -> pd.DataFrame:
    """Return the curves with the names of their settings: they are numbered in the order of the picks."""
    scored, runs = load.load_scored(selection), load.load_finished(selection)
    countries = list(selection.countries) or None
    curves = behaviour.curve_table(scored, runs, level=selection.level, countries=countries)
    names = load_picks(selection)[["setting", "setting_label", "method_label", "runs", "too_few_users"]]
    return curves.join(names, on="curve")


def load_writers(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the ranking of the writers by people and models; `rows` are the picks whose models rank."""
    return _writers(selection, _runs(rows))


@cached("level", most=32, say="Ranking writers …")
def _writers(selection: Selection, runs: Runs) -> pd.DataFrame:
    return behaviour.writer_table(load.load_scored(selection), _models(selection, runs), level=selection.level)


def load_changed(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the turns whose pick changes, worst first; `rows` are the picks whose models pick."""
    return _changed(selection, _runs(rows))


@cached(most=16)
def _changed(selection: Selection, runs: Runs) -> pd.DataFrame:
    return behaviour.changed_turns(load.load_scored(selection), _models(selection, runs))


def _runs(rows: pd.DataFrame) -> Runs:
    """Return the runs of each model of single countries."""
    return tuple(tuple(runs) for runs in rows.loc[rows["country"] != MEAN, "runs"])


def _models(selection: Selection, runs: Runs) -> list[CountryModel]:
    return [model for model in group_runs(load.load_finished(selection)) if model.runs in set(runs)]


@cached(most=16, runs=False)
def left_out(selection: Selection, countries: Sequence[str]) -> dict[str, int]:
    """Return how many responses and turns of some countries stand in no pair."""
    found = behaviour.communities(load.load_scored(selection), countries).values()
    sizes = [size for one in found for size in one.turns.size.tolist()]
    return {
        "candidates": sum(one.left_out["candidates"] for one in found),
        "turns": sum(one.left_out["turns"] for one in found),
        "largest": max(sizes, default=0),
    }
