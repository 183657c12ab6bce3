"""What the page Bias loads beside the matrix, cached: other countries, groups, length and calibration."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.bias.charts.matrix import OTHERS, OTHERS_CODE
from dashboard.frame import load
from dashboard.frame.state import Scores, Selection
from dashboard.kit import text
from scpo import results
from scpo.config import EvaluationConfig
from scpo.measures.extremes import Extremes

Runs = tuple[str, ...]
"""Run ids of a setting over all countries that have a model of it, sorted."""

Three = dict[str, Extremes | None]
"""Worst group and gap ``before``, ``after`` and of the ``change``."""


class GroupsFound(NamedTuple):
    """The groups of a facet under one setting."""

    table: pd.DataFrame
    """`results.group_table` over all countries, then inside each; `community` is empty over all."""

    extremes: Three
    too_few: tuple[str, ...]
    n_pairs_unknown: int
    n_users_unknown: int
    communities: tuple[str, ...]


def setting_runs(selection: Selection, cells: pd.DataFrame) -> Runs:
    """Return the runs of the setting of some cells, in all countries, selected or not.

    Countries may have been trained in different ways under one name: then those of the way most of them were.
    """
    finished, shown = load.load_finished(selection), set(text.all_runs(cells))
    ways = Counter(run.config.setting for run in finished if run.run_id in shown)
    ((most, _),) = ways.most_common(1)
    return tuple(sorted(run.run_id for run in finished if run.config.setting == most))


def load_facets(selection: Selection) -> list[str]:
    """Return what test pairs can be grouped by."""
    return _facets(selection.scores)


def load_groups(selection: Selection, runs: Runs, by: str) -> GroupsFound:
    """Return the groups of a facet under the setting of some runs."""
    return _groups(selection.scores, selection.level, runs, by)


def load_between(selection: Selection, runs: Runs) -> Three:
    """Return the worst country and the gap between countries, each under its own model."""
    return _between(selection.scores, selection.level, runs)


def load_length(selection: Selection, runs: Runs) -> pd.DataFrame:
    """Return `results.length_table` of the setting of some runs; selected countries alone, and the mean over all."""
    table = _length(selection.scores, selection.level, runs)
    keep = table["country"].isin([*selection.countries, results.MEAN]) if selection.countries else slice(None)
    return table.loc[keep] if len(table) else table


def load_reliability(selection: Selection, runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables of `results.reliability_table` of the setting of some runs."""
    return _reliability(selection.scores, selection.level, runs)


def load_others(selection: Selection, cells: pd.DataFrame) -> pd.DataFrame:
    """Return what the models of some cells do to other countries, as further cells of the matrix."""
    table = _others(selection.scores, selection.level)
    if table.empty or cells.empty:
        return cells.iloc[:0]
    home = cells.drop_duplicates("trained_for").set_index("trained_for")
    keys = {tuple(runs): trained for trained, runs in home["runs"].items()}
    mine = table[[tuple(runs) in keys for runs in table["runs"]]]
    return mine.assign(
        trained_name=mine["trained_for"].map(home["trained_name"]),
        setting_label=mine["trained_for"].map(home["setting_label"]),
        tested_on=OTHERS_CODE,
        tested_name=OTHERS,
        cell="",
        n_countries=[len(one) for one in mine["communities"]],
        n_seeds=[len(one) for one in mine["runs"]],
        lost=np.nan,
        won=np.nan,
        visible=np.nan,
        too_few_users=False,
    )


def _of(scores: Scores, runs: Runs) -> list[results.FinishedRun]:
    wanted = set(runs)
    return [run for run in load.finished_of(scores) if run.run_id in wanted]


@st.cache_data(max_entries=16, show_spinner=False)
def _facets(scores: Scores) -> list[str]:
    return results.facets(load.scored_of(scores))


@st.cache_data(max_entries=16, show_spinner="Computing paired differences …")
def _others(scores: Scores, level: float) -> pd.DataFrame:
    return results.others_table(load.scored_of(scores), load.finished_of(scores), EvaluationConfig(level=level))


@st.cache_data(max_entries=32, show_spinner="Comparing groups …")
def _groups(scores: Scores, level: float, runs: Runs, by: str) -> GroupsFound:
    scored, config = load.scored_of(scores), EvaluationConfig(level=level)
    ((models, found),) = results.setting_groups(scored, _of(scores, runs), config, by=by)
    return GroupsFound(
        table=results.group_table([*found.everywhere, *found.inside], level=level),
        extremes={"before": found.before, "after": found.after, "change": found.change},
        too_few=found.too_few,
        n_pairs_unknown=found.n_pairs_unknown,
        n_users_unknown=found.n_users_unknown,
        communities=tuple(one.trained_for for one in models),
    )


@st.cache_data(max_entries=16, show_spinner="Comparing countries …")
def _between(scores: Scores, level: float, runs: Runs) -> Three:
    scored, config = load.scored_of(scores), EvaluationConfig(level=level)
    ((_, found),) = results.community_extremes(scored, _of(scores, runs), config)
    return found


@st.cache_data(max_entries=16, show_spinner="Counting words …")
def _length(scores: Scores, level: float, runs: Runs) -> pd.DataFrame:
    return results.length_table(load.scored_of(scores), _of(scores, runs), EvaluationConfig(level=level))


@st.cache_data(max_entries=16, show_spinner="Measuring calibration …")
def _reliability(scores: Scores, level: float, runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    return results.reliability_table(load.scored_of(scores), _of(scores, runs), EvaluationConfig(level=level))
