"""Which training budget: the one-standard-error rule over cross-validated accuracies.

Budgets that differ by less than the standard error of the best cannot be told apart, so the shortest of them is taken
(Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, 3.4.3). Users are the unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scpo.measures.accuracy import accuracy
from scpo.measures.clustered import mean_over_countries

LEAST_USERS = 2
"""Users of a country without whom there is no standard error."""


@dataclass(frozen=True)
class Choice:
    """A budget chosen by the one-standard-error rule."""

    steps: int
    best: int
    standard_error: float | None


def one_standard_error(
    right: Mapping[int, Mapping[str, NDArray[np.bool_]]], users: Mapping[str, NDArray[np.object_]]
) -> Choice:
    """Choose the smallest budget whose mean accuracy is within one standard error of the best.

    Parameters
    ----------
    right : mapping of int to mapping of str to ndarray of bool, shape (n_pairs,)
        Steps -> country -> which of its pairs are ranked right.
    users : mapping of str to ndarray, shape (n_pairs,)
        Country -> who gave each pair.

    Returns
    -------
    Choice
        The standard error is that of the best mean: countries count alike, users are left out one at a time. Of equal
        bests the smallest counts. None if a country has one user: the best is chosen then.
    """
    means = {steps: mean_over(right[steps]) for steps in sorted(right)}
    best = max(means, key=lambda steps: (means[steps], -steps))
    shares = [accuracy(np.where(one, 1.0, -1.0), users[country]) for country, one in right[best].items()]
    spread = mean_over_countries(shares).error
    error = spread if math.isfinite(spread) else None
    within = means[best] - (error or 0.0) - 1e-12
    return Choice(next(steps for steps in means if means[steps] >= within), best, error)


def mean_over(by_country: Mapping[str, NDArray[np.bool_]]) -> float:
    """Return the mean over countries of the share of pairs that are ranked right."""
    return float(np.mean([np.mean(one) for one in by_country.values()]))
