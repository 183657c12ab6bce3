"""What moves a community's preferences away from the global model: coefficients of countable features.

A Bradley-Terry model with the global model's gap as offset,

.. math:: P(chosen) = \\sigma\\big(g_i + \\textstyle\\sum_k \\beta_k (z_{ik}^+ - z_{ik}^-)\\big),

so that beta is what the community wants beyond the global model: 0 where the global model has it right already. Each
feature is first fitted alone (`coefficient`) and, for what remains when the others are held, together (`adjusted`).
Variances are sandwich estimates clustered by user with the factor G / (G - 1), intervals and p from a t distribution
with G - 1 degrees of freedom (Cameron & Miller 2015); p is adjusted by Holm over the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, stdtr

from scpo.errors import InputError
from scpo.measures.estimate import Estimate, asked_levels
from scpo.measures.intervals import holm, t_intervals

FloatArray = NDArray[np.float64]
PRIOR = 1e-2
"""Ridge per coefficient in units of its own scale: keeps a feature that separates all pairs finite."""

NEWTON_STEPS = 50


@dataclass(frozen=True)
class Coefficient:
    """One feature's coefficient, in logits per unit.

    Attributes
    ----------
    alone : Estimate
        Of all pairs and the users behind them, with the two-sided p of coefficient = 0; NaN where the feature never
        differs, no interval with fewer than two users.
    holm : float
        p adjusted over the features.
    adjusted : float
        With all other features held.
    n_different : int
        Pairs whose two responses differ in the feature.
    """

    feature: str
    alone: Estimate
    holm: float
    adjusted: float
    n_different: int


def preference_coefficients(
    names: Sequence[str],
    differences: ArrayLike,
    gap: ArrayLike,
    user_id: ArrayLike,
    *,
    level: float = 0.95,
    weight: ArrayLike | None = None,
) -> list[Coefficient]:
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
    matrix, offset = np.asarray(differences, dtype=np.float64), np.asarray(gap, dtype=np.float64)
    users = np.asarray(user_id, dtype=str)
    weights = np.ones(offset.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if matrix.shape != (offset.size, len(names)) or users.shape != offset.shape or weights.shape != offset.shape:
        raise InputError(f"differences {matrix.shape}, gaps {offset.shape} and {len(names)} names do not fit together")
    if not (np.isfinite(matrix).all() and np.isfinite(offset).all() and np.isfinite(weights).all()):
        raise InputError("features and gaps must be finite")
    cluster = np.unique(users, return_inverse=True)[1]
    n_users = int(cluster.max(initial=-1)) + 1
    different = np.count_nonzero(matrix * (weights > 0)[:, None], axis=0)
    usable = different > 0
    alone = np.full((len(names), 2), np.nan)
    for place in np.flatnonzero(usable):
        value, error = _fit(matrix[:, [place]], offset, weights, cluster)
        alone[place] = value[0], error[0]
    adjusted = np.full(len(names), np.nan)
    if usable.any():
        adjusted[usable] = _fit(matrix[:, usable], offset, weights, cluster)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(max(n_users - 1, 1), -np.abs(alone[:, 0] / alone[:, 1]))
    marks, levels = holm(p), asked_levels(level)
    return [
        Coefficient(
            feature=name,
            alone=Estimate(
                float(alone[i, 0]),
                t_intervals(float(alone[i, 0]), float(alone[i, 1]), max(n_users - 1, 1), levels),
                n_pairs=offset.size,
                n_users=n_users,
                is_difference=True,
                p=float(p[i]),
            ),
            holm=float(marks[i]),
            adjusted=float(adjusted[i]),
            n_different=int(different[i]),
        )
        for i, name in enumerate(names)
    ]


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
        with the pairs and users of the part. NaN where either side is empty.
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
    n_users = int(cluster.max(initial=-1)) + 1
    wrong = (gaps < 0).astype(np.float64)
    levels, found = asked_levels(level), []
    for value in sorted({str(one) for one in parts if isinstance(one, str)}):
        inside = parts == value
        here, others = wrong[inside], wrong[~inside]
        difference, error = np.nan, np.nan
        if others.size:
            difference = float(here.mean() - others.mean())
            centred = np.where(inside, (wrong - here.mean()) / here.size, -(wrong - others.mean()) / others.size)
            if n_users > 1:
                error = float(np.sqrt(np.square(np.bincount(cluster, centred)).sum() * n_users / (n_users - 1)))
        with np.errstate(divide="ignore", invalid="ignore"):
            p = float(2 * stdtr(max(n_users - 1, 1), -np.abs(np.float64(difference) / error)))
        ends = t_intervals(difference, error, max(n_users - 1, 1), levels)
        n_inside = np.unique(users[inside]).size
        compared = Estimate(difference, ends, n_pairs=here.size, n_users=n_inside, is_difference=True, p=p)
        found.append((value, float(here.mean()), compared))
    marks = holm([compared.p for _, _, compared in found])
    return [FacetShare(*one, float(mark)) for one, mark in zip(found, marks, strict=True)]


def _fit(
    z: FloatArray, offset: FloatArray, weight: FloatArray, cluster: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and clustered standard errors; NaN errors with fewer than two users."""
    scale = np.sqrt(np.average(np.square(z), axis=0, weights=weight))
    x = z / scale
    beta = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        right = expit(offset + x @ beta)
        gradient = x.T @ (weight * (1 - right)) - PRIOR * beta
        hessian = (x * (weight * right * (1 - right))[:, None]).T @ x + PRIOR * np.eye(beta.size)
        step = np.linalg.solve(hessian, gradient)
        step /= max(1.0, float(np.abs(step).max()) / 2)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    right = expit(offset + x @ beta)
    hessian = (x * (weight * right * (1 - right))[:, None]).T @ x + PRIOR * np.eye(beta.size)
    n_users = int(cluster.max()) + 1
    if n_users < 2:
        return beta / scale, np.full(beta.size, np.nan)
    scores = np.zeros((n_users, beta.size))
    np.add.at(scores, cluster, x * (weight * (1 - right))[:, None])
    bread = np.linalg.inv(hessian)
    variance = bread @ (scores.T @ scores) @ bread * n_users / (n_users - 1)
    return beta / scale, np.sqrt(np.diag(variance)) / scale
