r"""The recovered share against its baseline: what a change of the same size gets that knows nothing of the country.

Let g be the global gap of a test pair, D the pairs the global model gets wrong (g < 0), A the others, F the pairs a
model ranks the other way than the global model, and a = \|A\| / n. Then true-country accuracy is P(F \| D) and
all-country accuracy is a P(not F \| A) + (1 - a) P(F \| D): two hit rates of one set of flips. Every model that moves
recovers something, because flips prefer small \|g\|, where D is common. The *excess* is

.. math:: E = \frac{1}{|D|} \sum_{i \in F} (1[i \in D] - \pi_i), \qquad
          \pi_i = P(\text{global model wrong} \mid |g_i|) = \sigma(b - k |g_i|)

with a logistic regression of 1[g < 0] on \|g\| over the country's own test pairs: flips that look at \|g\| alone count
0 on average, and only flips that know *which* pairs are wrong count. What is left of the recovered share is
label-blind: chance flips of the same pairs would have recovered it. The *noise curve* is where a model goes whose gaps
get random noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, ndtr

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio, users_source

MOST_NOISE = 4.0
"""End of the noise curve, in standard deviations of the global gap."""


def chance_of_wrong(gap: ArrayLike) -> FloatArray:
    """Return the probability that the global model is wrong, given the size of its gap: logistic in the size.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model on the test pairs of one community.

    Returns
    -------
    ndarray, shape (n_pairs,), in [0, 1]
        Maximum likelihood: it sums to the number of wrong pairs.
    """
    gaps = np.asarray(gap, dtype=np.float64)
    wrong = (gaps < 0).astype(np.float64)
    if not 0 < wrong.sum() < wrong.size:
        return np.full(gaps.shape, wrong.mean() if wrong.size else math.nan)
    size = np.abs(gaps)
    scale = float(size.mean()) or 1.0
    columns = np.column_stack([np.ones(size.size), size / scale])

    def loss(beta: FloatArray) -> tuple[float, FloatArray]:
        margin = columns @ beta
        value = float(np.mean(np.logaddexp(0.0, margin) - wrong * margin))
        return value, columns.T @ (expit(margin) - wrong) / wrong.size

    start = np.array([math.log(wrong.mean() / (1 - wrong.mean())), 0.0])
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-10})
    return np.asarray(expit(columns @ found.x))


@dataclass(frozen=True, eq=False)
class FlipRuler:
    """What the excess of all models on one community's test pairs shares.

    Attributes
    ----------
    gap : ndarray, shape (n_pairs,)
        Gap of the global model.
    chance : ndarray, shape (n_pairs,)
        From `chance_of_wrong`.
    position : ndarray of int, shape (n_pairs,)
        Of each pair's user among all users, sorted.
    wrong_per_user : ndarray, shape (n_users,)
        Pairs of each user that the global model gets wrong.
    source : str
        Names the users.
    """

    gap: FloatArray
    chance: FloatArray
    position: IndexArray
    wrong_per_user: FloatArray
    source: str

    @classmethod
    def build(cls, global_gap: ArrayLike, user_id: ArrayLike) -> Self:
        """Prepare the test pairs of one community; both of shape (n_pairs,)."""
        gap = np.asarray(global_gap, dtype=np.float64)
        users, position = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
        if gap.shape != position.shape:
            raise InputError(f"{gap.size} gaps and {position.size} users do not fit together")
        wrong = np.bincount(position[gap < 0], minlength=users.size).astype(np.float64)
        return cls(gap, chance_of_wrong(gap), position, wrong, users_source(users))

    def flipped(self, gap: ArrayLike) -> FloatArray:
        """Return for each pair the share of runs that rank it the other way than the global model."""
        return np.asarray(((np.atleast_2d(gap) > 0) != (self.gap > 0)).mean(axis=0))

    def excess(self, gap: ArrayLike) -> Clustered:
        """Return the excess of a model.

        Parameters
        ----------
        gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
            Its gaps, one row per seed.

        Returns
        -------
        Clustered
            In [-1, 1], tested against 0; `n_pairs` and `n_users` count the pairs the global model gets wrong and their
            users, the smaller of both subsets. Exactly 0 for a model that flips nothing.
        """
        flipped = self.flipped(gap)
        return self._share(flipped * ((self.gap < 0) - self.chance), exact=not flipped.any())

    def each_run(self, gap: ArrayLike) -> list[float]:
        """Return the excess of every single run; empty without a pair that the global model gets wrong."""
        flips = ((np.atleast_2d(gap) > 0) != (self.gap > 0)).astype(np.float64)
        wrong = float(self.wrong_per_user.sum())
        return (flips @ ((self.gap < 0) - self.chance) / wrong).tolist() if wrong else []

    def _share(self, part: FloatArray, *, exact: bool) -> Clustered:
        per_user = np.bincount(self.position, weights=part, minlength=self.wrong_per_user.size).astype(np.float64)
        return ratio(
            per_user,
            self.wrong_per_user,
            source=self.source,
            n_pairs=int(self.wrong_per_user.sum()),
            n_users=int(np.count_nonzero(self.wrong_per_user)),
            exact=exact,
            is_difference=True,
        )


def noise_curve(global_gap: ArrayLike, *, points: int = 81) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Return where the global model goes when its gaps get normal noise: the curve of changes that know nothing.

    Parameters
    ----------
    global_gap : array_like, shape (n_pairs,)
        Gap of the global model on the test pairs of one community.
    points : int
        Points of the curve.

    Returns
    -------
    noise, true_country, all_country : ndarray, shape (points,)
        Standard deviation of the noise, from 0 to `MOST_NOISE` standard deviations of the gap, and both accuracies:
        :math:`mean_D \Phi(-|g|/s)` and :math:`a - P(A) mean_A \Phi(-|g|/s) + P(D) mean_D \Phi(-|g|/s)`. NaN without a
        pair that the global model gets wrong.
    """
    gaps = np.asarray(global_gap, dtype=np.float64)
    size, wrong = np.abs(gaps), gaps < 0
    noise = np.linspace(0.0, MOST_NOISE * (float(gaps.std()) if gaps.size else 0.0), points)
    if not wrong.any():
        return noise, np.full(points, math.nan), np.full(points, math.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        flips = np.where(noise[:, None] > 0, ndtr(-size / noise[:, None]), 0.0)
    gained, lost = flips[:, wrong].sum(axis=1), flips[:, ~wrong].sum(axis=1)
    right = float((gaps > 0).sum())
    return noise, gained / wrong.sum(), (right - lost + gained) / gaps.size
