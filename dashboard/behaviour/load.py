"""Picks, curves, writers and changed turns, cached by what they depend on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Scores, Selection
from scpo.config import EvaluationConfig
from scpo.measures.evaluation import CountryModel
from scpo.results import MEAN, behaviour, group_runs

Countries = tuple[str, ...]


def load_picks(selection: Selection, *, level: float | None = None) -> pd.DataFrame:
    """Return one row per country and setting of `results.behaviour_table`, the global model and the mean included."""
    return _picks(selection.scores, level or selection.level, selection.countries)


def load_curves(selection: Selection, country: str) -> pd.DataFrame:
    """Return the way of every setting from random to best-of-n in one country, or in the mean."""
    curves = _curves(selection.scores, selection.level, selection.countries)
    return curves[curves["country"] == country]


def load_writers(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the ranking of the writers by people and models; `rows` are the picks whose models rank."""
    return _writers(selection.scores, selection.level, _runs(rows))


def load_changed(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the turns whose pick changes, worst first; `rows` are the picks whose models pick."""
    return _changed(selection.scores, _runs(rows))


def _runs(rows: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return the runs of each model of single countries."""
    return tuple(tuple(runs) for runs in rows.loc[rows["country"] != MEAN, "runs"])


@st.cache_data(max_entries=32, show_spinner="Picking responses …")
def _picks(scores: Scores, level: float, countries: Countries) -> pd.DataFrame:
    found = behaviour.behaviour_table(
        load.scored_of(scores),
        load.finished_of(scores),
        EvaluationConfig(level=level),
        countries=list(countries) or None,
    )
    found = load.named(found, by=("country",))
    return found if found.empty else load.pointed(found)


@st.cache_data(max_entries=16, show_spinner="From random to best-of-n …")
def _curves(scores: Scores, level: float, countries: Countries) -> pd.DataFrame:
    """Return the curves with the names of their settings: they are numbered in the order of the picks."""
    curves = behaviour.curve_table(
        load.scored_of(scores), load.finished_of(scores), level=level, countries=list(countries) or None
    )
    names = _picks(scores, level, countries)[["setting", "setting_label", "method_label", "runs", "too_few_users"]]
    return curves.join(names, on="curve")


@st.cache_data(max_entries=32, show_spinner="Ranking writers …")
def _writers(scores: Scores, level: float, runs: tuple[tuple[str, ...], ...]) -> pd.DataFrame:
    return behaviour.writer_table(load.scored_of(scores), _models(scores, runs), level=level)


@st.cache_data(max_entries=16, show_spinner=False)
def _changed(scores: Scores, runs: tuple[tuple[str, ...], ...]) -> pd.DataFrame:
    return behaviour.changed_turns(load.scored_of(scores), _models(scores, runs))


def _models(scores: Scores, runs: Sequence[tuple[str, ...]]) -> list[CountryModel]:
    return [model for model in group_runs(load.finished_of(scores)) if model.runs in set(runs)]


def left_out(selection: Selection, countries: Sequence[str]) -> dict[str, int]:
    """Return how many responses and turns of some countries stand in no pair."""
    return _left_out(selection.scores, tuple(countries))


@st.cache_data(max_entries=16, show_spinner=False)
def _left_out(scores: Scores, countries: Countries) -> dict[str, int]:
    found = behaviour.communities(load.scored_of(scores), countries).values()
    sizes = [size for one in found for size in one.turns.size.tolist()]
    return {
        "candidates": sum(one.left_out["candidates"] for one in found),
        "turns": sum(one.left_out["turns"] for one in found),
        "largest": max(sizes, default=0),
    }
