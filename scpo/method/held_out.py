"""Previews of training pairs by models that have not seen their users: the way to choose a setting without test users.

The training pairs of a country are divided into folds, whole users each; for every fold the last layer is fitted
without it (`scpo.method.preview`) and ranks its pairs. Source: Stone, Journal of the Royal Statistical Society B 36
(1974).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray
from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures, fit_heads
from scpo.method.objective import select
from scpo.method.preview import check_judgements


def held_out_gaps(
    features: PreferenceFeatures,
    objectives: Sequence[ObjectiveConfig],
    fold: ArrayLike,
    *,
    ridge: float,
    seed: int = 0,
) -> FloatArray:
    """Return the gap of every training pair under the last layer that was fitted without its fold.

    Parameters
    ----------
    features : PreferenceFeatures
        Of a country's training pairs.
    objectives : sequence of ObjectiveConfig
        Each keeps and weighs the pairs that are left as it would keep and weigh all of them.
    fold : array_like of int, shape (n_pairs,)
        Number of each pair's fold, from 0; pairs of one user in one fold.
    ridge : float, > 0
        lambda, the same for every fold.
    seed : int
        Seed of the pairs that `random` draws.

    Returns
    -------
    ndarray, shape (n_settings, n_pairs)

    Raises
    ------
    InputError
        If there are not as many folds as pairs, or fewer than two different ones; if a method exchanges judgements.
    RunError
        If a fit does not converge.
    """
    check_judgements(features, objectives)
    place = np.asarray(fold, dtype=np.intp)
    if place.shape != features.gap.shape:
        raise InputError(f"{features.gap.size} pairs need as many folds, got shape {place.shape}")
    numbers = np.unique(place)
    if numbers.size < 2:
        raise InputError(f"a pair is judged by a fit without its fold, which takes two folds, got {numbers.size}")
    rows = features.rows
    gaps = np.empty((len(objectives), place.size))
    start = None
    for number in numbers:
        held = place == number
        weight = np.zeros(gaps.shape)
        for one, objective in enumerate(objectives):
            weight[one, ~held] = select(features.gap[~held], objective, seed=seed).weight
        fit = fit_heads(features, weight, ridge=ridge, start=start)
        gaps[:, held] = features.gap[held] + fit.shift @ rows[held].T
        start = fit.shift
    return gaps
