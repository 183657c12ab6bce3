"""What the page Bias loads beside the matrix, cached: other countries, groups, length and calibration."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.bias.charts.matrix import OTHERS, OTHERS_CODE
from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from dashboard.kit import text
from scpo import results
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


@cached(most=16, runs=False)
def load_facets(selection: Selection) -> list[str]:
    """Return what test pairs can be grouped by."""
    return results.facets(load.load_scored(selection))


@cached("level", most=32, say="Comparing groups …")
def load_groups(selection: Selection, runs: Runs, by: str) -> GroupsFound:
    """Return the groups of a facet under the setting of some runs."""
    scored, config = load.load_scored(selection), selection.evaluation
    ((models, found),) = results.setting_groups(scored, _of(selection, runs), config, by=by)
    return GroupsFound(
        table=results.group_table([*found.everywhere, *found.inside], level=selection.level),
        extremes={"before": found.before, "after": found.after, "change": found.change},
        too_few=found.too_few,
        n_pairs_unknown=found.n_pairs_unknown,
        n_users_unknown=found.n_users_unknown,
        communities=tuple(one.trained_for for one in models),
    )


@cached("level", most=16, say="Comparing countries …")
def load_between(selection: Selection, runs: Runs) -> Three:
    """Return the worst country and the gap between countries, each under its own model."""
    scored, config = load.load_scored(selection), selection.evaluation
    ((_, found),) = results.community_extremes(scored, _of(selection, runs), config)
    return found


@cached("level", "countries", most=16, say="Counting words …")
def load_length(selection: Selection, runs: Runs) -> pd.DataFrame:
    """Return `results.length_table` of the setting of some runs; selected countries alone, and the mean over all."""
    table = results.length_table(load.load_scored(selection), _of(selection, runs), selection.evaluation)
    keep = table["country"].isin([*selection.countries, results.MEAN]) if selection.countries else slice(None)
    return table.loc[keep] if len(table) else table


@cached("level", most=16, say="Measuring calibration …")
def load_reliability(selection: Selection, runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables of `results.reliability_table` of the setting of some runs."""
    return results.reliability_table(load.load_scored(selection), _of(selection, runs), selection.evaluation)


def load_others(selection: Selection, cells: pd.DataFrame) -> pd.DataFrame:
    """Return what the models of some cells do to other countries, as further cells of the matrix."""
    table = _others(selection)
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


def _of(selection: Selection, runs: Runs) -> list[results.FinishedRun]:
    wanted = set(runs)
    return [run for run in load.load_finished(selection) if run.run_id in wanted]


@cached("level", most=16, say="Computing paired differences …")
def _others(selection: Selection) -> pd.DataFrame:
    return results.others_table(load.load_scored(selection), load.load_finished(selection), selection.evaluation)
