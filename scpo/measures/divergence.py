"""How far apart the preferences of communities are, beyond what chance makes of few users.

**Measure.** For each community a last-layer preference model is fitted around the global head (`scpo.method.preview`,
all pairs, weight 1, a small ridge proportional to the number of pairs). All models judge the same *common* pairs of
responses; u_A(z) is the gap that A's model gives to pair z, divided by the root mean square of A's gaps. The distance
is the angle between two such models,

.. math:: \\delta(A, B) = \\arccos(\\rho) / \\pi, \\qquad
          \\rho = \\tfrac{1}{m} \\sum_z u_A(z) u_B(z) = \\langle u_A, u_B \\rangle,

in [0, 1]. For gaps that are jointly normal it is the share of pairs which the two models rank the other way round
(Sheppard 1899): 0.05 says that they order about five of a hundred common pairs differently; unrelated tastes are 0.5
apart, opposite ones 1.

**Why this one.** It compares people on the same responses, so it does not mistake other questions for other tastes. It
looks at the direction of preferences, not at how sharp they are: a community whose scores are noisier has a model with
smaller gaps, and any distance between probabilities mostly measures that. And it can be freed from the error that few
users leave: plugging fitted models in would call any two small samples different. Here each community's users are split
into halves 1 and 2, fitted separately, and

.. math:: \\hat\\rho = \\langle \\bar u_A, \\bar u_B \\rangle /
          \\sqrt{\\langle u_{A1}, u_{A2} \\rangle \\langle u_{B1}, u_{B2} \\rangle},

products averaged over random splits (a bar is the mean over halves and splits): the correlation corrected for
attenuation by the reliability of both models (Spearman 1904). No product holds the same user twice, so the errors
cancel in expectation, and two samples of one population have :math:`\\hat\\rho` around 1, on either side of it. Above 1
the distance is written with a minus sign, mirrored at 0, and means "no difference found". A community whose two halves
do not resemble each other at all has no distance: NaN.

**Intervals** are approximate: a delete-a-group jackknife over users (up to `JACKKNIFE_GROUPS` refits of each half), its
variances of both communities added, a t interval on the scale of :math:`\\hat\\rho` whose ends are then turned into
distances. **Noise floor**: the same distance between two random halves of one community, over random halvings; its
interval holds the central share `level` of them; a halving whose quarters do not resemble each other counts as
unrelated, 0.5. Halves are half as large as communities, so the floor is on the cautious side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.accuracy import accuracy_estimate
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval, t_intervals
from scpo.method.heads import PreferenceFeatures, Projected, fit_heads, project

FloatArray = NDArray[np.float64]

RIDGE_PER_PAIR = 5e-6
"""Ridge = this x number of pairs x mean squared length of a feature difference (over all communities). Small, because a
pull towards the global head makes all communities alike; on the sample distances follow the truth from 1e-7 to 1e-5."""

SPLITS = 12
JACKKNIFE_GROUPS = 10
HALVINGS = 24
FEWEST_USERS = 4
"""A distance needs two users in each half; fewer give NaN."""
FEWEST_FOR_INTERVAL = 8
"""Below this many users a community's distances have no interval and it has no noise floor: quarters need two users."""


@dataclass(frozen=True, eq=False)
class CommunityPairs:
    """The pairs of one community.

    Attributes
    ----------
    name : str
    differences : ndarray, shape (n_pairs, n_features)
        Features of the chosen minus features of the rejected response.
    gap : ndarray, shape (n_pairs,)
        Gap of the global model.
    user_id : ndarray of str, shape (n_pairs,)
    """

    name: str
    differences: NDArray[np.floating[Any]]
    gap: FloatArray
    user_id: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Divergence:
    """Distances between communities, their noise floor, and disagreement with the global model.

    All estimates have the asked level alone, so that what is kept is what was computed.

    Attributes
    ----------
    countries : tuple of str
    n_users : tuple of int
    distance : tuple of tuple of Estimate
        Symmetric; 0 on the diagonal. ``n_users`` and ``n_pairs`` are those of both communities together.
    noise_floor : tuple of Estimate
        Distance between two halves of a community: mean, and central interval over random halvings.
    to_global : tuple of Estimate
        Share of a community's pairs on which the global model disagrees (gap < 0).
    """

    countries: tuple[str, ...]
    n_users: tuple[int, ...]
    distance: tuple[tuple[Estimate, ...], ...]
    noise_floor: tuple[Estimate, ...]
    to_global: tuple[Estimate, ...]

    def cells(self, name: str) -> FloatArray:
        """Return `value`, `low` or `high` of all distances, shape (n_communities, n_communities)."""
        return np.array([[getattr(cell, name) for cell in row] for row in self.distance], dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return the contract of ``scpo divergence --json``."""
        return {
            "countries": list(self.countries),
            "n_users": list(self.n_users),
            "distance": [[cell.to_json() for cell in row] for row in self.distance],
            "noise_floor": [one.to_json() for one in self.noise_floor],
            "to_global": [one.to_json() for one in self.to_global],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` has written."""
        return cls(
            countries=tuple(document["countries"]),
            n_users=tuple(document["n_users"]),
            distance=tuple(tuple(Estimate.from_json(cell) for cell in row) for row in document["distance"]),
            noise_floor=tuple(Estimate.from_json(one) for one in document["noise_floor"]),
            to_global=tuple(Estimate.from_json(one) for one in document["to_global"]),
        )


def disagreement_with_global(gap: ArrayLike, user_id: ArrayLike, config: EvaluationConfig) -> Estimate:
    """Estimate the share of pairs on which the global model disagrees with the person, gap < 0 (ties do not count)."""
    return accuracy_estimate(-np.asarray(gap, dtype=np.float64), user_id, level=config.level)


def common_pairs(communities: Sequence[CommunityPairs], *, at_most: int = 1500, seed: int = 0) -> CommunityPairs:
    """Draw the pairs on which all models are compared: equally many of each community, at most `at_most` in all."""
    rng = np.random.default_rng(seed)
    each = min([at_most // max(len(communities), 1), *(one.gap.size for one in communities if one.gap.size)])
    drawn = [rng.choice(one.gap.size, size=min(each, one.gap.size), replace=False) for one in communities]
    together = list(zip(communities, drawn, strict=True))
    return CommunityPairs(
        name="common",
        differences=np.concatenate([one.differences[rows] for one, rows in together]),
        gap=np.concatenate([one.gap[rows] for one, rows in together]),
        user_id=np.concatenate([one.user_id[rows] for one, rows in together]),
    )


@dataclass(frozen=True, eq=False)
class _Fits:
    """Gaps of mean square 1 on the common pairs, of models on parts of a community's users.

    `halves` (n_splits, 2, m); `without` (n_groups, n_splits, 2, m), each without one group of users; `quarters`
    (n_halvings, 4, m). Empty along the first axis where there are too few users.
    """

    halves: FloatArray
    without: FloatArray
    quarters: FloatArray


def divergence(
    communities: Sequence[CommunityPairs],
    head: ArrayLike,
    *,
    config: EvaluationConfig,
    common: CommunityPairs | None = None,
    ridge_per_pair: float = RIDGE_PER_PAIR,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Divergence:
    """Measure the distances between communities (see the module's text for the measure and its intervals).

    Parameters
    ----------
    communities : sequence of CommunityPairs
        Every user belongs to one community only.
    head : array_like, shape (n_features,)
        Weight of the global model's last layer.
    config : EvaluationConfig
        Level and seed.
    common : CommunityPairs, optional
        Pairs on which all models are compared; by default `common_pairs`.
    ridge_per_pair : float, > 0
        Ridge for each pair, in units of the mean squared length of a feature difference.
    on_progress : callable
        Told how many communities are fitted, of how many; by far the longest part.

    Returns
    -------
    Divergence

    Raises
    ------
    InputError
        If there is no pair at all or shapes disagree.
    """
    n_pairs = sum(one.gap.size for one in communities)
    if n_pairs == 0:
        raise InputError("a divergence needs communities with pairs")
    judged = common_pairs(communities, seed=config.seed) if common is None else common
    squared = sum(float(np.square(one.differences, dtype=np.float64).sum()) for one in communities) / n_pairs
    users = [np.unique(np.asarray(one.user_id, dtype=str)).size for one in communities]
    fits = []
    for number, one in enumerate(communities):
        on_progress(number, len(communities))
        fits.append(_fit(one, head, judged, ridge=ridge_per_pair * (squared or 1.0), seed=[config.seed, number]))
    on_progress(len(communities), len(communities))
    cells: dict[tuple[int, int], Estimate] = {}
    for first, one in enumerate(communities):
        total = one.gap.size
        cells[first, first] = Estimate(0.0, (Interval(config.level, 0.0, 0.0),), total, users[first])
        for second in range(first):
            cosine, spread, degrees = _distance(fits[first], fits[second])
            (ends,) = t_intervals(cosine, spread, degrees, [config.level])
            cells[first, second] = cells[second, first] = Estimate(
                value=_angle(cosine),
                intervals=(Interval(config.level, _angle(ends.high), _angle(ends.low)),),
                n_pairs=total + communities[second].gap.size,
                n_users=users[first] + users[second],
            )
    numbers = range(len(communities))
    return Divergence(
        countries=tuple(one.name for one in communities),
        n_users=tuple(users),
        distance=tuple(tuple(cells[row, column] for column in numbers) for row in numbers),
        noise_floor=tuple(
            _floor(fits[number], config.level, communities[number].gap.size, users[number]) for number in numbers
        ),
        to_global=tuple(_at_asked_level(disagreement_with_global(one.gap, one.user_id, config)) for one in communities),
    )


def _at_asked_level(one: Estimate) -> Estimate:
    return replace(one, intervals=one.intervals[:1])


def _angle(cosine: float) -> float:
    """Return arccos / pi, mirrored at 0 for a cosine above 1; at most 1; NaN stays NaN."""
    if not math.isfinite(cosine):
        return math.nan
    beyond = 1 - cosine
    return math.copysign(math.acos(max(1 - abs(beyond), -1.0)) / math.pi, beyond)


def _fit(pairs: CommunityPairs, head: ArrayLike, common: CommunityPairs, *, ridge: float, seed: list[int]) -> _Fits:
    """Fit the models of one community on all the parts of its users that are needed, at once."""
    rng = np.random.default_rng(seed)
    names, member = np.unique(np.asarray(pairs.user_id, dtype=str), return_inverse=True)
    m, n_users = common.gap.size, names.size
    n_splits = SPLITS if n_users >= FEWEST_USERS else 0
    n_groups = min(JACKKNIFE_GROUPS, n_users) if n_users >= FEWEST_FOR_INTERVAL else 0
    n_halvings = HALVINGS if n_users >= FEWEST_FOR_INTERVAL else 0
    if n_splits == 0:
        return _Fits(np.empty((0, 2, m)), np.empty((0, 0, 2, m)), np.empty((0, 4, m)))

    halves = _parts(rng, n_users, n_splits, 2)
    group = rng.permutation(n_users) % max(n_groups, 1)
    others = (group != np.arange(n_groups)[:, None]).reshape(n_groups, 1, 1, n_users)
    quarters = _parts(rng, n_users, n_halvings, 4)
    chosen = np.concatenate(
        [halves.reshape(-1, n_users), (halves & others).reshape(-1, n_users), quarters.reshape(-1, n_users)]
    )
    features = PreferenceFeatures.build(pairs.differences, head, gap=pairs.gap)
    weight = chosen[:, member].astype(np.float64)
    fit = fit_heads(features, weight, ridge=ridge * np.maximum(weight.sum(axis=1), 1.0))
    judged: Projected = project(features, common.differences, gap=common.gap)
    gaps = fit.gaps(judged)
    size = np.sqrt(np.mean(gaps**2, axis=1, keepdims=True))
    unit = np.divide(gaps, size, out=np.zeros_like(gaps), where=size > 0)
    first, second = halves.shape[0] * 2, others.shape[0] * halves.shape[0] * 2
    return _Fits(
        halves=unit[:first].reshape(n_splits, 2, m),
        without=unit[first : first + second].reshape(n_groups, n_splits, 2, m),
        quarters=unit[first + second :].reshape(n_halvings, 4, m),
    )


def _parts(rng: np.random.Generator, n_users: int, repeats: int, parts: int) -> NDArray[np.bool_]:
    """Divide the users into parts of equal size, several times; shape (repeats, parts, n_users)."""
    label = np.array([rng.permutation(n_users) % parts for _ in range(repeats)]).reshape(repeats, 1, n_users)
    return np.asarray(label == np.arange(parts)[None, :, None])


def _own(halves: FloatArray) -> FloatArray:
    """Return <f_1, f_2> averaged over splits; `halves` has shape (..., n_splits, 2, m)."""
    return np.einsum("...km,...km->...", halves[..., 0, :], halves[..., 1, :]) / (halves.shape[-3] * halves.shape[-1])


def _distance(first: _Fits, second: _Fits) -> tuple[float, float, float]:
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


def _floor(fits: _Fits, level: float, n_pairs: int, n_users: int) -> Estimate:
    """Return the distance between two halves of one community over random halvings; NaN with too few users."""
    if fits.quarters.shape[0] == 0:
        return Estimate(math.nan, (Interval(level, math.nan, math.nan),), n_pairs, n_users)
    gram = np.einsum("hpm,hqm->hpq", fits.quarters, fits.quarters) / fits.quarters.shape[-1]
    shared = gram[:, :2, 2:].mean(axis=(1, 2))
    cosine = _corrected(shared, gram[:, 0, 1], gram[:, 2, 3])
    cosine = np.where(np.isnan(cosine), 0.0, cosine)
    low, high = np.quantile(cosine, [(1 - level) / 2, (1 + level) / 2])
    ends = Interval(level, _angle(float(high)), _angle(float(low)))
    return Estimate(_angle(float(cosine.mean())), (ends,), n_pairs, n_users)
