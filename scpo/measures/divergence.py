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
unrelated, 0.5. Halves are half as large as communities, so the floor is on the cautious side; it is a picture of what
chance makes, not a test. **Whether** two communities differ is said by a permutation test over users, adjusted by Holm
over all couples (`scpo.measures.permutation`).

**A lower bound.** Models tell apart what their features hold. Tastes that differ in anything else leave no trace, so a
distance is a lower bound set by the model's features, and it lies between fitted models, not people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.accuracy import accuracy_estimate
from scpo.measures.community import CommunityPairs, common_pairs, shared_ridge
from scpo.measures.divergence_fit import angle, corrected_cosine, fit_parts, noise_floor
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval, t_intervals
from scpo.measures.permutation import CoupleTests, couple_tests
from scpo.measures.written import Written


@dataclass(frozen=True, eq=False)
class Divergence(Written):
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
    p, holm : ndarray, shape (n_communities, n_communities), in [0, 1]
        Of the permutation test of each couple, and adjusted over the couples of the family of communities that was
        tested together. NaN on the diagonal and for communities outside the family.
    """

    countries: tuple[str, ...]
    n_users: tuple[int, ...]
    distance: tuple[tuple[Estimate, ...], ...]
    noise_floor: tuple[Estimate, ...]
    to_global: tuple[Estimate, ...]
    p: FloatArray
    holm: FloatArray

    def cells(self, name: str) -> FloatArray:
        """Return `value`, `low` or `high` of all distances, shape (n_communities, n_communities)."""
        return np.array([[getattr(cell, name) for cell in row] for row in self.distance], dtype=np.float64)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` has written."""
        return cls(
            countries=tuple(document["countries"]),
            n_users=tuple(document["n_users"]),
            distance=tuple(tuple(Estimate.from_json(cell) for cell in row) for row in document["distance"]),
            noise_floor=tuple(Estimate.from_json(one) for one in document["noise_floor"]),
            to_global=tuple(Estimate.from_json(one) for one in document["to_global"]),
            p=np.array(document["p"], dtype=np.float64),
            holm=np.array(document["holm"], dtype=np.float64),
        )


def disagreement_with_global(gap: ArrayLike, user_id: ArrayLike, config: EvaluationConfig) -> Estimate:
    """Estimate the share of pairs on which the global model disagrees with the person, gap < 0 (ties do not count)."""
    return accuracy_estimate(-np.asarray(gap, dtype=np.float64), user_id, level=config.level)


def divergence(
    communities: Sequence[CommunityPairs],
    head: ArrayLike,
    *,
    config: EvaluationConfig,
    tests: CoupleTests | None = None,
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
    tests : CoupleTests, optional
        Of the family that these communities are part of; by default these communities are the whole family.
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
    judged, ridge = common_pairs(communities, seed=config.seed), shared_ridge(communities)
    users = [np.unique(np.asarray(one.user_id, dtype=str)).size for one in communities]
    fits = []
    for number, one in enumerate(communities):
        on_progress(number, len(communities))
        fits.append(fit_parts(one, head, judged, ridge=ridge, seed=[config.seed, number]))
    on_progress(len(communities), len(communities))
    cells: dict[tuple[int, int], Estimate] = {}
    for first, one in enumerate(communities):
        total = one.gap.size
        cells[first, first] = Estimate(0.0, (Interval(config.level, 0.0, 0.0),), total, users[first])
        for second in range(first):
            cosine, spread, degrees = corrected_cosine(fits[first], fits[second])
            (ends,) = t_intervals(cosine, spread, degrees, [config.level])
            cells[first, second] = cells[second, first] = Estimate(
                value=angle(cosine),
                intervals=(Interval(config.level, angle(ends.high), angle(ends.low)),),
                n_pairs=total + communities[second].gap.size,
                n_users=users[first] + users[second],
            )
    family = couple_tests(communities, head, seed=config.seed) if tests is None else tests
    p, adjusted = family.of([one.name for one in communities])
    numbers = range(len(communities))
    return Divergence(
        countries=tuple(one.name for one in communities),
        n_users=tuple(users),
        distance=tuple(tuple(cells[row, column] for column in numbers) for row in numbers),
        noise_floor=tuple(
            noise_floor(fits[number], config.level, communities[number].gap.size, users[number]) for number in numbers
        ),
        to_global=tuple(_at_asked_level(disagreement_with_global(one.gap, one.user_id, config)) for one in communities),
        p=p,
        holm=adjusted,
    )


def _at_asked_level(one: Estimate) -> Estimate:
    return replace(one, intervals=one.intervals[:1])
