"""What the page Pairs loads, cached: the pairs as arrays, the search, the models that can be compared, the stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Scores, Selection
from dashboard.kit import clicks, text
from scpo import results
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, ObjectiveConfig
from scpo.measures.evaluation import CountryModel
from scpo.results import pairs as engine
from scpo.store.scored import Scored

GLOBAL, OWN = "global", "own"
"""Models to compare that are no single setting: the global one, and for each pair the one of its own country."""


@dataclass(frozen=True)
class Tuned:
    """A setting of a country with its finished runs."""

    name: str
    setting: str
    setting_label: str
    model: CountryModel
    """The runs together, with gaps of shape (n_runs, n_test_pairs)."""

    @property
    def country(self) -> str:
        """Return the community it was trained for."""
        return self.model.trained_for

    @property
    def label(self) -> str:
        """Return its name for a reader."""
        return f"{self.name}: {self.setting_label}"


def load_pairs(selection: Selection) -> tuple[Scored, engine.PairIndex]:
    """Return the scored data set and its pairs as arrays; shared, not to be changed."""
    scored = load.load_scored(selection)
    return scored, _index(scored.key, scored)


def load_search(selection: Selection, words: str) -> np.ndarray:
    """Return which pairs contain some words."""
    scored = load.load_scored(selection)
    return _search(scored.info.key, words, scored)


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(key: str, _scored: Scored) -> engine.PairIndex:
    return engine.index_pairs(_scored)


@st.cache_resource(max_entries=2, show_spinner="Preparing the search …")
def _texts(key: str, _scored: Scored) -> engine.PairTexts:
    return engine.index_texts(_scored)


@st.cache_data(max_entries=32, show_spinner=False)
def _search(key: str, words: str, _scored: Scored) -> np.ndarray:
    return _texts(key, _scored).containing(words)


@st.cache_resource(max_entries=4, show_spinner=False)
def load_tuned(scores: Scores) -> list[Tuned]:
    """Return the settings with finished runs by country; shared, not to be changed."""
    models = results.group_runs(load.finished_of(scores))
    if not models:
        return []
    rows = [(m.trained_for, m.objective.method, m.objective.tau, m.objective.beta) for m in models]
    table = pd.DataFrame(rows, columns=["country", "method", "tau", "beta"]).astype({"tau": float, "beta": float})
    named = load.named(table, by=("country",))
    name = load.community_name(load.scored_of(scores).info)
    settings = zip(named["setting"], named["setting_label"], models, strict=True)
    found = [Tuned(name(model.trained_for), setting, label, model) for setting, label, model in settings]
    return sorted(found, key=lambda one: one.name)


def choices(tuned: list[Tuned], setting: str | None) -> dict[str, str]:
    """Return what can be compared: key to label. Means over seeds come before single runs.

    Parameters
    ----------
    setting : str, optional
        The setting of the sidebar: what `OWN` stands for.
    """
    own = next((one.setting_label for one in tuned if one.setting == setting), None)
    found = {GLOBAL: "Global model"} | ({} if own is None else {OWN: text.own_model_label(own)})
    for one in tuned:
        found[clicks.point_id(one.country, one.setting)] = text.model_label(one.name, one.setting_label, one.model.runs)
    for one in tuned:
        if len(one.model.runs) > 1:
            found |= {run: f"{one.label}, run {run[:8]}" for run in one.model.runs}
    return found


def gap_of(index: engine.PairIndex, tuned: list[Tuned], setting: str | None, key: str) -> np.ndarray:
    """Return the gap of a model on every pair, NaN where it has none."""
    if key == GLOBAL:
        return index.gap
    if key == OWN:
        return engine.own_gap(index, [one.model for one in tuned if one.setting == setting])
    for one in tuned:
        if key == clicks.point_id(one.country, one.setting):
            return engine.of_test_pairs(index, one.model.gap.mean(axis=0))
        if key in one.model.runs:
            return engine.of_test_pairs(index, one.model.gap[one.model.runs.index(key)])
    return np.full(len(index), np.nan)


def objective_of(setting: str | None, tuned: list[Tuned]) -> ObjectiveConfig:
    """Return the setting of the sidebar; before the first finished run the reference's filter and weights."""
    found = next((one.model.objective for one in tuned if one.setting == setting), None)
    return found or ObjectiveConfig(method="scpo", tau=DEFAULT_TAU, beta=DEFAULT_BETA)


def setting_words(objective: ObjectiveConfig) -> str:
    """Write a setting for a reader."""
    return text.setting_label(objective.method, objective.tau, objective.beta)
