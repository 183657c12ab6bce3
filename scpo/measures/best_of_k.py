r"""What best-of-k gives, from n samples of a prompt: the unbiased estimator over all k of them.

With rewards sorted, :math:`r_{(1)} \le \dots \le r_{(n)}`, the best of k drawn without replacement is the i-th with
probability :math:`\binom{i - 1}{k - 1} / \binom{n}{k}`, whatever the responses are. So the mean of any value of the
best one is

.. math:: \hat v_k = \sum_{i=k}^n \frac{\binom{i-1}{k-1}}{\binom{n}{k}} \, v_{(i)}

the average over all subsets of k, unbiased for k <= n (as pass@k: Chen et al., arXiv:2107.03374). Best-of-k moves
no further from the sampling policy than :math:`\log k - (k-1)/k` nats (Beirami et al., arXiv:2401.01879).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from scpo.arrays import FloatArray
from scpo.errors import InputError


def best_of_k(reward: ArrayLike, value: ArrayLike, k: int) -> float:
    """Return the expected value of the best rewarded of k responses, drawn without replacement from n.

    Parameters
    ----------
    reward, value : array_like, shape (n,)
        Equal rewards share their places: a pick among them is drawn by chance.
    k : int, from 1 to n

    Examples
    --------
    >>> best_of_k([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], 2)  # of three pairs one has 1 as its best, two have 2
    1.6666666666666667
    """
    rewards, values = np.asarray(reward, dtype=np.float64), np.asarray(value, dtype=np.float64)
    n = rewards.size
    if rewards.shape != values.shape or rewards.ndim != 1:
        raise InputError(f"rewards and values must be as many, got {rewards.shape} and {values.shape}")
    if not 1 <= k <= n:
        raise InputError(f"best of {k} needs at least {k} responses, and there are {n}")
    _, group = np.unique(rewards, return_inverse=True)
    shared = np.bincount(group, weights=values) / np.bincount(group)
    ranked = shared[np.sort(group)]
    place = np.arange(1, n + 1)
    chance = np.zeros(n)
    late = place[k - 1 :]
    chance[k - 1 :] = np.exp(_log_choose(late - 1, k - 1) - _log_choose(np.array(n), k))
    return float(chance @ ranked)


def _log_choose(n: NDArray[np.integer], k: int) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def most_divergence(k: int) -> float:
    """Return the largest KL of best-of-k from the sampling policy, in nats."""
    return math.log(k) - (k - 1) / k
