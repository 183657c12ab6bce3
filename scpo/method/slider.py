"""What a slider shows of millions of pairs: counts, weights and histograms from sorted gaps.

Gaps are sorted once. All pairs below a threshold are then a prefix, so kept counts, histograms and sums of weights come
from binary search and cumulative sums: a move of tau takes microseconds whatever the number of pairs; a move of beta
takes one pass over the disagreeing pairs. Memory: 8 bytes a pair for the gaps, and 16 bytes a disagreeing pair while a
beta is in use. Weights that are normalised or not give the same answers here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from scpo.arrays import FloatArray, IndexArray
from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.objective import gap_at, pair_weights
from scpo.methods import METHODS, LogWeight


class Kept(NamedTuple):
    """What a setting keeps of a set of pairs.

    `n_pairs`; `n_kept` pairs that are trained on; `n_disagreeing` pairs among the kept with gap < 0 (None for `random`,
    where it depends on the draw); `effective`, the effective sample size (sum w)^2 / sum w^2.
    """

    n_pairs: int
    n_kept: int
    n_disagreeing: int | None
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
        if method.relabels:
            raise InputError(f"what {method.name} keeps depends on whose judgements a user gets, not on gaps alone")
        if method.at_random:
            return Kept(self.gap.size, n_kept, None, float(n_kept))
        total = squares = float(n_kept)
        if method.log_weight is not None:
            sums = self._cumulative(method.log_weight, objective)
            total = float(sums.weight[disagreeing]) + (n_kept - disagreeing)
            squares = float(sums.square[disagreeing]) + (n_kept - disagreeing)
        effective = total**2 / squares if squares > 0 else 0.0
        return Kept(self.gap.size, n_kept, disagreeing, effective)

    def histogram(self, edges: ArrayLike) -> IndexArray:
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


class Parts(NamedTuple):
    """Counts of pairs by p_glo and by what a filter does with them.

    `edges` of the bins, shape (n_bins + 1,), from 0 to 1; `disagreement` and `agreement`: kept pairs left and right of
    p_glo = 1/2; `dropped` pairs; each of shape (n_bins,).
    """

    edges: FloatArray
    disagreement: IndexArray
    agreement: IndexArray
    dropped: IndexArray


def parts_by_p(countries: Iterable[tuple[SortedGaps, float]], *, bins: int) -> Parts:
    """Count the pairs of several countries by p_glo: dropped, and disagreement and mild agreement that are kept.

    Parameters
    ----------
    countries : iterable of (SortedGaps, float)
        Each country's pairs and its tau, in (0, 1].
    bins : int
        Bins over [0, 1]; even, so that one ends at 1/2.

    Raises
    ------
    InputError
        If `bins` is odd.
    """
    if bins % 2:
        raise InputError(f"the number of bins must be even, so that one ends at p_glo = 1/2, got {bins}")
    edges, half = np.linspace(0.0, 1.0, bins + 1), bins // 2
    disagreement, agreement, dropped = np.zeros((3, bins), dtype=np.intp)
    for gaps, tau in countries:
        below = np.searchsorted(gaps.gap, gap_at(edges))
        whole, kept = np.diff(below), np.diff(np.minimum(below, gaps.n_below(tau)))
        disagreement[:half] += kept[:half]
        agreement[half:] += kept[half:]
        dropped += whole - kept
    return Parts(edges, disagreement, agreement, dropped)


def gap_range(countries: Sequence[SortedGaps]) -> tuple[float, float]:
    """Return the gaps between which 99 % of each country's pairs lie, rounded outwards to half logits.

    Returns
    -------
    tuple of float
        At most -1.5 and at least 1.5, so that a picture always shows both sides of 0.
    """
    ends = [np.quantile(one.gap, [0.005, 0.995]) for one in countries]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return min(-1.5, float(np.floor(2 * low) / 2)), max(1.5, float(np.ceil(2 * high) / 2))


def weight_curve(
    tau: float, beta: float, ends: tuple[float, float], *, dropped: bool, points: int = 120
) -> tuple[FloatArray, FloatArray]:
    """Return the weight of a pair over its gap as corners of a line.

    Parameters
    ----------
    tau : float, in (0, 1]
        Pairs from the gap at tau on are dropped.
    beta : float, > 0
        Temperature of the weights.
    ends : tuple of float
        Ends of the line.
    dropped : bool
        Go on with weight 0 from the gap at tau; otherwise the line ends there.
    points : int
        Corners over the whole range; 0, where the weight has its bend, and the gap at tau are added.

    Returns
    -------
    tuple of ndarray
        Gaps, rising, and weights in [0, 1], of equal shape.
    """
    cut = float(gap_at(tau))
    gap = np.unique(np.append(np.linspace(*ends, points), [0.0]))
    inside = [cut] if ends[0] < cut < ends[1] else []
    kept = np.append(gap[gap < cut], inside)
    gone = np.append(inside, gap[gap >= cut]) if dropped else np.empty(0)
    return np.append(kept, gone), np.append(
        pair_weights(kept, ObjectiveConfig(method="weight", beta=beta)), np.zeros(len(gone))
    )
