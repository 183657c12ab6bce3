"""What moves a community's preferences away from the global model: coefficients of countable features.

A Bradley-Terry model with the global model's gap as a regressor,

.. math:: P(chosen) = \\sigma\\big(\\kappa g_i + \\textstyle\\sum_k \\beta_k (z_{ik}^+ - z_{ik}^-)\\big),

so that beta is what the community wants beyond the global model: 0 where the global model has it right already. The
slope kappa is estimated with it: below 1 the global model is surer than it should be, and a gap that enters with slope
1 would make every feature that the gap holds look unwanted. Each feature is first fitted alone (`coefficient`) and, for
what remains when the others are held, together (`adjusted`), always with a slope of its own.

Variances are sandwich estimates clustered by user with the factor G / (G - 1), intervals and p from a t distribution
with G - 1 degrees of freedom (Cameron & Miller 2015), where G counts the users who *have* the feature: at least one
pair whose responses differ in it. Below ten of them there is no p. p is adjusted by Holm over the features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, stdtr

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError
from scpo.measures.estimate import Estimate, asked_levels
from scpo.measures.families import TOO_FEW_USERS
from scpo.measures.intervals import holm, t_intervals

PRIOR = 1e-2
"""Ridge per coefficient in units of its own scale, around 0, kappa around 1: keeps finite what separates pairs."""

NEWTON_STEPS = 50


@dataclass(frozen=True)
class Coefficient:
    """One feature's coefficient, in logits per unit.

    Attributes
    ----------
    alone : Estimate
        Of all pairs and the users behind them, with the two-sided p of coefficient = 0; NaN where the feature never
        differs, no interval with fewer than two users who have it, no p with fewer than ten.
    holm : float
        p adjusted over the features.
    adjusted : float
        With all other features held.
    n_different, n_users_different : int
        Pairs whose two responses differ in the feature, and the users with at least one of them.
    """

    feature: str
    alone: Estimate
    holm: float
    adjusted: float
    n_different: int
    n_users_different: int


@dataclass(frozen=True)
class Preferences:
    """What a community wants beyond the global model.

    Attributes
    ----------
    slope : Estimate
        kappa of the gap without any feature: 1 where the global model is as sure as it should be, below 1 where it is
        too sure, 0 where its gap says nothing.
    coefficients : list of Coefficient
    """

    slope: Estimate
    coefficients: list[Coefficient]


def preference_coefficients(
    names: Sequence[str],
    differences: ArrayLike,
    gap: ArrayLike,
    user_id: ArrayLike,
    *,
    level: float = 0.95,
    weight: ArrayLike | None = None,
) -> Preferences:
    """Fit what a community wants beyond the global model.

    Parameters
    ----------
    names : sequence of str
    differences : array_like, shape (n_pairs, n_features)
        Feature of the chosen minus feature of the rejected response.
    gap : array_like, shape (n_pairs,)
        Gap of the global model, in logits.
    user_id : array_like of str, shape (n_pairs,)
    level : float
    weight : array_like, shape (n_pairs,), optional
        Weights >= 0; 1 by default.

    Raises
    ------
    InputError
        If shapes disagree or a value is not finite.
    """
    matrix, gaps = np.asarray(differences, dtype=np.float64), np.asarray(gap, dtype=np.float64)
    users = np.asarray(user_id, dtype=str)
    weights = np.ones(gaps.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if matrix.shape != (gaps.size, len(names)) or users.shape != gaps.shape or weights.shape != gaps.shape:
        raise InputError(f"differences {matrix.shape}, gaps {gaps.shape} and {len(names)} names do not fit together")
    if not (np.isfinite(matrix).all() and np.isfinite(gaps).all() and np.isfinite(weights).all()):
        raise InputError("features and gaps must be finite")
    cluster = np.unique(users, return_inverse=True)[1]
    n_users = int(cluster.max(initial=-1)) + 1
    levels = asked_levels(level)
    differs = (matrix != 0) & (weights > 0)[:, None]
    usable = differs.any(axis=0)
    adjusted = np.full(len(names), np.nan)
    if usable.any():
        adjusted[usable] = _fit(matrix[:, usable], gaps, weights, cluster)[0][1:]
    alone, have = [], []
    for place, column in enumerate(matrix.T):
        n_have = np.unique(cluster[differs[:, place]]).size
        value, error = np.nan, np.nan
        if usable[place]:
            fitted, variance = _fit(column[:, None], gaps, weights, cluster)
            value, error = float(fitted[1]), _error(variance[1, 1], n_have)
        ends = t_intervals(value, error, max(n_have - 1, 1), levels)
        p = _p(value, error, n_have)
        alone.append(Estimate(value, ends, n_pairs=gaps.size, n_users=n_users, is_difference=True, p=p))
        have.append(n_have)
    marks = holm([one.p for one in alone])
    return Preferences(
        slope=_slope(gaps, weights, cluster, levels),
        coefficients=[
            Coefficient(
                feature=name,
                alone=alone[i],
                holm=float(marks[i]),
                adjusted=float(adjusted[i]),
                n_different=int(differs[:, i].sum()),
                n_users_different=have[i],
            )
            for i, name in enumerate(names)
        ],
    )


def _slope(gap: FloatArray, weight: FloatArray, cluster: IndexArray, levels: Sequence[float]) -> Estimate:
    """Return kappa of the gap alone; NaN where no gap differs from 0."""
    known = (gap != 0) & (weight > 0)
    n_users, value, error = np.unique(cluster[known]).size, np.nan, np.nan
    if known.any():
        fitted, variance = _fit(np.empty((gap.size, 0)), gap, weight, cluster)
        value, error = float(fitted[0]), _error(variance[0, 0], n_users)
    ends = t_intervals(value, error, max(n_users - 1, 1), levels)
    return Estimate(value, ends, n_pairs=gap.size, n_users=int(cluster.max(initial=-1)) + 1)


def _error(variance: float, n_users: int) -> float:
    """Return the standard error with the correction for so many clusters; NaN with fewer than two."""
    return float(np.sqrt(variance * n_users / (n_users - 1))) if n_users > 1 else math.nan


def _p(value: float, error: float, n_users: int) -> float:
    """Return the two-sided p of 0 from a t distribution; NaN with too few users."""
    if n_users < TOO_FEW_USERS or not error > 0:
        return math.nan
    return float(2 * stdtr(n_users - 1, -abs(value / error)))


@dataclass(frozen=True)
class FacetShare:
    """How often the global model disagrees with a community within one part of its pairs.

    Attributes
    ----------
    part : str
        A conversation type, a topic.
    disagreement : float, in [0, 1]
        Share of the part's pairs with gap < 0.
    difference : Estimate
        That share minus the share of the community's other pairs, with the p of no difference; clustered by user, and
        with the pairs and users of the part, which also give the degrees of freedom. NaN where either side is empty,
        no p with fewer than ten users.
    holm : float
        p adjusted over the parts.
    """

    part: str
    disagreement: float
    difference: Estimate
    holm: float


def facet_shares(part: ArrayLike, gap: ArrayLike, user_id: ArrayLike, *, level: float = 0.95) -> list[FacetShare]:
    """Compare the share of disagreement in each part of a community's pairs with that in its other pairs.

    Parameters
    ----------
    part : array_like of str, shape (n_pairs,)
        None belongs to no part and counts among the others.
    gap, user_id : array_like, shape (n_pairs,)
    """
    parts, gaps = np.asarray(part, dtype=object), np.asarray(gap, dtype=np.float64)
    users = np.asarray(user_id, dtype=str)
    cluster = np.unique(users, return_inverse=True)[1]
    wrong = (gaps < 0).astype(np.float64)
    levels, found = asked_levels(level), []
    for value in sorted({str(one) for one in parts if isinstance(one, str)}):
        inside = parts == value
        here, others = wrong[inside], wrong[~inside]
        n_inside = np.unique(users[inside]).size
        difference, error = np.nan, np.nan
        if others.size:
            difference = float(here.mean() - others.mean())
            centred = np.where(inside, (wrong - here.mean()) / here.size, -(wrong - others.mean()) / others.size)
            error = _error(float(np.square(np.bincount(cluster, centred)).sum()), n_inside)
        p = _p(difference, error, n_inside)
        ends = t_intervals(difference, error, max(n_inside - 1, 1), levels)
        compared = Estimate(difference, ends, n_pairs=here.size, n_users=n_inside, is_difference=True, p=p)
        found.append((value, float(here.mean()), compared))
    marks = holm([compared.p for _, _, compared in found])
    return [FacetShare(*one, float(mark)) for one, mark in zip(found, marks, strict=True)]


def _fit(z: FloatArray, gap: FloatArray, weight: FloatArray, cluster: IndexArray) -> tuple[FloatArray, FloatArray]:
    """Return kappa and the coefficients, and their covariance clustered by user, without a factor for few clusters."""
    columns = np.column_stack([gap, z])
    scale = np.sqrt(np.average(np.square(columns), axis=0, weights=weight))
    scale[scale == 0] = 1.0
    x = columns / scale
    prior = np.zeros(x.shape[1])
    prior[0] = scale[0]
    beta = prior.copy()
    for _ in range(NEWTON_STEPS):
        right = expit(x @ beta)
        gradient = x.T @ (weight * (1 - right)) - PRIOR * (beta - prior)
        hessian = (x * (weight * right * (1 - right))[:, None]).T @ x + PRIOR * np.eye(beta.size)
        step = np.linalg.solve(hessian, gradient)
        step /= max(1.0, float(np.abs(step).max()) / 2)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    right = expit(x @ beta)
    hessian = (x * (weight * right * (1 - right))[:, None]).T @ x + PRIOR * np.eye(beta.size)
    scores = np.zeros((int(cluster.max()) + 1, beta.size))
    np.add.at(scores, cluster, x * (weight * (1 - right))[:, None])
    bread = np.linalg.inv(hessian)
    return beta / scale, bread @ (scores.T @ scores) @ bread / np.outer(scale, scale)
