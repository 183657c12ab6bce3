"""What is shown and stored: a share or a paired difference with its interval, its users and its pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scpo.measures.intervals import interval, p_value
from scpo.measures.resampling import Resampled


def _number(value: float) -> float | None:
    """Return a JSON number: null for NaN."""
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class Estimate:
    """A share with its interval over users.

    Attributes
    ----------
    value : float, in [0, 1]
        NaN without pairs.
    low, high : float, in [0, 1]
        Interval; NaN with fewer than two users.
    level : float
        Confidence level.
    n_pairs, n_users, n_ties : int
        Pairs, users with at least one of them, pairs with equal rewards (summed over runs).
    design_effect : float
        Variance over users / variance if pairs were independent, ``value (1 - value) / n_pairs`` for one run: above 1,
        pairs of one user are alike. NaN where the accuracy is exactly 0 or 1.
    """

    value: float
    low: float
    high: float
    level: float
    n_pairs: int
    n_users: int
    n_ties: int = 0
    design_effect: float = math.nan

    def to_json(self) -> dict[str, float | int | None]:
        """Return the six keys of the command line's contract; null for NaN."""
        return {
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "level": self.level,
            "n_pairs": self.n_pairs,
            "n_users": self.n_users,
        }


@dataclass(frozen=True)
class Difference:
    """A paired difference of two shares on the same pairs, with interval and p-value.

    Attributes
    ----------
    value : float, in [-1, 1]
        First minus second; NaN without pairs.
    low, high : float, in [-1, 1]
        Interval; NaN with fewer than two users.
    level : float
        Confidence level.
    n_pairs, n_users : int
        Pairs and users that both sides share.
    p : float, in [0, 1]
        Smallest alpha at which the interval excludes 0; NaN where there is no interval.
    """

    value: float
    low: float
    high: float
    level: float
    n_pairs: int
    n_users: int
    p: float

    def to_json(self) -> dict[str, float | int | None]:
        """Return the estimate's keys and ``p``; null for NaN."""
        return {
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "level": self.level,
            "n_pairs": self.n_pairs,
            "n_users": self.n_users,
            "p": _number(self.p),
        }


def as_estimate(number: Resampled, *, level: float) -> Estimate:
    """Turn a share over resamples (of one country, or a mean over countries) into an estimate with its interval."""
    low, high = interval(number, level, bounds=(0.0, 1.0))
    draws = number.finite_draws
    effect = float(draws.var()) / number.pair_variance if draws.size and number.pair_variance > 0 else math.nan
    return Estimate(
        number.value, low, high, level, number.n_pairs, number.n_users, n_ties=number.n_ties, design_effect=effect
    )


def as_difference(number: Resampled, *, level: float) -> Difference:
    """Turn a paired difference over resamples into a difference with interval and p-value."""
    low, high = interval(number, level, bounds=(-1.0, 1.0))
    return Difference(number.value, low, high, level, number.n_pairs, number.n_users, p=p_value(number))
