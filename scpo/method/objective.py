"""Which pairs a country model is trained on, and with which weights.

All formulas are those of the paper (arXiv 2606.18606) and of its code ``minsik-ai/Steerable-Cultural-Preference``,
written so that no gap, however extreme, overflows. The ruler is the *gap* of the global model:
``g = r_glo(x, y+) - r_glo(x, y-)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, softmax

from scpo.arrays import BoolArray, FloatArray
from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.methods import METHODS, required


@dataclass(frozen=True, eq=False)
class Selection:
    """What one method makes of the pairs of one country.

    Attributes
    ----------
    kept : ndarray of bool, shape (n_pairs,)
        The pairs that are trained on.
    weight : ndarray of float64, shape (n_pairs,)
        Weight of each pair in the loss, >= 0; 0 where the pair is dropped.
    """

    kept: BoolArray
    weight: FloatArray

    @property
    def n_kept(self) -> int:
        """Return the number of pairs that are trained on."""
        return int(np.count_nonzero(self.kept))


def _finite(values: ArrayLike, name: str) -> FloatArray:
    """Return a one-dimensional float64 array, or say which value is not finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"{name} must have shape (n_pairs,), got {array.shape}")
    broken = np.flatnonzero(~np.isfinite(array))
    if broken.size:
        raise InputError(
            f"{name} has {broken.size} of {array.size} values that are not finite, the first at pair {broken[0]}: "
            f"{array[broken[0]]}; score these responses again"
        )
    return array


def gap(reward_chosen: ArrayLike, reward_rejected: ArrayLike) -> FloatArray:
    """Subtract the reward of the rejected response from the reward of the chosen one.

    Parameters
    ----------
    reward_chosen, reward_rejected : array_like, shape (n_pairs,)
        Rewards of one model (logits without scale), finite.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        ``g = r+ - r-``: above 0 the model agrees with the person, below 0 it disagrees.

    Raises
    ------
    InputError
        If the shapes differ or a reward is not finite.

    Examples
    --------
    >>> gap([2.0, 0.5], [1.0, 1.5])
    array([ 1., -1.])
    """
    chosen, rejected = _finite(reward_chosen, "reward_chosen"), _finite(reward_rejected, "reward_rejected")
    if chosen.shape != rejected.shape:
        raise InputError(f"reward_chosen has {chosen.size} pairs, reward_rejected has {rejected.size}")
    return chosen - rejected


def p_global(gap: ArrayLike) -> FloatArray:
    r"""Return the probability that the global model prefers the chosen response.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model.

    Returns
    -------
    ndarray of float64, shape (n_pairs,), in [0, 1]
        :math:`p_{glo} = \sigma(g) = e^{r^+} / (e^{r^+} + e^{r^-})`, the Bradley-Terry model.

    Examples
    --------
    >>> p_global([0.0])
    array([0.5])
    """
    return np.asarray(expit(_finite(gap, "gap")))


def gap_at(p_glo: ArrayLike) -> FloatArray:
    """Return the gaps at which `p_global` takes some values: its inverse.

    Parameters
    ----------
    p_glo : array_like, any shape, in [0, 1]
        Probabilities, for example a threshold tau.

    Returns
    -------
    ndarray of float64, same shape
        In logits; minus and plus infinity at 0 and 1, NaN outside [0, 1].

    Examples
    --------
    >>> gap_at([0.0, 0.5, 1.0])
    array([-inf,   0.,  inf])
    """
    return np.asarray(logit(np.asarray(p_glo, dtype=np.float64)))


def keep_pairs(p_glo: ArrayLike, tau: float) -> BoolArray:
    """Select the pairs the country model is trained on: ``p_glo < tau``.

    Parameters
    ----------
    p_glo : array_like, shape (n_pairs,), in [0, 1]
        Output of `p_global`.
    tau : float, in (0, 1]
        Threshold; the reference trains with 0.7. ``tau = 1`` keeps all pairs, also those whose `p_glo` rounds to 1.

    Returns
    -------
    ndarray of bool, shape (n_pairs,)

    Raises
    ------
    InputError
        If tau is outside (0, 1].
    """
    if not 0 < tau <= 1:
        raise InputError(f"tau must be in (0, 1], got {tau}")
    probability = _finite(p_glo, "p_glo")
    return np.ones(probability.shape, dtype=bool) if tau == 1 else probability < tau


def global_disagrees(gap: ArrayLike) -> BoolArray:
    """Select the pairs of the true-country subset: the global model prefers the other response, ``g < 0``.

    This is the *test* predicate (``r+ < r-`` in the reference), not the training filter of `keep_pairs`.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model.

    Returns
    -------
    ndarray of bool, shape (n_pairs,)
    """
    return _finite(gap, "gap") < 0


def log_weights(gap: ArrayLike, objective: ObjectiveConfig) -> FloatArray:
    """Return the logarithms of `pair_weights`, shape (n_pairs,); minus infinity where a weight is 0."""
    gaps = _finite(gap, "gap")
    weigher = METHODS[objective.method].log_weight
    return np.zeros(gaps.shape) if weigher is None else weigher(gaps, objective)


def pair_weights(gap: ArrayLike, objective: ObjectiveConfig) -> FloatArray:
    """Weigh pairs by their gap, whether or not they are kept and before any normalisation.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model.
    objective : ObjectiveConfig
        Method with its beta or clip; `scpo.methods` holds the formulas.

    Returns
    -------
    ndarray of float64, shape (n_pairs,), >= 0
        1 for every agreeing pair.

    Examples
    --------
    >>> pair_weights([3.0, 0.0], ObjectiveConfig(method="weight", beta=1.1))
    array([1., 1.])
    """
    with np.errstate(under="ignore"):
        return np.exp(log_weights(gap, objective))


def select(gap: ArrayLike, objective: ObjectiveConfig, *, seed: int) -> Selection:
    """Apply one method to the pairs of one country.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model on the country's training pairs.
    objective : ObjectiveConfig
        Method, tau, beta, clip and normalisation.
    seed : int
        Seed of the pairs that `random` draws; the other methods do not depend on it.

    Returns
    -------
    Selection
        The pairs that the method keeps (`scpo.methods`) with their `pair_weights`. With
        ``objective.normalise_weights`` the weights are scaled to mean 1 over the kept pairs, computed from logarithms
        so that it holds for the most extreme gaps too.
    """
    gaps = _finite(gap, "gap")
    method = METHODS[objective.method]
    kept = np.ones(gaps.shape, dtype=bool)
    if method.needs_tau:
        kept = keep_pairs(p_global(gaps), required(objective.tau, "tau", objective))
    if method.at_random:
        drawn = np.random.default_rng(seed).choice(gaps.size, size=int(kept.sum()), replace=False)
        kept = np.zeros(gaps.shape, dtype=bool)
        kept[drawn] = True

    log_weight = log_weights(gaps, objective)
    weight = np.zeros(gaps.shape)
    with np.errstate(under="ignore"):
        if objective.normalise_weights and kept.any():
            weight[kept] = softmax(np.maximum(log_weight[kept], -np.finfo(np.float64).max)) * kept.sum()
        else:
            weight[kept] = np.exp(log_weight[kept])
    return Selection(kept=kept, weight=weight)


def effective_sample_size(weight: ArrayLike) -> float:
    r"""Return how many pairs of equal weight carry as much information as these.

    Parameters
    ----------
    weight : array_like, shape (n_pairs,)
        Weights >= 0; dropped pairs have 0.

    Returns
    -------
    float, in [0, n_pairs]
        :math:`(\sum_i w_i)^2 / \sum_i w_i^2` (Kish 1965); 0 when no pair carries weight.

    Examples
    --------
    >>> effective_sample_size([1.0, 1.0, 0.0])
    2.0
    """
    weights = _finite(weight, "weight")
    if weights.size and weights.min() < 0:
        raise InputError(f"weights must not be negative, got {weights.min()}")
    largest = weights.max(initial=0.0)
    if largest == 0:
        return 0.0
    with np.errstate(under="ignore"):
        scaled = weights / largest
        return float(scaled.sum() ** 2 / np.square(scaled).sum())
