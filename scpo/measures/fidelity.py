r"""How well previews foretell finished finetunes, by three questions.

- *skill*: is the preview nearer to the run than a guess that never looks at it, the mean of the same method in the
  other countries? :math:`1 - MSE(\text{preview}) / MSE(\text{method means})`: 1 is perfect, 0 no better than the guess
  (Murphy, Monthly Weather Review 116, 1988);
- *rank within a method*: does it order the settings (tau, beta) of one method in one country as the runs do?
- *regret*: what is lost by choosing the setting that the preview likes best?

A rank correlation over everything pooled mostly says that methods differ, which needs no preview.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import BoolArray, FloatArray, IndexArray, StrArray
from scpo.errors import InputError

LEAST_RANKED = 3
"""Settings of one method in one country below which nothing is said about their order."""

MEASURES = ("all_country", "true_country", "excess")
"""What is foretold."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What tells runs apart, each of shape (n_runs,).

    Attributes
    ----------
    country, method : ndarray of str
    setting : ndarray of str
        Method with tau and beta: the same name in every country.
    """

    country: StrArray
    method: StrArray
    setting: StrArray

    @classmethod
    def of(cls, country: Sequence[str], method: Sequence[str], setting: Sequence[str]) -> Labels:
        """Take sequences of equal length."""
        found = tuple(np.asarray(one, dtype=str) for one in (country, method, setting))
        if len({one.shape for one in found}) > 1:
            raise InputError("countries, methods and settings must be as many as runs")
        return cls(*found)

    def at(self, where: BoolArray) -> Labels:
        """Return those of some runs."""
        return Labels(self.country[where], self.method[where], self.setting[where])


@dataclass(frozen=True)
class Agreement:
    """Agreement of previews with finished runs on one number. NaN where a figure is not defined.

    Attributes
    ----------
    spearman : float, in [-1, 1]
        Rank correlation pooled over methods and countries; NaN with fewer than three runs or where one side does not
        vary. Most of it is that methods differ.
    mean_absolute_error : float, in [0, 1]
    n_runs : int
        Settings in countries with both numbers; they count in the errors.
    skill : float, at most 1
        1 - MSE(preview) / MSE(method means, country left out).
    n_skill : int
        Settings in countries that have such a method mean.
    rank_within : float, in [-1, 1]
        Mean over methods in countries of the rank correlation over (tau, beta); NaN if none has three settings. A
        preview that does not move while the runs do counts 0.
    n_rank_groups, n_rank_settings : int
        Methods in countries with three settings or more whose runs differ, and their settings.
    regret : float, in [0, 1]
        Highest number of a country's settings minus that of the setting the preview likes best; mean over countries.
    regret_by_chance : float, in [0, 1]
        The same for a setting drawn at random.
    n_regret_countries : int
        Countries with two settings or more.
    error : float, in [0, 1]
        Root mean square error of a preview.
    own_error : float, in [0, `error`]
        The part of it that differs between countries at one setting and so averages out in a mean over countries; 0
        where no setting has two countries.
    n_error_settings : int
        Different settings, the degrees of freedom of `error`.
    """

    spearman: float
    mean_absolute_error: float
    n_runs: int
    skill: float
    n_skill: int
    rank_within: float
    n_rank_groups: int
    n_rank_settings: int
    regret: float
    regret_by_chance: float
    n_regret_countries: int
    error: float
    own_error: float
    n_error_settings: int

    def to_json(self) -> dict[str, float | int | None]:
        """Return JSON values; null for NaN."""
        return {name: value if math.isfinite(value) else None for name, value in asdict(self).items()}


def agreement(previewed: ArrayLike, measured: ArrayLike, labels: Labels, *, country: str | None = None) -> Agreement:
    """Compare previewed with measured numbers of the same runs.

    Parameters
    ----------
    previewed, measured : array_like, shape (n_runs,)
        In [0, 1]; runs with NaN are left out.
    labels : Labels
        Of these runs.
    country : str, optional
        Judge the runs of this country alone; method means are those of the others as ever.

    Raises
    ------
    InputError
        If shapes disagree.
    """
    first, second = np.asarray(previewed, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    if first.ndim != 1 or not first.shape == second.shape == labels.country.shape:
        raise InputError(f"previews {first.shape} and runs {second.shape} must have one shape (n_runs,), with labels")
    known = np.isfinite(first) & np.isfinite(second)
    guess = method_means(second[known], labels.at(known))
    where = known if country is None else known & (labels.country == country)
    guess = guess[where[known]]
    first, second, mine = first[where], second[where], labels.at(where)
    off = first - second
    skill, n_skill = _skill(off, guess - second)
    rank_within, n_groups, n_ranked = _rank_within(first, second, mine)
    regret, by_chance, n_countries = _regret(first, second, mine)
    error = _root_mean_square(off)
    return Agreement(
        spearman=_rank(first, second) if first.size >= LEAST_RANKED else math.nan,
        mean_absolute_error=float(np.abs(off).mean()) if off.size else math.nan,
        n_runs=int(first.size),
        skill=skill,
        n_skill=n_skill,
        rank_within=rank_within,
        n_rank_groups=n_groups,
        n_rank_settings=n_ranked,
        regret=regret,
        regret_by_chance=by_chance,
        n_regret_countries=n_countries,
        error=error,
        own_error=min(_own_error(off, mine), error) if off.size else math.nan,
        n_error_settings=len(set(mine.setting.tolist())),
    )


def method_means(measured: FloatArray, labels: Labels) -> FloatArray:
    """Return for each run what one guesses without any preview: the mean of its method in the other countries.

    Returns
    -------
    ndarray, shape (n_runs,)
        Every other country counts the same; NaN where no other one has the method.
    """
    guess = np.full(measured.shape, math.nan)
    for method in np.unique(labels.method):
        mine = labels.method == method
        countries = np.unique(labels.country[mine])
        means = {country: measured[mine & (labels.country == country)].mean() for country in countries}
        for country in countries:
            others = [mean for other, mean in means.items() if other != country]
            if others:
                guess[mine & (labels.country == country)] = np.mean(others)
    return guess


def error_over(error: float, own_error: float, n_countries: int) -> float:
    """Return the root mean square error of a mean of previews over countries.

    What countries have in common at a setting stays, what is each country's own averages out.
    """
    return math.sqrt(max(error**2 - own_error**2, 0.0) + own_error**2 / n_countries)


def _root_mean_square(off: FloatArray) -> float:
    return math.sqrt(float(np.square(off).mean())) if off.size else math.nan


def _rank(first: FloatArray, second: FloatArray) -> float:
    """Return the rank correlation; NaN where one side does not vary."""
    if not (np.ptp(first) > 0 and np.ptp(second) > 0):
        return math.nan
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: FloatArray) -> FloatArray:
    """Return the rank of each value, from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])


def _skill(off: FloatArray, guessed_off: FloatArray) -> tuple[float, int]:
    has = np.isfinite(guessed_off)
    by_guess = float(np.square(guessed_off[has]).sum())
    skill = 1 - float(np.square(off[has]).sum()) / by_guess if by_guess > 0 else math.nan
    return skill, int(has.sum())


def _groups(labels: Labels) -> list[IndexArray]:
    """Return the positions of each method in each country."""
    _, group = np.unique(np.column_stack([labels.country, labels.method]), axis=0, return_inverse=True)
    return [np.flatnonzero(group.ravel() == one) for one in range(group.max(initial=-1) + 1)]


def _rank_within(first: FloatArray, second: FloatArray, labels: Labels) -> tuple[float, int, int]:
    groups = [one for one in _groups(labels) if one.size >= LEAST_RANKED and np.ptp(second[one]) > 0]
    ranks = [_rank(first[one], second[one]) if np.ptp(first[one]) > 0 else 0.0 for one in groups]
    return (float(np.mean(ranks)) if ranks else math.nan), len(groups), sum(one.size for one in groups)


def _regret(first: FloatArray, second: FloatArray, labels: Labels) -> tuple[float, float, int]:
    lost, by_chance = [], []
    for country in np.unique(labels.country):
        liked, reached = first[labels.country == country], second[labels.country == country]
        if reached.size > 1:
            lost.append(reached.max() - reached[liked == liked.max()].mean())
            by_chance.append(reached.max() - reached.mean())
    if not lost:
        return math.nan, math.nan, 0
    return float(np.mean(lost)), float(np.mean(by_chance)), len(lost)


def _own_error(off: FloatArray, labels: Labels) -> float:
    """Return the standard deviation between the countries of a setting, pooled over settings; 0 without two."""
    squares, degrees = 0.0, 0
    for setting in np.unique(labels.setting):
        mine = off[labels.setting == setting]
        squares += float(np.square(mine - mine.mean()).sum())
        degrees += mine.size - 1
    return math.sqrt(squares / degrees) if degrees else 0.0
