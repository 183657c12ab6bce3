"""What a slider shows of millions of pairs: counts, weights and histograms from sorted gaps.

Gaps are sorted once. All pairs below a threshold are then a prefix, so kept counts, histograms and sums of weights come
from binary search and cumulative sums: a move of tau takes microseconds whatever the number of pairs; a move of beta
takes one pass over the disagreeing pairs. Memory: 8 bytes a pair for the gaps, and 16 bytes a disagreeing pair while a
beta is in use. Weights that are normalised or not give the same answers here, up to `weight_sum`, which is of the plain
weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.objective import pair_weights
from scpo.methods import METHODS, LogWeight

FloatArray = NDArray[np.float64]


class Kept(NamedTuple):
    """What a setting keeps of a set of pairs.

    `n_pairs`; `n_kept` pairs that are trained on; `n_disagreeing` pairs among the kept with gap < 0 (None for `random`,
    where it depends on the draw); `weight_sum`; `effective`, the effective sample size (sum w)^2 / sum w^2.
    """

    n_pairs: int
    n_kept: int
    n_disagreeing: int | None
    weight_sum: float
    effective: float


class Cumulative(NamedTuple):
    """Sums from 0, shape (n_disagreeing + 1,), of weights and of their squares at some beta and clip."""

    numbers: tuple[float | None, float]
    weight: FloatArray
    square: FloatArray


@dataclass(eq=False)
class SortedGaps:
    """The gaps of one country's pairs, sorted, with the cumulative weights of the last beta that was asked for.

    Attributes
    ----------
    gap : ndarray, shape (n_pairs,)
        Rising.
    n_disagreeing : int
        Pairs with gap < 0; they come first.
    """

    gap: FloatArray
    n_disagreeing: int
    _weights: dict[LogWeight, Cumulative] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, gap: ArrayLike) -> Self:
        """Sort gaps of shape (n_pairs,), finite."""
        gaps = np.sort(np.asarray(gap, dtype=np.float64))
        if gaps.ndim != 1 or not np.isfinite(gaps[[0, -1]] if gaps.size else gaps).all():
            raise InputError("gaps must have shape (n_pairs,) and be finite; score these responses again")
        return cls(gap=gaps, n_disagreeing=int(np.searchsorted(gaps, 0.0)))

    def n_below(self, tau: float) -> int:
        """Return the number of pairs with ``p_glo < tau``; all for tau = 1, exactly as `objective.keep_pairs`."""
        if not 0 < tau <= 1:
            raise InputError(f"tau must be in (0, 1], got {tau}")
        if tau == 1:
            return self.gap.size
        count = int(np.searchsorted(self.gap, logit(tau)))
        while count > 0 and not expit(self.gap[count - 1]) < tau:
            count -= 1
        while count < self.gap.size and expit(self.gap[count]) < tau:
            count += 1
        return count

    def kept(self, objective: ObjectiveConfig) -> Kept:
        """Return counts, sum of weights and effective sample size of one setting."""
        n_kept = self.gap.size if objective.tau is None else self.n_below(objective.tau)
        disagreeing = min(n_kept, self.n_disagreeing)
        method = METHODS[objective.method]
        if method.at_random:
            return Kept(self.gap.size, n_kept, None, float(n_kept), float(n_kept))
        total = squares = float(n_kept)
        if method.log_weight is not None:
            sums = self._cumulative(method.log_weight, objective)
            total = float(sums.weight[disagreeing]) + (n_kept - disagreeing)
            squares = float(sums.square[disagreeing]) + (n_kept - disagreeing)
        effective = total**2 / squares if squares > 0 else 0.0
        return Kept(self.gap.size, n_kept, disagreeing, total, effective)

    def histogram(self, edges: ArrayLike) -> NDArray[np.intp]:
        """Count pairs between rising edges of the gap, each bin ``[low, high)``; shape (n_edges - 1,)."""
        return np.diff(np.searchsorted(self.gap, np.asarray(edges, dtype=np.float64)))

    def _cumulative(self, weigher: LogWeight, objective: ObjectiveConfig) -> Cumulative:
        """Return the sums over the disagreeing pairs, from the last move if only tau has moved."""
        numbers = (objective.beta, objective.inverse_clip)
        known = self._weights.get(weigher)
        if known is None or known.numbers != numbers:
            weight = pair_weights(self.gap[: self.n_disagreeing], objective)
            with np.errstate(under="ignore"):
                known = Cumulative(numbers, np.cumsum(np.append(0.0, weight)), np.cumsum(np.append(0.0, weight**2)))
            self._weights[weigher] = known
        return known
