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
from collections.abc import Sequence
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
    """Both ends of an interval of a confidence level; NaN where there is none."""

    level: float
    low: float
    high: float


def intervals(number: Resampled, levels: Sequence[float], *, bounds: tuple[float, float]) -> tuple[Interval, ...]:
    """Return the expanded percentile intervals of a number (see the module's text), all out of one computation.

    Parameters
    ----------
    number : Resampled
    levels : sequence of float, in (0, 1)
        Confidence levels, for example 0.95 and 0.80.
    bounds : tuple of two floats
        Smallest and largest possible value; no interval goes beyond them.

    Returns
    -------
    tuple of Interval
        One per level. NaN with fewer than two users, and where no user differs from another, so that nothing can be
        said about the spread. Two exceptions: a value fixed by construction has an interval of width 0; an accuracy of
        exactly 0 or 1 has the Clopper-Pearson interval with users as trials (the cautious reading: a user's pairs are
        one trial).
    """
    for level in levels:
        if not 0 < level < 1:
            raise InputError(f"level must be in (0, 1), got {level}")
    draws = number.ordered_draws
    if number.exact and number.n_pairs:
        return tuple(Interval(level, number.value, number.value) for level in levels)
    if draws.size == 0 or not math.isfinite(number.value) or not math.isfinite(number.small_sample):
        return tuple(Interval(level, math.nan, math.nan) for level in levels)
    if draws[-1] - draws[0] <= NO_SPREAD:
        return tuple(_interval_without_spread(number, level, bounds) for level in levels)
    scale = math.sqrt(number.small_sample)
    quantiles = -stdtrit(number.degrees, (1 - np.asarray(levels)) / 2)
    tails = ndtr(-scale * quantiles)
    lows, highs = _quantiles(draws, np.stack([tails, 1 - tails]))
    beyond = tails < 1 / (draws.size + 1)
    if beyond.any():
        reach = np.where(beyond, quantiles * scale * float(number.finite_draws.std()), 0.0)
        lows = np.where(beyond, np.minimum(lows, number.value - reach), lows)
        highs = np.where(beyond, np.maximum(highs, number.value + reach), highs)
    lows, highs = np.maximum(lows, bounds[0]), np.minimum(highs, bounds[1])
    return tuple(Interval(*one) for one in zip(levels, lows.tolist(), highs.tolist(), strict=True))


def t_intervals(value: float, error: float, degrees: float, levels: Sequence[float]) -> tuple[Interval, ...]:
    """Return the t intervals of a number with a standard error, one per level; NaN where the error is NaN."""
    reaches = -stdtrit(degrees, (1 - np.asarray(levels)) / 2) * error
    return tuple(
        Interval(level, value - reach, value + reach) for level, reach in zip(levels, reaches.tolist(), strict=True)
    )


def _quantiles(ordered: FloatArray, share: FloatArray) -> FloatArray:
    """Return quantiles of rising numbers as ``np.quantile(..., method="weibull")``, which would sort them again."""
    n = ordered.size
    place = np.clip(n * share + share - 1, 0, n - 1)
    below = place.astype(np.intp)
    above = np.minimum(below + 1, n - 1)
    part = place - below
    step = ordered[above] - ordered[below]
    return np.where(part < 0.5, ordered[below] + step * part, ordered[above] - step * (1 - part))


def _interval_without_spread(number: Resampled, level: float, bounds: tuple[float, float]) -> Interval:
    """Return the interval where all resamples agree."""
    least, most = bounds
    if number.value == 0 and least < 0 < most:
        return Interval(level, 0.0, 0.0)
    width = 1 - ((1 - level) / 2) ** (1 / number.n_users)
    if (least, most) == (0.0, 1.0) and number.value <= NO_SPREAD:
        return Interval(level, 0.0, width)
    if (least, most) == (0.0, 1.0) and number.value >= 1 - NO_SPREAD:
        return Interval(level, 1 - width, 1.0)
    return Interval(level, math.nan, math.nan)


def p_value(number: Resampled) -> float:
    """Return the smallest alpha at which the interval of level 1 - alpha excludes 0.

    So ``p_value(x) < alpha`` exactly when the interval of level ``1 - alpha`` excludes 0. It is never 0 with R
    resamples unless the t interval says so. NaN with fewer than two users or where users do not differ; 1 for a
    difference that is 0 for every user.
    """
    draws = number.ordered_draws
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
