r"""Are communities apart, or did they only ask other things? Distances and gains with topics matched.

Pairs fall into *strata*: the type of the conversation and the topic of the prompt. For two communities the overlap
weights

.. math:: w_A(s) \propto \min(p_A(s), p_B(s)) / p_A(s)

turn the strata of both into the same mixture, that of what they have in common (Li, Morgan and Zaslavsky, Journal of
the American Statistical Association 113, 2018); they have mean 1 over a community's pairs and are cut at `MOST_WEIGHT`.
Both communities' models are fitted anew with them, and their distance on the same common pairs is that of
`scpo.measures.divergence`, corrected by split halves, with its interval. If people only differ in what they ask, no
distance is left.

The control for gains: a model trained on everybody else's pairs, weighted :math:`p_C(s) / p_{others}(s)` to what the
country asks, with as much weight in all as the country's own pairs have. What it gains, the topics alone give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from scpo.arrays import FloatArray
from scpo.measures.community import CommunityPairs
from scpo.measures.divergence_fit import Fits, angle, corrected_cosine, fit_parts
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval, t_intervals

MOST_WEIGHT = 10.0
"""Largest weight of a pair, in units of the mean: one stratum of a few pairs must not speak for a community."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """What two communities have in common of what they ask.

    Attributes
    ----------
    first, second : ndarray, shape (n_pairs,)
        Weights of their pairs, mean 1 before the cut; 0 in strata that the other does not have.
    share : float, in [0, 1]
        Sum over strata of the smaller share: 1 if both ask alike, 0 if they have no stratum in common.
    """

    first: FloatArray
    second: FloatArray
    share: float


@dataclass(frozen=True)
class Distance:
    """A distance between two communities, and the test against 0.

    Attributes
    ----------
    estimate : Estimate
        As on the page of divergences; `n_pairs` and `n_users` are those with weight, of both communities together.
    fewest_users : int
        Of the two communities.
    p : float, in [0, 1]
        The smallest alpha at which the interval excludes 0; NaN without interval.
    """

    estimate: Estimate
    fewest_users: int
    p: float


def shares(stratum: ArrayLike) -> dict[str, float]:
    """Return the share of pairs in each stratum, shape (n_pairs,) of str."""
    names, counts = np.unique(np.asarray(stratum, dtype=str), return_counts=True)
    return dict(zip(names.tolist(), (counts / max(1, counts.sum())).tolist(), strict=True))


def overlap(first: ArrayLike, second: ArrayLike) -> Overlap:
    """Weigh the pairs of two communities so that both have the strata of their overlap.

    Parameters
    ----------
    first, second : array_like of str, shape (n_pairs,)
        Stratum of each pair.
    """
    own, other = shares(first), shares(second)
    common = {name: min(share, other.get(name, 0.0)) for name, share in own.items()}
    total = sum(common.values())
    return Overlap(_weights(first, common, own, total), _weights(second, common, other, total), total)


def to_strata_of(others: ArrayLike, country: ArrayLike) -> FloatArray:
    """Weigh other people's pairs so that they have the strata of a country.

    Parameters
    ----------
    others, country : array_like of str, shape (n_pairs,)
        Stratum of each pair.

    Returns
    -------
    ndarray, shape (n_other_pairs,)
        At most `MOST_WEIGHT`, then scaled so that they sum to the number of the country's pairs; all 0 without a common
        stratum.
    """
    own = shares(country)
    found = _weights(others, own, shares(others), 1.0)
    total = float(found.sum())
    return found * (np.asarray(country).size / total) if total > 0 else found


def _weights(stratum: ArrayLike, wanted: dict[str, float], own: dict[str, float], total: float) -> FloatArray:
    """Return wanted share / own share of each pair's stratum, divided by the total, cut."""
    each = {name: wanted.get(name, 0.0) / share / total if total > 0 else 0.0 for name, share in own.items()}
    weight = np.array([each[name] for name in np.asarray(stratum, dtype=str).tolist()], dtype=np.float64)
    return np.minimum(weight, MOST_WEIGHT)


def community_fits(
    pairs: CommunityPairs,
    head: ArrayLike,
    common: CommunityPairs,
    *,
    ridge: float,
    seed: list[int],
    weight: FloatArray | None = None,
) -> tuple[CommunityPairs, Fits]:
    """Fit a community on the parts of its users that a distance needs.

    Parameters
    ----------
    pairs, head, common, ridge, seed
        As for `scpo.measures.divergence_fit.fit_parts`.
    weight : ndarray, shape (n_pairs,), optional
        Pairs without weight are left out, and so are users who have no others.

    Returns
    -------
    CommunityPairs, Fits
        The pairs that count, and the models of their users.
    """
    if weight is not None:
        kept = weight > 0
        pairs = replace(
            pairs, differences=pairs.differences[kept], gap=pairs.gap[kept], user_id=np.asarray(pairs.user_id)[kept]
        )
        weight = weight[kept]
    return pairs, fit_parts(pairs, head, common, ridge=ridge, seed=seed, weight=weight, halvings=0)


def distance(first: tuple[CommunityPairs, Fits], second: tuple[CommunityPairs, Fits], *, level: float) -> Distance:
    """Return the distance of two communities from what `community_fits` has made of them."""
    cosine, error, degrees = corrected_cosine(first[1], second[1])
    (ends,) = t_intervals(cosine, error, degrees, [level])
    users = [np.unique(np.asarray(pairs.user_id, dtype=str)).size for pairs, _ in (first, second)]
    estimate = Estimate(
        value=angle(cosine),
        intervals=(Interval(level, angle(ends.high), angle(ends.low)),),
        n_pairs=first[0].gap.size + second[0].gap.size,
        n_users=sum(users),
    )
    p = 2 * float(stdtr(degrees, -abs(1 - cosine) / error)) if error > 0 else math.nan
    return Distance(estimate, min(users), p)
