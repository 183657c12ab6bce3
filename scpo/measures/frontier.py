"""The trade-off: which settings are not beaten on both accuracies, and which one a stated rule chooses.

A point is one setting of one country (method, tau, beta); its coordinates are means over seeds, x = true-country and
y = all-country accuracy. Points without a number (NaN) are neither on the front nor chosen. Source: the paper's
Figure 3 (arXiv 2606.18606). A chosen point is the best of many on the same test pairs, so its accuracy is a little
too good; `front_frequency` shows how often each setting would be on the front had other users been asked.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import BoolArray, FloatArray, IndexArray
from scpo.errors import InputError

Rule = Literal["max_all_country", "max_true_country", "knee"]
RULES: tuple[Rule, ...] = ("max_all_country", "max_true_country", "knee")

DEFAULT_EPS = 0.01
"""Loss in all-country accuracy that `max_true_country` accepts: one point."""


@dataclass(frozen=True, eq=False)
class SeedMeans:
    """Runs averaged over their seeds.

    Attributes
    ----------
    setting : tuple
        The distinct settings, in the order of their first run.
    member : ndarray of int, shape (n_runs,)
        Position in `setting` of each run.
    true_country, all_country : ndarray, shape (n_settings,)
        Means over the runs; NaN if a run has no number.
    n_runs : ndarray of int, shape (n_settings,)
    """

    setting: tuple[Hashable, ...]
    member: IndexArray
    true_country: FloatArray
    all_country: FloatArray
    n_runs: IndexArray


def _coordinates(true_country: ArrayLike, all_country: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both coordinates as arrays of one shape (n_points,)."""
    x, y = np.asarray(true_country, dtype=np.float64), np.asarray(all_country, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(f"true_country {x.shape} and all_country {y.shape} must both have shape (n_points,)")
    return x, y


def seed_means(setting: Sequence[Hashable], true_country: ArrayLike, all_country: ArrayLike) -> SeedMeans:
    """Average the runs of each setting.

    Parameters
    ----------
    setting : sequence of hashable, length n_runs
        Everything but the seed, for example ``(country, method, tau, beta)``.
    true_country, all_country : array_like, shape (n_runs,)

    Returns
    -------
    SeedMeans
        ``means.true_country[means.member]`` gives each run the mean of its setting.
    """
    x, y = _coordinates(true_country, all_country)
    if len(setting) != x.size:
        raise InputError(f"{x.size} runs need as many settings, got {len(setting)}")
    place = {one: number for number, one in enumerate(dict.fromkeys(setting))}
    member = np.array([place[one] for one in setting], dtype=np.intp)
    n_runs = np.bincount(member, minlength=len(place)).astype(np.intp)
    sums = np.zeros((2, len(place)))
    np.add.at(sums[0], member, x)
    np.add.at(sums[1], member, y)
    return SeedMeans(tuple(place), member, sums[0] / n_runs, sums[1] / n_runs, n_runs)


def pareto_front(true_country: ArrayLike, all_country: ArrayLike) -> BoolArray:
    """Mark the points that no other point beats.

    A point is beaten if another is at least as high on both axes and higher on one. Equal points share their fate.

    Parameters
    ----------
    true_country, all_country : array_like, shape (n_points,)
        Higher is better on both; a point with NaN is not on the front.

    Returns
    -------
    ndarray of bool, shape (n_points,)
    """
    x, y = _coordinates(true_country, all_country)
    return _fronts(x[None], y[None])[0]


def _fronts(x: FloatArray, y: FloatArray) -> BoolArray:
    """Mark the fronts of many sets of points at once; both of shape (n_sets, n_points)."""
    known = np.isfinite(x) & np.isfinite(y)
    right, high = np.where(known, x, -np.inf), np.where(known, y, -np.inf)
    order = np.lexsort((-high, -right), axis=1)  # from the right; within equal x the highest first
    along_x, along_y = np.take_along_axis(right, order, axis=1), np.take_along_axis(high, order, axis=1)
    best = np.maximum.accumulate(along_y, axis=1)
    front = np.ones(x.shape, dtype=bool)
    rises = along_y[:, 1:] > best[:, :-1]
    for column in range(1, x.shape[1]):
        same = (along_x[:, column] == along_x[:, column - 1]) & (along_y[:, column] == along_y[:, column - 1])
        front[:, column] = rises[:, column - 1] | (same & front[:, column - 1])
    result = np.zeros(x.shape, dtype=bool)
    np.put_along_axis(result, order, front, axis=1)
    return result & known


def choose(
    true_country: ArrayLike, all_country: ArrayLike, *, rule: Rule = "max_all_country", eps: float = DEFAULT_EPS
) -> int | None:
    r"""Choose a point by a named rule.

    Parameters
    ----------
    true_country, all_country : array_like, shape (n_points,)
        Coordinates of the points; NaN is never chosen.
    rule : {"max_all_country", "max_true_country", "knee"}
        ``max_all_country``: the highest all-country accuracy (the paper's circle). ``max_true_country``: the highest
        true-country accuracy among points whose all-country accuracy is at most `eps` below the best. ``knee``: the
        point of the front furthest above the straight line between the ends of the front, after both axes are scaled
        to [0, 1] over the front; with fewer than three points on the front, or none above the line, as
        ``max_all_country``.
    eps : float, >= 0
        Accepted loss in all-country accuracy, a fraction.

    Returns
    -------
    int or None
        Position of the chosen point; None if no point has numbers. Ties go to the higher other coordinate, then to the
        earlier point.
    """
    x, y = _coordinates(true_country, all_country)
    best = int(choose_each(x[None], y[None], rule=rule, eps=eps)[0])
    return None if best < 0 else best


def choose_each(
    true_country: ArrayLike, all_country: ArrayLike, *, rule: Rule = "max_all_country", eps: float = DEFAULT_EPS
) -> IndexArray:
    """Choose one point of each of many sets by a named rule, as `choose` does.

    Parameters
    ----------
    true_country, all_country : array_like, shape (n_sets, n_points)
        For example both accuracies of all settings in every resample.

    Returns
    -------
    ndarray of int, shape (n_sets,)
        -1 where no point has numbers.
    """
    x, y = _draws(true_country, all_country)
    if rule not in RULES:
        raise InputError(f"unknown rule {rule!r}; known: {', '.join(RULES)}")
    if not eps >= 0:
        raise InputError(f"eps must not be negative, got {eps}")
    if x.shape[1] == 0:
        return np.full(len(x), -1, dtype=np.intp)
    known = np.isfinite(x) & np.isfinite(y)
    best = _best(known, y, x)
    if rule == "max_true_country":
        allowed = known & (y >= np.take_along_axis(y, best[:, None], axis=1) - eps - 1e-12)
        best = _best(allowed, x, y)
    if rule == "knee":
        above = _above(_fronts(x, y), x, y)
        bent = above.max(axis=1) > 1e-12
        best[bent] = _best(np.isfinite(above[bent]), above[bent].round(12), y[bent])
    best[~known.any(axis=1)] = -1
    return best


def _best(among: BoolArray, first: FloatArray, second: FloatArray) -> IndexArray:
    """Return in each set the point with the largest first, then second coordinate, then the earliest."""
    for coordinate in (first, second):
        reached = np.where(among, coordinate, -np.inf)
        among = among & (reached == reached.max(axis=1, keepdims=True))
    return among.argmax(axis=1)


def _above(front: BoolArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return how far the points of each front lie above the line between its ends; minus infinity for all others.

    Both axes are scaled to [0, 1] over the front; a front without width or height has no point above it.
    """
    scaled = np.zeros(x.shape)
    for coordinate in (x, y):
        low = np.where(front, coordinate, np.inf).min(axis=1, keepdims=True)
        extent = np.where(front, coordinate, -np.inf).max(axis=1, keepdims=True) - low
        scaled += np.divide(coordinate - low, extent, out=np.full(x.shape, -np.inf), where=front & (extent > 0))
    return np.where(front, scaled - 1, -np.inf)


def front_frequency(true_draws: ArrayLike, all_draws: ArrayLike) -> FloatArray:
    """Return how often each setting is on the front when users are resampled.

    Parameters
    ----------
    true_draws, all_draws : array_like, shape (n_resamples, n_settings)
        Both accuracies over the *same* resamples (``Resampled.draws`` as columns).

    Returns
    -------
    ndarray, shape (n_settings,), in [0, 1]
        Share of the resamples in which the setting has numbers; NaN if it never has.
    """
    x, y = _draws(true_draws, all_draws)
    known = np.count_nonzero(np.isfinite(x) & np.isfinite(y), axis=0)
    times = np.count_nonzero(_fronts(x, y), axis=0)
    return np.divide(times, known, out=np.full(known.shape, np.nan), where=known > 0)


def front_band(
    true_draws: ArrayLike, all_draws: ArrayLike, *, at: ArrayLike, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the band of the fronts over resamples of users.

    Parameters
    ----------
    true_draws, all_draws : array_like, shape (n_resamples, n_settings)
        Both accuracies over the *same* resamples.
    at : array_like, shape (n_positions,)
        True-country accuracies at which the front is read: the highest all-country accuracy of a setting that reaches
        at least this true-country accuracy.
    level : float, in (0, 1)
        Pointwise percentile level of the band.

    Returns
    -------
    low, high : ndarray, shape (n_positions,)
        NaN where fewer than half of the resamples have a setting that far to the right.
    """
    x, y = _draws(true_draws, all_draws)
    known = np.isfinite(x) & np.isfinite(y)
    positions = np.asarray(at, dtype=np.float64)
    ends = np.full((2, positions.size), np.nan)
    for number, position in enumerate(positions):
        height = np.where(known & (x >= position), y, -np.inf).max(axis=1, initial=-np.inf)
        reached = height[np.isfinite(height)]
        if reached.size * 2 >= max(height.size, 1):
            ends[:, number] = np.quantile(reached, [(1 - level) / 2, (1 + level) / 2])
    return ends[0], ends[1]


def _draws(true_draws: ArrayLike, all_draws: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both sets of draws with one shape (n_resamples, n_settings)."""
    x, y = np.asarray(true_draws, dtype=np.float64), np.asarray(all_draws, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise InputError(f"draws must both have shape (n_resamples, n_settings), got {x.shape} and {y.shape}")
    return x, y
