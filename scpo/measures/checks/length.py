r"""How much of a model is a liking for longer or shorter responses: its margins without what length explains.

With l the log2 of the ratio of words (chosen to rejected response), g the gap of the global model and m that of the
country model, both on *training* pairs,

.. math:: m_i = \kappa g_i + \gamma l_i + e_i, \qquad \tilde m_i = m_i - \gamma l_i

by least squares: :math:`\gamma` is what a doubling of the words adds to the country model's margin beyond the global
model. It is the slope of the *model*, so that a model that has learnt half of a liking loses that half and not all of
it; the slope of the people, :math:`P(chosen) = \sigma(\kappa g + \gamma l)`, is measured beside it. After Dubois et
al. (2024), Length-controlled AlpacaEval. Standard errors are sandwich estimates clustered by user.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio, users_source
from scpo.measures.estimate import Estimate, asked_levels
from scpo.measures.intervals import t_intervals

NEWTON_STEPS = 50
PRIOR = 1e-6
"""Ridge of the logistic regression in units of the columns' scale: keeps separated pairs finite."""


@dataclass(frozen=True)
class Slope:
    """What a doubling of the words adds, in logits.

    Attributes
    ----------
    value : float
        NaN where no two responses differ in length.
    error : float
        Standard error, clustered by user; NaN with fewer than two users.
    n_pairs, n_users : int
        Training pairs and users.
    """

    value: float
    error: float
    n_pairs: int
    n_users: int

    def estimate(self, level: float) -> Estimate:
        """Return the slope with its t intervals."""
        degrees = max(self.n_users - 1, 1)
        ends = t_intervals(self.value, self.error, degrees, asked_levels(level))
        return Estimate(self.value, ends, self.n_pairs, self.n_users)


def model_slope(margin: ArrayLike, gap: ArrayLike, length: ArrayLike, user_id: ArrayLike) -> Slope:
    """Return the slope of length in a model's margins given the global model's gaps.

    Parameters
    ----------
    margin, gap : array_like, shape (n_pairs,)
        Gaps of the country model and of the global model on the training pairs.
    length : array_like, shape (n_pairs,)
        log2 of the ratio of words, chosen to rejected.
    user_id : array_like of str, shape (n_pairs,)

    Raises
    ------
    InputError
        If shapes disagree or a value is not finite.
    """
    columns, outcome, cluster = _checked(margin, gap, length, user_id)
    scale = _scale(columns)
    if scale is None:
        return Slope(math.nan, math.nan, outcome.size, int(cluster.max(initial=-1)) + 1)
    unit = columns / scale
    bread = np.linalg.pinv(unit.T @ unit)
    beta = bread @ (unit.T @ outcome)
    return _slope(beta, scale, bread, unit * (outcome - unit @ beta)[:, None], cluster)


def people_slope(gap: ArrayLike, length: ArrayLike, user_id: ArrayLike) -> Slope:
    """Return the slope of length in what people choose given the global model's gaps; see `model_slope`."""
    columns, _, cluster = _checked(gap, gap, length, user_id)
    scale = _scale(columns)
    if scale is None:
        return Slope(math.nan, math.nan, columns.shape[0], int(cluster.max(initial=-1)) + 1)
    unit, beta = columns / scale, np.zeros(2)
    for _ in range(NEWTON_STEPS):
        wrong = expit(-(unit @ beta))
        bread = np.linalg.inv((unit * (wrong * (1 - wrong))[:, None]).T @ unit + PRIOR * np.eye(2))
        step = bread @ (unit.T @ wrong - PRIOR * beta)
        beta += step / max(1.0, float(np.abs(step).max()) / 2)
        if np.abs(step).max() < 1e-9:
            break
    return _slope(beta, scale, bread, unit * expit(-(unit @ beta))[:, None], cluster)


def mean_slope(slopes: Sequence[Slope]) -> Slope:
    """Average the slopes of several communities with equal weight; their users are different people."""
    error = math.sqrt(sum(one.error**2 for one in slopes)) / len(slopes)
    value = float(np.mean([one.value for one in slopes]))
    return Slope(value, error, sum(one.n_pairs for one in slopes), sum(one.n_users for one in slopes))


def length_bias(gap: ArrayLike, length: ArrayLike, user_id: ArrayLike) -> Clustered:
    """Return how much more often a model prefers the longer response than people do, paired.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of the model on test pairs, of one run or of several that count the same; a tie counts half.
    length, user_id : array_like, shape (n_pairs,)
        See `model_slope`.

    Returns
    -------
    Clustered
        A difference in [-1, 1] over the pairs whose responses differ in length.
    """
    gaps, longer = np.atleast_2d(np.asarray(gap, dtype=np.float64)), np.asarray(length, dtype=np.float64)
    users, position = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
    if not gaps.shape[1:] == longer.shape == position.shape:
        raise InputError(f"{gaps.size} gaps, {longer.size} lengths and {position.size} users do not fit together")
    counted = longer != 0
    model = np.where(gaps == 0, 0.5, (gaps > 0) == (longer > 0)).mean(axis=0)
    whole = np.bincount(position[counted], minlength=users.size).astype(np.float64)
    part = np.bincount(position[counted], weights=(model - (longer > 0))[counted], minlength=users.size)
    return ratio(
        part.astype(np.float64),
        whole,
        source=users_source(users),
        n_pairs=int(np.count_nonzero(counted)),
        n_users=int(np.count_nonzero(whole)),
        is_difference=True,
    )


def _checked(
    outcome: ArrayLike, gap: ArrayLike, length: ArrayLike, user_id: ArrayLike
) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Return the columns gap and length, the outcome, and each pair's user as a number."""
    result, gaps, lengths = (np.asarray(one, dtype=np.float64) for one in (outcome, gap, length))
    cluster = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)[1]
    if not result.shape == gaps.shape == lengths.shape == cluster.shape or result.ndim != 1:
        raise InputError(
            f"margins {result.shape}, gaps {gaps.shape}, lengths {lengths.shape} and users {cluster.shape} do not fit "
            "together"
        )
    if not (np.isfinite(result).all() and np.isfinite(gaps).all() and np.isfinite(lengths).all()):
        raise InputError("margins, gaps and lengths must be finite; score these responses again")
    return np.column_stack([gaps, lengths]), result, cluster


def _scale(columns: FloatArray) -> FloatArray | None:
    """Return the root mean square of each column; None where no two responses differ in length."""
    scale = np.sqrt(np.mean(np.square(columns), axis=0)) if columns.size else np.zeros(2)
    if scale[1] == 0:
        return None
    return np.where(scale > 0, scale, 1.0)


def _slope(
    beta: FloatArray,
    scale: FloatArray,
    bread: NDArray[np.floating[Any]],
    score: FloatArray,
    cluster: IndexArray,
) -> Slope:
    """Return the second coefficient with its clustered standard error."""
    n_users = int(cluster.max()) + 1
    error = math.nan
    if n_users > 1:
        scores = np.zeros((n_users, 2))
        np.add.at(scores, cluster, score)
        variance = bread @ (scores.T @ scores) @ bread * n_users / (n_users - 1)
        error = math.sqrt(float(variance[1, 1])) / float(scale[1])
    return Slope(float(beta[1] / scale[1]), error, cluster.size, n_users)
