"""From resamples of users to intervals and p-values.

The percentile interval is too narrow for few users. It is expanded as by Hesterberg ("What Teachers Should Know About
the Bootstrap", The American Statistician 69(4), 2015): for a two-sided level of 1 - alpha and n users its
ends are the quantiles at :math:`\\alpha' = \\Phi(-\\sqrt{n / (n-1)} \\, t_{1 - \\alpha/2, n-1})` and
:math:`1 - \\alpha'` of the resamples. With very few users :math:`\\alpha'` lies beyond the most extreme of R resamples
(:math:`\\alpha' < 1 / (R + 1)`); there each end is the wider of that resample and the t interval
:math:`v \\pm t \\sqrt{n / (n-1)} \\, s`, where s is the standard deviation over the resamples. The intervals of all
levels are nested, and the p-value is the smallest alpha whose interval excludes 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from scpo.errors import InputError
from scpo.measures.resampling import Resampled

FloatArray = NDArray[np.float64]

NO_SPREAD = 1e-12
"""Resamples that differ by less than this do not differ: their spread is rounding."""


class Interval(NamedTuple):
    """Both ends of an interval; NaN where there is none."""

    low: float
    high: float


def interval(number: Resampled, level: float, *, bounds: tuple[float, float]) -> Interval:
    """Return the expanded percentile interval of a number (see the module's text).

    Parameters
    ----------
    number : Resampled
    level : float, in (0, 1)
        Confidence level, for example 0.95.
    bounds : tuple of two floats
        Smallest and largest possible value; the interval does not go beyond them.

    Returns
    -------
    Interval
        NaN with fewer than two users, and where no user differs from another, so that nothing can be said about the
        spread. Two exceptions: a value fixed by construction has an interval of width 0; an accuracy of exactly 0 or 1
        has the Clopper-Pearson interval with users as trials (the cautious reading: a user's pairs are one trial).
    """
    if not 0 < level < 1:
        raise InputError(f"level must be in (0, 1), got {level}")
    draws = number.finite_draws
    if number.exact and number.n_pairs:
        return Interval(number.value, number.value)
    if draws.size == 0 or not math.isfinite(number.value) or not math.isfinite(number.small_sample):
        return Interval(math.nan, math.nan)
    if np.ptp(draws) <= NO_SPREAD:
        return _interval_without_spread(number, level, bounds)
    quantile = -float(stdtrit(number.degrees, (1 - level) / 2))
    scale = math.sqrt(number.small_sample)
    tail = float(ndtr(-scale * quantile))
    low, high = np.quantile(draws, [tail, 1 - tail], method="weibull")
    if tail < 1 / (draws.size + 1):
        reach = quantile * scale * float(draws.std())
        low, high = min(low, number.value - reach), max(high, number.value + reach)
    return Interval(max(float(low), bounds[0]), min(float(high), bounds[1]))


def _interval_without_spread(number: Resampled, level: float, bounds: tuple[float, float]) -> Interval:
    """Return the interval where all resamples agree."""
    least, most = bounds
    if number.value == 0 and least < 0 < most:
        return Interval(0.0, 0.0)
    width = 1 - ((1 - level) / 2) ** (1 / number.n_users)
    if (least, most) == (0.0, 1.0) and number.value <= NO_SPREAD:
        return Interval(0.0, width)
    if (least, most) == (0.0, 1.0) and number.value >= 1 - NO_SPREAD:
        return Interval(1 - width, 1.0)
    return Interval(math.nan, math.nan)


def p_value(number: Resampled) -> float:
    """Return the smallest alpha at which the interval of level 1 - alpha excludes 0.

    So ``p_value(x) < alpha`` exactly when ``interval(x, 1 - alpha)`` excludes 0. It is never 0 with R resamples unless
    the t interval says so. NaN with fewer than two users or where users do not differ; 1 for a difference that is 0 for
    every user.
    """
    draws = np.sort(number.finite_draws)
    if draws.size == 0 or not math.isfinite(number.value) or not math.isfinite(number.small_sample):
        return math.nan
    if draws[-1] - draws[0] <= NO_SPREAD:
        return 1.0 if abs(number.value) <= NO_SPREAD else math.nan
    reach = math.sqrt(number.small_sample) * float(draws.std())
    return min(
        1.0,
        _one_side(draws, number.value / reach, number),
        _one_side(-draws[::-1], -number.value / reach, number),
    )


def _one_side(draws: FloatArray, statistic: float, number: Resampled) -> float:
    """Return the smallest alpha at which the lower end is above 0; `draws` is sorted."""
    below = int(np.searchsorted(draws, 0.0, side="right"))
    if below == draws.size:
        return 1.0
    position = float(below)
    if below > 0:
        position += -draws[below - 1] / (draws[below] - draws[below - 1])
    tail = max(position, 1.0) / (draws.size + 1)
    alpha = 2 * float(stdtr(number.degrees, float(ndtri(tail)) / math.sqrt(number.small_sample)))
    if below == 0:
        alpha = min(alpha, 2 * float(stdtr(number.degrees, -statistic)))
    return alpha


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
