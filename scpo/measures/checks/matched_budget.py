r"""Do methods differ when all of them move equally far? Each gets the ridge at which it moves as far as `full`.

A method that keeps fewer pairs, or weighs them less, stays nearer to the global model under the same lambda, and one
that trains on disagreements alone moves further, whatever it has learnt. *Movement* is the flip rate: the share of
pairs that a model ranks other than the global model does. It is measured on training users only, out of their folds, as
:math:`q_s(\lambda) = mean_i 1[m_{-k(i),s,\lambda}(i) > 0 \ne g_i > 0]` with the margin of the model that has not
seen pair i's user. A method s is matched at the lambda where :math:`q_s(\lambda) = q_{full}(\lambda_0)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.arrays import FloatArray
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures, fit_heads

FOLDS = 5

FACTORS = 4.0 ** np.arange(-5, 13)
"""Multiples of the given lambda that are tried first: far up, as any method stays at the global model there."""

BISECTIONS = 8
"""How often the way between two of them is then halved, on the scale of logarithms: to half a per cent of lambda."""

CLOSE = 1e-3
"""Largest accepted error of a margin in logits: pairs are counted by its sign, and a tiny lambda allows no better."""


@dataclass(frozen=True, eq=False)
class Matched:
    """The ridges at which methods move equally far.

    Attributes
    ----------
    target : float, in [0, 1]
        Flip rate of the reference at its own lambda.
    ridge : ndarray, shape (n_methods,)
        lambda of each method; NaN where none that was tried moves so far, or so little.
    flips : ndarray, shape (n_methods,), in [0, 1]
        Flip rate at it; where there is no such lambda the nearest that was found.
    unmatched : ndarray, shape (n_methods,), in [0, 1]
        Flip rate at the lambda of the reference.
    """

    target: float
    ridge: FloatArray
    flips: FloatArray
    unmatched: FloatArray


def flip_rates(
    features: PreferenceFeatures, fold: NDArray[np.integer], weight: FloatArray, ridge: FloatArray
) -> FloatArray:
    """Return how many pairs models rank other than the global model, each pair by the model of the other folds.

    Parameters
    ----------
    features : PreferenceFeatures
        Of the training pairs.
    fold : ndarray of int, shape (n_pairs,)
        Fold of each pair's user.
    weight : ndarray, shape (n_settings, n_pairs)
        Weight of each pair in training, >= 0.
    ridge : ndarray, shape (n_settings,)
        lambda > 0.

    Returns
    -------
    ndarray, shape (n_settings,), in [0, 1]
    """
    rows, flipped = features.rows, np.zeros(len(weight))
    for one in np.unique(fold):
        held = fold == one
        fit = fit_heads(features, weight * ~held, ridge=ridge, tolerance=CLOSE)
        gaps = features.gap[held] + fit.shift @ rows[held].T
        flipped += ((gaps > 0) != (features.gap[held] > 0)).sum(axis=1)
    return flipped / fold.size


def matched_ridges(
    features: PreferenceFeatures, fold: ArrayLike, weight: ArrayLike, *, reference: ArrayLike, ridge: float
) -> Matched:
    """Find for each method the ridge at which it moves as far as the reference does.

    Parameters
    ----------
    features : PreferenceFeatures
        Of one country's training pairs.
    fold : array_like of int, shape (n_pairs,)
        Fold of each pair's user; two folds or more.
    weight : array_like, shape (n_methods, n_pairs)
        Weights of the methods on these pairs, 0 for dropped ones.
    reference : array_like, shape (n_pairs,)
        Weights of the method that is matched to: of `full`, all 1.
    ridge : float, > 0
        lambda of the reference.

    Returns
    -------
    Matched
        Of several ridges that match equally well the one nearest to `ridge`: a method that weighs as the reference
        does keeps it.

    Raises
    ------
    InputError
        If there are fewer than two folds or shapes disagree.
    """
    folds, weights = np.asarray(fold), np.asarray(weight, dtype=np.float64)
    if folds.shape != features.gap.shape or weights.ndim != 2 or weights.shape[1:] != folds.shape:
        raise InputError(
            f"{features.gap.size} pairs need as many folds and weights, got {folds.shape} and {weights.shape}"
        )
    if np.unique(folds).size < 2:
        raise InputError("matching movement needs training users in two folds or more")
    base = np.asarray(reference, dtype=np.float64)[None, :]
    target = float(flip_rates(features, folds, base, np.array([ridge]))[0])
    tried = np.broadcast_to(FACTORS, (len(weights), FACTORS.size))
    found = _tried(features, folds, weights, tried * ridge)
    unmatched = found[:, np.flatnonzero(FACTORS == 1.0)[0]]
    beyond = found - target
    across = beyond[:, :-1] * beyond[:, 1:] <= 0
    away = np.abs(np.log(FACTORS[:-1] * FACTORS[1:]))
    place = np.where(across, away, np.inf).argmin(axis=1)
    low, high = FACTORS[place], FACTORS[place + 1]
    side = np.sign(beyond[np.arange(place.size), place])
    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        flips = _tried(features, folds, weights, middle[:, None] * ridge)
        tried, found = np.column_stack([tried, middle]), np.column_stack([found, flips])
        same = np.sign(flips[:, 0] - target) == side
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    factor, flips = _nearest(tried, found, target)
    return Matched(target, np.where(across.any(axis=1), factor * ridge, np.nan), flips, unmatched)


def _tried(
    features: PreferenceFeatures, fold: NDArray[np.integer], weight: FloatArray, ridge: FloatArray
) -> FloatArray:
    """Return the flip rates of each method at several ridges, both of shape (n_methods, n_ridges)."""
    each = np.repeat(weight, ridge.shape[1], axis=0)
    return flip_rates(features, fold, each, ridge.ravel()).reshape(ridge.shape)


def _nearest(factor: FloatArray, flips: FloatArray, target: float) -> tuple[FloatArray, FloatArray]:
    """Return of each method the factor whose flip rate is nearest to the target, of equal ones that nearest to 1."""
    best = [
        min(
            range(factor.shape[1]), key=lambda k: (round(abs(flips[one, k] - target), 9), abs(math.log(factor[one, k])))
        )
        for one in range(factor.shape[0])
    ]
    every = np.arange(factor.shape[0])
    return factor[every, best], flips[every, best]
