r"""From numbers with a jackknife standard error to intervals and p-values.

A share has a t interval on the logit scale, :math:`\sigma(\mathrm{logit}\,\theta \mp t_{n-1} se /
(\theta (1 - \theta)))`, which keeps inside [0, 1] and covers 92 to 97 % at 95 % from five users on; a difference
one on its own scale, and :math:`p = 2 t_{n-1}(-|d| / se)`, so that p < alpha exactly where the interval of level
1 - alpha excludes 0. Where no user differs from another the standard error is 0 and says nothing. There

- a share has the exact (Clopper-Pearson) interval with users as trials: a user's pairs are one trial;
- a difference of 0 for every user has :math:`\pm (1 - (\alpha/2)^{1/n})`: the largest share of users that may still
  differ, and p = 1;
- an equal difference of every user has the sign test over users: :math:`p = 2^{1-n}`.

A mean over countries that is 0 or 1 has the t interval on its own scale, cut to [0, 1]: the logit has no end there.

A share with another, independent error (`Clustered.widened`) has both: the squares of the distances from the value to
each end are added (Zou and Donner, Statistics in Medicine 27, 2008), cut to [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, logit, stdtr, stdtrit

from scpo.errors import InputError
from scpo.measures.clustered import NO_SPREAD, Clustered, widest

ALPHA = 0.05
"""Level of all tests."""


class Interval(NamedTuple):
    """Both ends of an interval of a confidence level; NaN where there is none."""

    level: float
    low: float
    high: float


def intervals(number: Clustered, levels: Sequence[float]) -> tuple[Interval, ...]:
    """Return the intervals of a number (see the module's text).

    Parameters
    ----------
    number : Clustered
    levels : sequence of float, in (0, 1)
        Confidence levels, for example 0.95 and 0.80.

    Returns
    -------
    tuple of Interval
        One per level; NaN with fewer than two users. A value fixed by construction has intervals of width 0.

    Raises
    ------
    InputError
        If a level is not in (0, 1).
    """
    for level in levels:
        if not 0 < level < 1:
            raise InputError(f"level must be in (0, 1), got {level}")
    if number.exact and number.n_pairs:
        return tuple(Interval(level, number.value, number.value) for level in levels)
    if not math.isfinite(number.value) or not math.isfinite(number.error):
        return tuple(Interval(level, math.nan, math.nan) for level in levels)
    if number.other_error > 0:
        return tuple(_with_other_error(number, one) for one in intervals(replace(number, other_error=0.0), levels))
    if not number.has_spread:
        return tuple(_without_spread(number, level) for level in levels)
    if number.is_difference:
        found = t_intervals(number.value, number.error, number.degrees, levels)
        return tuple(Interval(level, max(low, -1.0), min(high, 1.0)) for level, low, high in found)
    if not NO_SPREAD < number.value < 1 - NO_SPREAD:  # a mean of countries may be 0 or 1 and have spread
        found = t_intervals(number.value, number.error, number.degrees, levels)
        return tuple(Interval(level, max(low, 0.0), min(high, 1.0)) for level, low, high in found)
    reach = number.error / (number.value * (1 - number.value))
    found = t_intervals(float(logit(number.value)), reach, number.degrees, levels)
    return tuple(Interval(level, float(expit(low)), float(expit(high))) for level, low, high in found)


def _with_other_error(number: Clustered, over_users: Interval) -> Interval:
    """Return the interval of a share plus an independent error: the squares of both distances to each end add up."""
    reach = -float(stdtrit(number.other_degrees, (1 - over_users.level) / 2)) * number.other_error
    low = number.value - math.hypot(number.value - over_users.low, reach)
    high = number.value + math.hypot(over_users.high - number.value, reach)
    return Interval(over_users.level, max(low, 0.0), min(high, 1.0))


def t_intervals(value: float, error: float, degrees: float, levels: Sequence[float]) -> tuple[Interval, ...]:
    """Return the t intervals of a number with a standard error, one per level; NaN where the error is NaN."""
    reaches = -stdtrit(degrees, (1 - np.asarray(levels)) / 2) * error
    return tuple(
        Interval(level, value - reach, value + reach) for level, reach in zip(levels, reaches.tolist(), strict=True)
    )


def _without_spread(number: Clustered, level: float) -> Interval:
    """Return the interval where no user differs from another."""
    alpha, n = 1 - level, number.n_users
    if not number.is_difference:
        hits = min(max(number.value, 0.0), 1.0) * n
        low = 0.0 if hits <= NO_SPREAD else float(betaincinv(hits, n - hits + 1, alpha / 2))
        high = 1.0 if n - hits <= NO_SPREAD else float(betaincinv(hits + 1, n - hits, 1 - alpha / 2))
        return Interval(level, low, high)
    if abs(number.value) <= NO_SPREAD:
        return Interval(level, -widest(n, alpha), widest(n, alpha))
    if _sign_test(n) < alpha:
        return Interval(level, number.value, number.value)
    return Interval(level, -1.0, 1.0)


def _sign_test(n_users: int) -> float:
    """Return the two-sided p of n users who all differ in the same direction."""
    return min(1.0, 2.0 ** (1 - n_users))


def p_value(number: Clustered) -> float:
    """Return the smallest alpha at which the interval of level 1 - alpha excludes 0; NaN where there is none."""
    if number.exact or not math.isfinite(number.value) or not math.isfinite(number.error):
        return math.nan
    if not number.has_spread:
        return 1.0 if abs(number.value) <= NO_SPREAD else _sign_test(number.n_users)
    return 2 * float(stdtr(number.degrees, -abs(number.value) / number.error))


def smallest_visible(number: Clustered, *, power: float = 0.8) -> float:
    """Return the smallest difference that would have been seen at `ALPHA` with this power: ``(t_.975 + t_power) se``.

    NaN with fewer than two users, and where no user differs from another, so that there is no standard error.
    """
    if not number.has_spread:
        return math.nan
    return number.error * float(stdtrit(number.degrees, 1 - ALPHA / 2) + stdtrit(number.degrees, power))


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values of one family for multiple testing.

    Parameters
    ----------
    p : array_like of float, any shape
        p-values; NaN is "not tested": it stays NaN and does not count.

    Returns
    -------
    ndarray of float64, same shape
        Step-down adjusted p-values: ``max over j <= i of min(1, (m - j + 1) p_(j))`` (Holm, Scandinavian Journal of
        Statistics 6, 1979).

    Examples
    --------
    >>> holm([0.01, float("nan"), 0.04])
    array([0.02,  nan, 0.04])
    """
    values = np.asarray(p, dtype=np.float64)
    tested = values[np.isfinite(values)]
    order = np.argsort(tested, kind="stable")
    steps = np.minimum(np.maximum.accumulate(tested[order] * (tested.size - np.arange(tested.size))), 1.0)
    adjusted = np.full(values.shape, np.nan)
    unsorted = np.empty(tested.size)
    unsorted[order] = steps
    adjusted[np.isfinite(values)] = unsorted
    return adjusted
