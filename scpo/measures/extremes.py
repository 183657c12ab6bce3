r"""The worst of several groups, and the gap between the best and the worst, with intervals that know of the choice.

The lowest of several noisy numbers is too low, the gap between the highest and the lowest too wide: where all groups
are equal, a bootstrap of the gap never covers the truth. So all groups, or all couples of groups, are bounded
*together* and the bounds of the extremes follow. With :math:`q` the quantile of the largest studentised deviation,

.. math:: \min_g (\hat\theta_g - q\,se_g) \le \min_g \theta_g \le \min_g (\hat\theta_g + q\,se_g), \qquad
          \max_{g,h} (|\hat\theta_g - \hat\theta_h| - q\,se_{gh}) \le \max_g \theta_g - \min_g \theta_g \le
          \max_{g,h} (|\hat\theta_g - \hat\theta_h| + q\,se_{gh})

hold with at least the asked probability, whichever group is the worst. The deviations are drawn from the jackknife
over users: normal with its covariance between groups, studentised with a variance of n - 1 degrees of freedom per
group (simultaneous inference: Hothorn, Bretz and Westfall, Biometrical Journal 50, 2008). `p` is the smallest alpha at
which the interval of the gap excludes 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scpo.arrays import FloatArray, StrArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered, cautious_error
from scpo.measures.estimate import Estimate, asked_levels
from scpo.measures.intervals import Interval
from scpo.measures.written import Written

DRAWS = 4000
"""Draws of the largest deviation: its quantile at 95 % is known to about 0.03 standard errors."""

SMALLEST = 1e-18
"""Least variance of a difference between two groups: shared users may leave none."""


@dataclass(frozen=True)
class Extremes(Written):
    """The worst and the best of several groups.

    Attributes
    ----------
    worst, best : str
        Names of the groups with the lowest and the highest number; equal ones by name.
    lowest : Estimate
        The lowest number, with its interval whichever group has it.
    gap : Estimate
        Highest minus lowest, >= 0, with its interval and its p against equal groups.
    by_chance : float
        Mean gap of so many groups of such users that do not differ.
    n_groups : int
    """

    worst: str
    best: str
    lowest: Estimate
    gap: Estimate
    by_chance: float
    n_groups: int


def extremes(
    numbers: Mapping[str, Clustered], users: Mapping[str, StrArray], *, level: float, seed: int = 0
) -> Extremes:
    """Find the worst and the best group.

    Parameters
    ----------
    numbers : mapping
        The number of each group: shares, or paired differences. All with at least two users.
    users : mapping
        The users of each group, sorted and distinct, as `Clustered.without` counts them; groups may share users.
    level : float, in (0, 1)
    seed : int
        Of the draws.

    Raises
    ------
    InputError
        If there are fewer than two groups, or a group has no standard error.
    """
    names = sorted(numbers)
    if len(names) < 2:
        raise InputError(f"a worst and a best group need two groups, got {len(names)}")
    value = np.array([numbers[name].value for name in names])
    covariance = _covariance([numbers[name] for name in names], [users[name] for name in names])
    if not np.isfinite(covariance).all():
        raise InputError("every group needs two users or more: leave the others out, and say so")
    rng = np.random.default_rng(seed)
    degrees = np.array([numbers[name].n_users - 1 for name in names], dtype=np.float64)
    drawn = rng.standard_normal((DRAWS, len(names))) @ _root(covariance)
    spread = rng.chisquare(degrees, size=(DRAWS, len(names))) / degrees
    one, other = np.triu_indices(len(names), 1)
    variance = np.diag(covariance)
    error = np.sqrt(variance)
    alone = np.abs(drawn) / (error * np.sqrt(spread))
    both = variance[one] + variance[other]
    couple = np.sqrt(np.maximum(both - 2 * covariance[one, other], SMALLEST))
    estimated = (variance[one] * spread[:, one] + variance[other] * spread[:, other]) / both
    together = np.abs(drawn[:, one] - drawn[:, other]) / (couple * np.sqrt(estimated))
    apart, largest = np.abs(value[one] - value[other]), together.max(axis=1)
    n_pairs = sum(numbers[name].n_pairs for name in names)
    n_users = np.unique(np.concatenate([users[name] for name in names])).size
    lowest, gap = [], []
    for wanted in asked_levels(level):
        q = float(np.quantile(alone.max(axis=1), wanted))
        lowest.append(Interval(wanted, float((value - q * error).min()), float((value + q * error).min())))
        q = float(np.quantile(largest, wanted))
        ends = float((apart - q * couple).max()), float((apart + q * couple).max())
        gap.append(Interval(wanted, max(ends[0], 0.0), ends[1]))
    p = (1 + np.count_nonzero(largest >= (apart / couple).max())) / (DRAWS + 1)
    width = float(value.max() - value.min())
    return Extremes(
        worst=names[int(value.argmin())],
        best=names[int(value.argmax())],
        lowest=_within(float(value.min()), lowest, n_pairs, n_users, numbers[names[0]].is_difference),
        gap=Estimate(width, tuple(gap), n_pairs, n_users, is_difference=True, p=float(p)),
        by_chance=float(np.ptp(drawn, axis=1).mean()),
        n_groups=len(names),
    )


def _covariance(numbers: list[Clustered], users: list[StrArray]) -> FloatArray:
    """Return the jackknife covariance of the numbers: what their users share moves them together."""
    everybody = np.unique(np.concatenate(users))
    moves = np.zeros((everybody.size, len(numbers)))
    for column, (number, mine) in enumerate(zip(numbers, users, strict=True)):
        if number.without.size != mine.size:
            raise InputError(f"{mine.size} users do not fit to a number of {number.without.size}")
        scale = math.sqrt((number.n_users - 1) / number.n_users) if number.n_users > 1 else math.nan
        moves[np.searchsorted(everybody, mine), column] = scale * (number.without - number.value)
    covariance: FloatArray = moves.T @ moves
    # Where no user differs from another the jackknife has no spread: that of the exact interval of so many users.
    covariance[np.diag_indices(len(numbers))] = [cautious_error(number) ** 2 for number in numbers]
    return covariance


def _root(covariance: FloatArray) -> FloatArray:
    """Return the symmetric root: unlike other roots it is the same on every machine."""
    values, vectors = np.linalg.eigh(covariance)
    root: FloatArray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _within(value: float, ends: list[Interval], n_pairs: int, n_users: int, is_difference: bool) -> Estimate:
    """Return the lowest number with its ends inside what it can be."""
    least = -1.0 if is_difference else 0.0
    inside = tuple(Interval(one.level, max(one.low, least), min(one.high, 1.0)) for one in ends)
    return Estimate(value, inside, n_pairs, n_users)
