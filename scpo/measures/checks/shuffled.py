r"""Labels exchanged between training users: what training does that sees no more of a country than how often the global
model is wrong there.

What is exchanged, and what stays as it is, stands in `scpo.method.shuffling`. With the statistic T of the true labels
and :math:`T_b` of B exchanges

.. math:: p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}

(Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.arrays import BoolArray, FloatArray
from scpo.config import ObjectiveConfig
from scpo.method.heads import PreferenceFeatures, fit_heads
from scpo.method.margins import inverse_hessian
from scpo.method.objective import select

FEWEST_USERS = 5
"""Fewer training users have too few exchanges for a p-value of 1 %."""

TOLERANCE = 1e-3
"""Largest accepted error of a margin, in logits: a verdict changes only where a gap is smaller still."""

ROUNDING = 1e-12


def both_ways(features: PreferenceFeatures) -> PreferenceFeatures:
    """Return every pair twice: as it is, then with the other response preferred; weights choose between the two."""
    differences = features.rows @ features.basis.T
    turned = PreferenceFeatures.build(
        np.concatenate([differences, -differences]), features.head, gap=np.concatenate([features.gap, -features.gap])
    )
    return turned if features.share is None else replace(turned, share=np.tile(features.share, 2))


class ExchangedFits:
    """Last layers of one setting with turned labels, quickly: all start from the fit of the mean weights.

    Parameters
    ----------
    features : PreferenceFeatures
        Of the training pairs as they are.
    objective : ObjectiveConfig
    ridge : float, > 0
        lambda.
    seed : int
        Of a setting that draws pairs.
    """

    def __init__(self, features: PreferenceFeatures, objective: ObjectiveConfig, *, ridge: float, seed: int) -> None:
        self._gap = features.gap
        self._features = both_ways(features)
        self._objective, self._ridge, self._seed = objective, ridge, seed
        self._start: FloatArray | None = None
        self._conditioner: NDArray[np.float32] | None = None

    def heads(self, turned: BoolArray) -> FloatArray:
        """Return a head for each row of turned pairs, shape (n_fits, n_pairs) to (n_fits, n_features)."""
        weight = np.array([weights(self._gap, one, self._objective, seed=self._seed) for one in turned])
        if self._start is None:
            self._prepare(weight.mean(axis=0))
        known = self._conditioner
        fit = fit_heads(
            self._features,
            weight,
            ridge=self._ridge,
            start=self._start,
            conditioner=None if known is None else np.repeat(known[None], len(weight), axis=0),
            tolerance=TOLERANCE,
        )
        return fit.heads

    def _prepare(self, weight: FloatArray) -> None:
        features, order = self._features, self._features.order
        self._start = fit_heads(features, weight[None], ridge=self._ridge, tolerance=TOLERANCE).shift[0]
        self._conditioner = inverse_hessian(
            features.prepared, features.gap[order], weight[order], self._ridge, self._start
        )


def weights(gap: FloatArray, turned: BoolArray, objective: ObjectiveConfig, *, seed: int) -> FloatArray:
    """Return the weights that a setting gives the pairs of `both_ways` when some are turned, shape (2 n_pairs,)."""
    weight = select(np.where(turned, -gap, gap), objective, seed=seed).weight
    return np.concatenate([np.where(turned, 0.0, weight), np.where(turned, weight, 0.0)])


def permutation_p(statistic: float, exchanged: ArrayLike) -> float:
    """Return the p-value of a statistic against those of random exchanges; NaN for a statistic that is not finite.

    Examples
    --------
    >>> permutation_p(2.0, [0.0, 1.0, 2.0])
    0.5
    """
    drawn = np.asarray(exchanged, dtype=np.float64)
    if not np.isfinite(statistic):
        return float("nan")
    return (1 + int(np.count_nonzero(drawn >= statistic - ROUNDING))) / (drawn.size + 1)
