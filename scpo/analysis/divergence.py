"""How far apart the preferences of communities are, beyond what chance makes of few users.

**Measure.** For each community a last-layer preference model is fitted around the global head (`scpo.method.preview`,
all pairs, weight 1, a ridge proportional to the number of pairs, so that small and large communities are pulled alike).
All models judge the same *common* pairs of responses; f_A(z) is the probability with which A's model prefers one
response of pair z to the other, minus the global model's. The distance is the root mean square difference of these
probabilities,

.. math:: \\delta(A, B) = \\sqrt{D^2}, \\qquad D^2 = \\tfrac{1}{m} \\sum_z (f_A(z) - f_B(z))^2,

in [0, 1]: 0.05 says that the two communities' models differ by five points of probability on a typical pair.

**Why this one.** It compares people on the same responses, so it does not mistake other questions for other tastes, and
it can be estimated without the bias that noise adds to every squared distance. Plugging fitted models in would call any
two small samples different. Here each community's users are split into halves 1 and 2, fitted separately; with
:math:`\\langle f, g \\rangle = \\tfrac{1}{m} \\sum_z f(z) g(z)`

.. math:: \\hat D^2 = \\langle f_{A1}, f_{A2} \\rangle + \\langle f_{B1}, f_{B2} \\rangle
          - 2 \\langle \\bar f_A, \\bar f_B \\rangle,

averaged over random splits (a bar is the mean over halves and splits). No product holds the same user twice, so the
errors cancel in expectation: for two samples of one population :math:`\\hat D^2` is 0 in expectation (cross-validated
distances: Walther et al., NeuroImage 137, 2016). It can be negative; the distance is then written with a minus sign,
``sign(D2) sqrt(|D2|)``, and means "no difference found". The ridge shrinks all distances; compare them with each other.

**Intervals** are approximate: a delete-a-group jackknife over users (up to `JACKKNIFE_GROUPS` refits of each half), its
variances of both communities added, a t interval on the scale of :math:`\\hat D^2` whose ends are then rooted.
**Noise floor**: the same distance between two random halves of one community, over random halvings; its interval holds
the central share `level` of them. Halves are half as large as communities, so the floor is on the cautious side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, stdtrit

from scpo.analysis.accuracy import accuracy_estimate
from scpo.analysis.estimates import Estimate
from scpo.analysis.resampling import UserResamples
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.method.preview import PreferenceFeatures, Projected, fit_heads, project

FloatArray = NDArray[np.float64]

RIDGE_PER_PAIR = 0.005
"""Ridge = this x number of pairs x mean squared length of a feature difference (over all communities)."""

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

    def to_json(self) -> dict[str, Any]:
        """Return the contract of ``scpo divergence --json``."""
        return {
            "countries": list(self.countries),
            "n_users": list(self.n_users),
            "distance": [[cell.to_json() for cell in row] for row in self.distance],
            "noise_floor": [one.to_json() for one in self.noise_floor],
            "to_global": [one.to_json() for one in self.to_global],
        }


def disagreement_with_global(gap: ArrayLike, user_id: ArrayLike, config: EvaluationConfig) -> Estimate:
    """Estimate the share of pairs on which the global model disagrees with the person, gap < 0 (ties do not count)."""
    resamples = UserResamples.draw(user_id, resamples=config.resamples, seed=config.seed)
    return accuracy_estimate(-np.asarray(gap, dtype=np.float64), user_id, resamples, level=config.level)


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
    """Preference probabilities minus the global ones on the common pairs, of models on parts of a community's users.

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
    fits = [
        _fit(one, head, judged, ridge=ridge_per_pair * (squared or 1.0), seed=[config.seed, number])
        for number, one in enumerate(communities)
    ]
    cells: dict[tuple[int, int], Estimate] = {}
    for first, one in enumerate(communities):
        total = one.gap.size
        cells[first, first] = Estimate(0.0, 0.0, 0.0, config.level, total, users[first])
        for second in range(first):
            value, spread, degrees = _distance(fits[first], fits[second], (users[first], users[second]))
            reach = spread * -float(stdtrit(degrees, (1 - config.level) / 2)) if degrees > 0 else math.nan
            cells[first, second] = cells[second, first] = Estimate(
                value=_root(value),
                low=_root(value - reach),
                high=_root(value + reach),
                level=config.level,
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
        to_global=tuple(disagreement_with_global(one.gap, one.user_id, config) for one in communities),
    )


def _root(squared: float) -> float:
    """Return the root with the sign of the squared distance; NaN stays NaN."""
    return math.copysign(math.sqrt(abs(squared)), squared)


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
    probability = expit(fit.gaps(judged)) - expit(common.gap)
    first, second = halves.shape[0] * 2, others.shape[0] * halves.shape[0] * 2
    return _Fits(
        halves=probability[:first].reshape(n_splits, 2, m),
        without=probability[first : first + second].reshape(n_groups, n_splits, 2, m),
        quarters=probability[first + second :].reshape(n_halvings, 4, m),
    )


def _parts(rng: np.random.Generator, n_users: int, repeats: int, parts: int) -> NDArray[np.bool_]:
    """Divide the users into parts of equal size, several times; shape (repeats, parts, n_users)."""
    label = np.array([rng.permutation(n_users) % parts for _ in range(repeats)]).reshape(repeats, 1, n_users)
    return np.asarray(label == np.arange(parts)[None, :, None])


def _own(halves: FloatArray) -> FloatArray:
    """Return <f_1, f_2> averaged over splits; `halves` has shape (..., n_splits, 2, m)."""
    return np.einsum("...km,...km->...", halves[..., 0, :], halves[..., 1, :]) / (halves.shape[-3] * halves.shape[-1])


def _distance(first: _Fits, second: _Fits, n_users: tuple[int, int]) -> tuple[float, float, float]:
    """Return the squared distance of two communities, its standard error and degrees of freedom (0: no interval)."""
    if first.halves.shape[0] == 0 or second.halves.shape[0] == 0:
        return math.nan, math.nan, 0.0
    own = (float(_own(first.halves)), float(_own(second.halves)))
    mean = (first.halves.mean(axis=(0, 1)), second.halves.mean(axis=(0, 1)))
    value = own[0] + own[1] - 2 * float(np.mean(mean[0] * mean[1]))
    if first.without.shape[0] == 0 or second.without.shape[0] == 0:
        return value, math.nan, 0.0
    variances, freedoms = [], []
    for fits, other in ((first, mean[1]), (second, mean[0])):
        replicate = _own(fits.without) - 2 * fits.without.mean(axis=(1, 2)) @ other / other.size
        n_groups = replicate.size
        variances.append((n_groups - 1) * float(replicate.var()))
        freedoms.append(n_groups - 1)
    total = sum(variances)
    if total == 0:
        return value, 0.0, float(min(freedoms))
    return value, math.sqrt(total), total**2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))


def _floor(fits: _Fits, level: float, n_pairs: int, n_users: int) -> Estimate:
    """Return the distance between two halves of one community over random halvings; NaN with too few users."""
    if fits.quarters.shape[0] == 0:
        return Estimate(math.nan, math.nan, math.nan, level, n_pairs, n_users)
    gram = np.einsum("hpm,hqm->hpq", fits.quarters, fits.quarters) / fits.quarters.shape[-1]
    squared = gram[:, 0, 1] + gram[:, 2, 3] - gram[:, :2, 2:].mean(axis=(1, 2)) * 2
    low, high = np.quantile(squared, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(_root(float(squared.mean())), _root(float(low)), _root(float(high)), level, n_pairs, n_users)
