"""Models on parts of a community's users, and what their products say: the parts of `scpo.measures.divergence`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import BoolArray, FloatArray
from scpo.measures.community import CommunityPairs
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval
from scpo.method.heads import PreferenceFeatures, Projected, fit_heads, project

SPLITS = 12
JACKKNIFE_GROUPS = 10
HALVINGS = 24
FEWEST_USERS = 4
"""A distance needs two users in each half; fewer give NaN."""
FEWEST_FOR_INTERVAL = 8
"""Below this many users a community's distances have no interval and it has no noise floor: quarters need two users."""


@dataclass(frozen=True, eq=False)
class Fits:
    """Gaps of mean square 1 on the common pairs, of models on parts of a community's users.

    `halves` (n_splits, 2, m); `without` (n_groups, n_splits, 2, m), each without one group of users; `quarters`
    (n_halvings, 4, m). Empty along the first axis where there are too few users.
    """

    halves: FloatArray
    without: FloatArray
    quarters: FloatArray


def angle(cosine: float) -> float:
    """Return arccos / pi, mirrored at 0 for a cosine above 1; at most 1; NaN stays NaN."""
    if not math.isfinite(cosine):
        return math.nan
    beyond = 1 - cosine
    return math.copysign(math.acos(max(1 - abs(beyond), -1.0)) / math.pi, beyond)


def fit_parts(
    pairs: CommunityPairs,
    head: ArrayLike,
    common: CommunityPairs,
    *,
    ridge: float,
    seed: list[int],
    weight: ArrayLike | None = None,
    halvings: int = HALVINGS,
) -> Fits:
    """Fit the models of one community on all the parts of its users that are needed, at once.

    Parameters
    ----------
    pairs : CommunityPairs
    head : array_like, shape (n_features,)
        Weight of the global model's last layer.
    common : CommunityPairs
        The pairs that all models judge.
    ridge : float, > 0
        lambda for each pair, or for each unit of weight.
    seed : list of int
        Of the division of users.
    weight : array_like, shape (n_pairs,), optional
        Weight of each pair in the fits, >= 0; by default 1.
    halvings : int
        How often the users are divided into quarters, for the noise floor alone.
    """
    rng = np.random.default_rng(seed)
    names, member = np.unique(np.asarray(pairs.user_id, dtype=str), return_inverse=True)
    m, n_users = common.gap.size, names.size
    n_splits = SPLITS if n_users >= FEWEST_USERS else 0
    n_groups = min(JACKKNIFE_GROUPS, n_users) if n_users >= FEWEST_FOR_INTERVAL else 0
    n_halvings = halvings if n_users >= FEWEST_FOR_INTERVAL else 0
    if n_splits == 0:
        return Fits(np.empty((0, 2, m)), np.empty((0, 0, 2, m)), np.empty((0, 4, m)))

    halves = _parts(rng, n_users, n_splits, 2)
    group = rng.permutation(n_users) % max(n_groups, 1)
    others = (group != np.arange(n_groups)[:, None]).reshape(n_groups, 1, 1, n_users)
    quarters = _parts(rng, n_users, n_halvings, 4)
    chosen = np.concatenate(
        [halves.reshape(-1, n_users), (halves & others).reshape(-1, n_users), quarters.reshape(-1, n_users)]
    )
    features = PreferenceFeatures.build(pairs.differences, head, gap=pairs.gap)
    each = chosen[:, member] * (1.0 if weight is None else np.asarray(weight, dtype=np.float64))
    fit = fit_heads(features, each, ridge=ridge * np.maximum(each.sum(axis=1), 1.0))
    judged: Projected = project(features, common.differences, gap=common.gap)
    gaps = fit.gaps(judged)
    size = np.sqrt(np.mean(gaps**2, axis=1, keepdims=True))
    unit = np.divide(gaps, size, out=np.zeros_like(gaps), where=size > 0)
    first, second = halves.shape[0] * 2, others.shape[0] * halves.shape[0] * 2
    return Fits(
        halves=unit[:first].reshape(n_splits, 2, m),
        without=unit[first : first + second].reshape(n_groups, n_splits, 2, m),
        quarters=unit[first + second :].reshape(n_halvings, 4, m),
    )


def _parts(rng: np.random.Generator, n_users: int, repeats: int, parts: int) -> BoolArray:
    """Divide the users into parts of equal size, several times; shape (repeats, parts, n_users)."""
    label = np.array([rng.permutation(n_users) % parts for _ in range(repeats)]).reshape(repeats, 1, n_users)
    return np.asarray(label == np.arange(parts)[None, :, None])


def _own(halves: FloatArray) -> FloatArray:
    """Return <f_1, f_2> averaged over splits; `halves` has shape (..., n_splits, 2, m)."""
    return np.einsum("...km,...km->...", halves[..., 0, :], halves[..., 1, :]) / (halves.shape[-3] * halves.shape[-1])


def corrected_cosine(first: Fits, second: Fits) -> tuple[float, float, float]:
    """Return the corrected cosine of two communities, its standard error and degrees of freedom (0: no interval)."""
    if first.halves.shape[0] == 0 or second.halves.shape[0] == 0:
        return math.nan, math.nan, 0.0
    own = (_own(first.halves), _own(second.halves))
    mean = (first.halves.mean(axis=(0, 1)), second.halves.mean(axis=(0, 1)))
    value = float(_corrected(np.mean(mean[0] * mean[1]), *own))
    if first.without.shape[0] == 0 or second.without.shape[0] == 0:
        return value, math.nan, 0.0
    variances, freedoms = [], []
    for fits, other, own_of_other in ((first, mean[1], own[1]), (second, mean[0], own[0])):
        shared = fits.without.mean(axis=(1, 2)) @ other / other.size
        replicate = _corrected(shared, _own(fits.without), own_of_other)
        n_groups = replicate.size
        variances.append((n_groups - 1) * float(replicate.var()))
        freedoms.append(n_groups - 1)
    total = sum(variances)
    if not total > 0:
        return value, total, float(min(freedoms)) if total == 0 else 0.0
    return value, math.sqrt(total), total**2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))


def _corrected(shared: ArrayLike, own: ArrayLike, other: ArrayLike) -> FloatArray:
    """Return <a, b> / sqrt(<a1, a2> <b1, b2>); NaN where a reliability is not positive."""
    a, b = np.asarray(own, dtype=np.float64), np.asarray(other, dtype=np.float64)
    square = np.where((a > 0) & (b > 0), a * b, np.nan)
    return np.asarray(shared / np.sqrt(square))


def noise_floor(fits: Fits, level: float, n_pairs: int, n_users: int) -> Estimate:
    """Return the distance between two halves of one community over random halvings; NaN with too few users."""
    if fits.quarters.shape[0] == 0:
        return Estimate(math.nan, (Interval(level, math.nan, math.nan),), n_pairs, n_users)
    gram = np.einsum("hpm,hqm->hpq", fits.quarters, fits.quarters) / fits.quarters.shape[-1]
    shared = gram[:, :2, 2:].mean(axis=(1, 2))
    cosine = _corrected(shared, gram[:, 0, 1], gram[:, 2, 3])
    cosine = np.where(np.isnan(cosine), 0.0, cosine)
    low, high = np.quantile(cosine, [(1 - level) / 2, (1 + level) / 2])
    ends = Interval(level, angle(float(high)), angle(float(low)))
    return Estimate(angle(float(cosine.mean())), (ends,), n_pairs, n_users)
