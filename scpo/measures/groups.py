"""Groups inside communities: whom of its own people a community's model serves, and by how much groups differ.

A group is made of a facet, such as the age of the person or the kind of conversation. Every pair is ranked by the
model of its own community, so that groups are compared over all communities that have a model; inside one community
they mostly have too few users. The numbers are those of `scpo.measures.bias`, paired with the global model, and Holm's
family is all groups of the facet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scpo.errors import InputError
from scpo.measures.bias import BiasRow, bias_rows
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.extremes import Extremes, extremes

Labels = NDArray[Any]
"""A name per test pair, None for a pair that has none."""


@dataclass(frozen=True)
class Groups:
    """The groups of one facet under the models of one setting.

    Attributes
    ----------
    everywhere : tuple of BiasRow
        One per group over all communities that have a model; `tested_on` is the group, `trained_for` is empty.
    inside : tuple of BiasRow
        One per community and group; `trained_for` is the community.
    before, after, change : Extremes or None
        Worst group and gap of the groups of `everywhere` with enough users, in accuracy under the global model, under
        the communities' own models, and in the paired difference. None with fewer than two such groups.
    too_few : tuple of str
        Groups of `everywhere` with fewer than `TOO_FEW_USERS` users: they are in none of the three.
    n_pairs_unknown, n_users_unknown : int
        Test pairs of these communities without a value, and their users.
    """

    everywhere: tuple[BiasRow, ...]
    inside: tuple[BiasRow, ...]
    before: Extremes | None
    after: Extremes | None
    change: Extremes | None
    too_few: tuple[str, ...]
    n_pairs_unknown: int
    n_users_unknown: int


def own_models(models: Sequence[CountryModel], evaluation: Evaluation) -> CountryModel:
    """Put the models of one setting together: every test pair is ranked by the model of its own community.

    Parameters
    ----------
    models : sequence of CountryModel
        Of one setting, at most one per community.
    evaluation : Evaluation
        Of the communities.

    Returns
    -------
    CountryModel
        `trained_for` is empty. As many rows as the least common multiple of the models' runs: each run of a model
        stands equally often, so a mean over rows is the mean over runs. NaN on pairs of other communities.

    Raises
    ------
    InputError
        If there is no model, or two are of one community or of different settings.
    """
    if not models:
        raise InputError("there is no model to put together")
    if len({one.trained_for for one in models}) < len(models) or len({one.setting for one in models}) > 1:
        raise InputError("models put together must be of one setting and of different communities")
    n_rows = math.lcm(*(len(one.gap) for one in models))
    gap = np.full((n_rows, evaluation.global_gap.size), np.nan)
    for one in models:
        where = evaluation.rows[one.trained_for]
        gap[:, where] = np.tile(one.gap[:, where], (n_rows // len(one.gap), 1))
    runs = tuple(run for one in models for run in one.runs)
    return CountryModel("", models[0].objective, runs, gap, models[0].training)


def groups(models: Sequence[CountryModel], evaluation: Evaluation, values: Labels) -> Groups:
    """Compare the groups of a facet.

    Parameters
    ----------
    models, evaluation
        See `own_models`.
    values : ndarray of object, shape (n_test_pairs,)
        Group of each pair, None where it is not known.
    """
    own = own_models(models, evaluation)
    homes = np.full(values.size, None, dtype=object)
    for one in models:
        homes[evaluation.rows[one.trained_for]] = one.trained_for
    there = np.array([home is not None for home in homes], dtype=bool)
    known = there & np.array([isinstance(value, str) for value in values], dtype=bool)
    everywhere = evaluation.regrouped(values, only=known)
    rows = bias_rows([own], everywhere)
    solid = [row.tested_on for row in rows if not row.too_few_users]
    unknown = there & ~known
    before, after, change = group_extremes(own, everywhere, solid)
    return Groups(
        everywhere=tuple(rows),
        inside=tuple(_inside(own, evaluation, homes, values, known)),
        before=before,
        after=after,
        change=change,
        too_few=tuple(row.tested_on for row in rows if row.too_few_users),
        n_pairs_unknown=int(np.count_nonzero(unknown)),
        n_users_unknown=int(np.unique(evaluation.user_id[unknown]).size),
    )


def _inside(
    own: CountryModel, evaluation: Evaluation, homes: Labels, values: Labels, known: NDArray[np.bool_]
) -> list[BiasRow]:
    """Compare the groups inside each community; all of them are one family."""
    couples = sorted(set(zip(homes[known], values[known], strict=True)))
    number = {couple: f"{place:06d}" for place, couple in enumerate(couples)}
    rows = bias_rows([own], evaluation.regrouped([number.get(one) for one in zip(homes, values, strict=True)]))
    return [replace(row, trained_for=home, tested_on=value) for row, (home, value) in zip(rows, couples, strict=True)]


def group_extremes(
    own: CountryModel, evaluation: Evaluation, names: Sequence[str]
) -> tuple[Extremes, Extremes, Extremes] | tuple[None, None, None]:
    """Return worst group and gap under the global model, under the own models, and of the change.

    Parameters
    ----------
    own : CountryModel
        See `own_models`.
    names : sequence of str
        The groups of `evaluation` with enough users; None is returned of fewer than two.
    """
    if len(names) < 2:
        return None, None, None
    before = {name: evaluation.accuracy(evaluation.global_gap, name) for name in names}
    after = {name: evaluation.accuracy(own.gap, name) for name in names}
    users = {name: np.unique(evaluation.user_id[evaluation.rows[name]]) for name in names}
    change = {name: after[name].minus(before[name]) for name in names}
    first, second, third = (extremes(one, users, level=evaluation.level) for one in (before, after, change))
    return first, second, third
