r"""How many random pairs does `full` need to do as well as `scpo`? The data efficiency that can be falsified.

Pairs of a country over pairs that `scpo` keeps, n / n_kept, only says that it threw some away. What was saved is known
once one asks how few pairs, drawn at random, do as well: `full` is trained on nested random parts of the training
pairs, of n x pairs, R times, and

.. math:: x^* = \min \{x : \bar a_{full}(x) \ge a_{scpo}\}, \qquad \text{efficiency} = x^* n / n_{kept}

with the all-country accuracies on test users, the mean over the R repeats, and straight lines between the sizes that
were tried. If `full` never does as well, it is at least n / n_kept (right-censored). Below 1, random pairs do as well
with fewer than `scpo` keeps.

**Interval**: all sizes at which `full` cannot be told from `scpo`, where :math:`\bar a(x) - a_{scpo}` is within t
standard errors of 0. Their square is the variance between repeats, :math:`s^2(x) (1 + 1/R)`, of one more random part
against the mean of R, plus, unless it is left out, the jackknife variance over test users; degrees of freedom by
Satterthwaite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from scpo.arrays import BoolArray, FloatArray
from scpo.errors import InputError
from scpo.measures.accuracy import CountedPairs
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.method.heads import PreferenceFeatures, Projected, fit_heads

FRACTIONS = np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
"""Parts of the training pairs that are tried; 0 is the global model, 1 is `full`."""

NEVER = math.inf
"""In the place of a size: all training pairs do not reach it."""


@dataclass(frozen=True, eq=False)
class Curve:
    """All-country accuracy of `full` on random parts of the training pairs, against one other model's.

    Attributes
    ----------
    fraction : ndarray, shape (n_sizes,), in [0, 1], rising
    difference : tuple of Clustered, length n_sizes
        Mean accuracy over the repeats minus that of the other model, on the same test users.
    repeats : ndarray, shape (n_repeats, n_sizes), in [0, 1]
        Accuracy of every repeat.
    """

    fraction: FloatArray
    difference: tuple[Clustered, ...]
    repeats: FloatArray


@dataclass(frozen=True)
class Crossing:
    """The part of the training pairs at which `full` does as well; infinite where all of them do not.

    Attributes
    ----------
    fraction, low, high : float
        Part, and the ends of its interval over repeats and test users. Ends are NaN with fewer than two users.
    repeats_low, repeats_high : float
        Ends of its interval over repeats alone: given these test users.
    """

    fraction: float
    low: float
    high: float
    repeats_low: float
    repeats_high: float


def nested_parts(n_pairs: int, fraction: ArrayLike, repeats: int, rng: np.random.Generator) -> BoolArray:
    """Draw random parts of pairs, each of which holds all smaller ones of its repeat.

    Returns
    -------
    ndarray of bool, shape (n_repeats, n_sizes, n_pairs)
        Each row has the fraction of the pairs, rounded to a whole pair.
    """
    place = np.array([rng.permutation(n_pairs) for _ in range(repeats)]).reshape(repeats, 1, n_pairs)
    size = np.round(np.asarray(fraction, dtype=np.float64) * n_pairs)
    return np.asarray(place < size[None, :, None])


def gaps_on_parts(
    features: PreferenceFeatures,
    test: Projected,
    *,
    ridge: float,
    repeats: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Train `full` on nested random parts of the training pairs and rank test pairs.

    Parameters
    ----------
    features : PreferenceFeatures
        Of the training pairs of one country.
    test : Projected
        Its test pairs.
    ridge : float, > 0
        lambda of all fits.
    repeats : int, >= 2
    rng : Generator

    Returns
    -------
    ndarray, shape (n_repeats, n_sizes, n_test_pairs)
        One size for each of `FRACTIONS`.

    Raises
    ------
    InputError
        If there are fewer than two repeats: their spread is part of the interval.
    """
    if repeats < 2:
        raise InputError(f"data efficiency needs at least two repeats, got {repeats}")
    parts = nested_parts(features.gap.size, FRACTIONS, repeats, rng)
    fit = fit_heads(features, parts.reshape(-1, features.gap.size), ridge=ridge)
    return fit.gaps(test).reshape(*parts.shape[:2], -1)


def curve(gaps: FloatArray, other: ArrayLike, user_id: ArrayLike, *, fraction: ArrayLike = FRACTIONS) -> Curve:
    """Measure `full` on parts against another model.

    Parameters
    ----------
    gaps : ndarray, shape (n_repeats, n_sizes, n_test_pairs)
        From `gaps_on_parts`.
    other : array_like, shape (n_test_pairs,)
        Gaps of the other model, `scpo`.
    user_id : array_like of str, shape (n_test_pairs,)
    fraction : array_like, shape (n_sizes,)
    """
    counted = CountedPairs.build(user_id)
    reference = counted.accuracy(other)
    each = [gaps[:, size] for size in range(gaps.shape[1])]
    return Curve(
        fraction=np.asarray(fraction, dtype=np.float64),
        difference=tuple(counted.accuracy(one).minus(reference) for one in each),
        repeats=np.array([counted.each_run(one) for one in each]).T,
    )


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """Average curves of several countries at the same fractions, with equal weight per country."""
    return Curve(
        fraction=curves[0].fraction,
        difference=tuple(mean_over_countries(same) for same in zip(*(one.difference for one in curves), strict=True)),
        repeats=np.mean([one.repeats for one in curves], axis=0),
    )


def crossing(found: Curve, *, level: float) -> Crossing:
    """Return where `full` on a random part of the pairs does as well as the other model (see the module's text).

    Parameters
    ----------
    found : Curve
    level : float, in (0, 1)
        Confidence level of the intervals.
    """
    n_repeats = len(found.repeats)
    value = np.array([one.value for one in found.difference])
    between = found.repeats.var(axis=0, ddof=1) * (1 + 1 / n_repeats)
    users = np.array([one.error for one in found.difference]) ** 2
    degrees = np.array([one.degrees for one in found.difference])
    alone = _reach(between, np.full(between.shape, n_repeats - 1.0), level)
    together = between + users
    squares = between**2 / (n_repeats - 1) + users**2 / degrees
    freedom = np.divide(together**2, squares, out=np.ones(together.shape), where=squares > 0)
    both = _reach(together, freedom, level)
    return Crossing(
        _first(found.fraction, value),
        _first(found.fraction, value + both),
        _last(found.fraction, value - both),
        _first(found.fraction, value + alone),
        _last(found.fraction, value - alone),
    )


def _reach(variance: FloatArray, degrees: FloatArray, level: float) -> FloatArray:
    return np.asarray(-stdtrit(degrees, (1 - level) / 2) * np.sqrt(variance))


def _first(fraction: FloatArray, value: FloatArray) -> float:
    """Return where a curve first is 0 or more, on straight lines; NaN if the curve is unknown."""
    if not np.isfinite(value).all():
        return math.nan
    above = np.flatnonzero(value >= 0)
    return _between(fraction, value, int(above[0])) if above.size else NEVER


def _last(fraction: FloatArray, value: FloatArray) -> float:
    """Return from where on a curve stays at 0 or more."""
    if not np.isfinite(value).all():
        return math.nan
    below = np.flatnonzero(value < 0)
    if not below.size:
        return float(fraction[0])
    return NEVER if below[-1] == value.size - 1 else _between(fraction, value, int(below[-1]) + 1)


def _between(fraction: FloatArray, value: FloatArray, place: int) -> float:
    """Return where the line from the point before, below 0, to this one, at 0 or more, meets 0."""
    if place == 0:
        return float(fraction[0])
    rise = value[place] - value[place - 1]
    return float(fraction[place - 1] + (fraction[place] - fraction[place - 1]) * -value[place - 1] / rise)
