"""What the page Pairs loads, cached: the pairs as arrays, the search, the stars; and the models it compares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard.frame import load, sides
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, ObjectiveConfig
from scpo.results import pairs as engine
from scpo.results.sides import GLOBAL, Side
from scpo.store.scored import Scored

OWN = "own"
"""A model to compare beside those of `frame.sides`: that of each pair's own country under the sidebar's setting."""


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


def choices(offered: Mapping[str, Side], names: Mapping[str, str], setting: str | None) -> dict[str, str]:
    """Return what can be compared: key to label. Means over seeds come before single runs.

    Parameters
    ----------
    names : mapping
        Of `frame.sides.side_names`.
    setting : str, optional
        The setting of the sidebar: what `OWN` stands for.
    """
    found = {GLOBAL: names[GLOBAL]}
    if setting is not None and setting in offered:
        found[OWN] = text.own_model_label(names[setting])
    for kind in ("model", "country", "setting", "run"):
        here = {key: names[key] for key, side in offered.items() if side.kind == kind}
        if kind == "setting":
            here = {key: text.own_model_label(label) for key, label in here.items()}
        elif kind != "model":
            here = dict(sorted(here.items(), key=lambda item: item[1].partition(":")[0]))
        found |= {key: label for key, label in here.items() if label not in found.values()}
    return found


def gap_of(selection: Selection, index: engine.PairIndex, key: str) -> np.ndarray:
    """Return the gap of a model on every pair, NaN where it has none."""
    if key == GLOBAL:
        return index.gap
    key = (selection.setting or "") if key == OWN else key
    if key not in sides.load_sides(selection):
        return np.full(len(index), np.nan)
    return engine.of_test_pairs(index, sides.mean_gap(selection, key))


def objective_of(setting: str | None, offered: Mapping[str, Side]) -> ObjectiveConfig:
    """Return the setting of the sidebar; where it says nothing of training, the reference's filter and weights."""
    found = offered.get(setting or "")
    if found is None or not found.models or found.models[0].external is not None:
        return ObjectiveConfig(method="scpo", tau=DEFAULT_TAU, beta=DEFAULT_BETA)
    return found.models[0].objective


def setting_words(objective: ObjectiveConfig) -> str:
    """Write a setting for a reader."""
    return text.setting_label(objective.method, objective.tau, objective.beta)
