r"""How far a number would move with other training users: from models of random halves of the training users.

Two models of disjoint halves differ by the variance of both. A half has half as many users, so twice the variance, and

.. math:: V = \frac{1}{B} \sum_b \frac{(a_{b1} - a_{b2})^2}{4}

over B halvings is the variance of the number with all training users (random groups: Wolter, Introduction to Variance
Estimation, chapter 2). Each half is fitted with half the ridge, so that both pull alike towards the global head.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from scpo.arrays import BoolArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered

FEWEST_USERS = 4
"""A half needs two users."""


def halves(user_id: ArrayLike, repeats: int, rng: np.random.Generator) -> BoolArray:
    """Divide users at random into halves, several times.

    Parameters
    ----------
    user_id : array_like of str, shape (n_pairs,)
        Who preferred.
    repeats : int, >= 1

    Returns
    -------
    ndarray of bool, shape (repeats, 2, n_pairs)
        The pairs of each half; with an odd number of users the second half has one user more.

    Raises
    ------
    InputError
        With fewer than `FEWEST_USERS` users.
    """
    users, owner = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
    if users.size < FEWEST_USERS:
        raise InputError(f"{users.size} training users cannot be halved: at least {FEWEST_USERS} are needed")
    inside = np.zeros((repeats, users.size), dtype=bool)
    for row in inside:
        row[rng.permutation(users.size)[: users.size // 2]] = True
    first = inside[:, owner]
    return np.stack([first, ~first], axis=1)


def training_variance(numbers: ArrayLike) -> float:
    """Return the variance that other training users would give a number.

    Parameters
    ----------
    numbers : array_like, shape (repeats, 2)
        The number with each half of the training users.

    Examples
    --------
    >>> training_variance([[0.5, 0.7], [0.6, 0.6]])  # doctest: +ELLIPSIS
    0.00499...
    """
    found = np.asarray(numbers, dtype=np.float64)
    return float(np.mean(np.square(found[:, 0] - found[:, 1])) / 4)


def freedom(n_users: int, repeats: int) -> float:
    """Return the degrees of freedom of `training_variance`: those of so many users, less for few halvings."""
    return 1 / (1 / (n_users - 1) + 1 / repeats)


def spread_interval(variance: float, degrees: float, level: float) -> tuple[float, float]:
    """Return the interval of the standard deviation, by the chi-squared distribution of a variance."""
    tail = (1 - level) / 2
    ends = (chdtri(degrees, tail), chdtri(degrees, 1 - tail))
    low, high = (math.sqrt(variance * degrees / float(end)) for end in ends)
    return low, high


def widened(number: Clustered, variance: float, degrees: float) -> Clustered:
    """Return a number whose standard error holds the training users too; degrees of freedom by Satterthwaite."""
    of_test = number.error**2
    total = of_test + variance
    squares = of_test**2 / number.degrees + variance**2 / degrees
    return replace(number, error=math.sqrt(total), degrees=total**2 / squares if squares > 0 else number.degrees)


def mean_variance(variances: Sequence[float], degrees: Sequence[float]) -> tuple[float, float]:
    """Return variance and degrees of freedom of the mean over communities, whose people are different."""
    parts = np.asarray(variances, dtype=np.float64) / len(variances) ** 2
    squares = float(np.sum(parts**2 / np.asarray(degrees, dtype=np.float64)))
    return float(parts.sum()), float(parts.sum()) ** 2 / squares if squares > 0 else float(min(degrees))
