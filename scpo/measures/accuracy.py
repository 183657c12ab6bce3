"""Accuracies and paired differences of reward models, each with the number without each user.

A pair is right if the model ranks it as the person did, ``gap > 0``; equal rewards (ties) are wrong and are counted.
*all-country* is the share of right pairs among all test pairs of a country; *true-country* the same among the pairs
where the global model disagrees (global gap < 0). The global model scores 0 there by construction. Sources: arXiv
2606.18606 for the two accuracies, `scpo.measures.intervals` for the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio, users_source
from scpo.measures.estimate import Estimate, estimate
from scpo.measures.excess import FlipRuler

Subset = Literal["all_country", "true_country"]
SUBSETS: tuple[Subset, ...] = ("all_country", "true_country")


def _gaps(gap: ArrayLike, n_pairs: int, name: str) -> NDArray[np.float64]:
    """Return gaps of shape (n_runs, n_pairs), finite."""
    gaps = np.atleast_2d(np.asarray(gap, dtype=np.float64))
    if gaps.ndim != 2 or gaps.shape[1] != n_pairs or gaps.shape[0] == 0:
        raise InputError(f"{name} must have shape ({n_pairs},) or (n_runs, {n_pairs}), got {np.shape(gap)}")
    if not np.isfinite(gaps).all():
        raise InputError(f"{name} has values that are not finite; score these responses again")
    return gaps


@dataclass(frozen=True, eq=False)
class CountedPairs:
    """The pairs of a subset with their users: what the accuracies of all models on it share.

    Attributes
    ----------
    counted : ndarray of bool, shape (n_pairs,)
        The pairs that belong to the subset.
    position : ndarray of int, shape (n_counted,)
        Of each counted pair's user among all users of the pairs, sorted.
    per_user : ndarray, shape (n_all_users,)
        Counted pairs of each user; 0 for users who have none.
    source : str
        Names the users.
    ruler : ndarray or None, shape (n_pairs,)
        Gap of the global model, where it makes the subset: there the global model is right nowhere by construction.
    """

    counted: NDArray[np.bool_]
    position: NDArray[np.intp]
    per_user: NDArray[np.float64]
    source: str
    ruler: NDArray[np.float64] | None

    @classmethod
    def build(cls, user_id: ArrayLike, *, subset: Subset = "all_country", global_gap: ArrayLike | None = None) -> Self:
        """Prepare pairs; the parameters are those of `accuracy`."""
        users, place = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
        counted, ruler = np.ones(place.size, dtype=bool), None
        if subset == "true_country":
            if global_gap is None:
                raise InputError("the true-country subset needs the gap of the global model")
            ruler = _gaps(global_gap, place.size, "global_gap")[0]
            counted = ruler < 0
        position = place[counted]
        per_user = np.bincount(position, minlength=users.size).astype(np.float64)
        return cls(counted, position, per_user, users_source(users), ruler)

    @property
    def n_users(self) -> int:
        """Return the number of users with such a pair."""
        return int(np.count_nonzero(self.per_user))

    def accuracy(self, gap: ArrayLike) -> Clustered:
        """Return the share of right pairs of a model, given by its gaps on all pairs as for `accuracy`."""
        gaps = _gaps(gap, self.counted.size, "gap")
        mine = gaps[:, self.counted]
        right = np.mean(mine > 0, axis=0)
        n_pairs = self.position.size
        return ratio(
            self._summed(right),
            self.per_user,
            source=self.source,
            n_pairs=n_pairs,
            n_users=self.n_users,
            n_ties=int(np.count_nonzero(mine == 0)),
            pair_variance=float(right.var()) / n_pairs if n_pairs else math.nan,
            exact=self.ruler is not None and bool((gaps == self.ruler).all()),
        )

    def right_per_user(self, gap: ArrayLike) -> NDArray[np.float64]:
        """Return how many counted pairs of each user a model ranks right (mean over runs), shape (n_all_users,)."""
        return self._summed(np.mean(_gaps(gap, self.counted.size, "gap")[:, self.counted] > 0, axis=0))

    def _summed(self, of_pairs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each user, shape (n_all_users,)."""
        return np.bincount(self.position, weights=of_pairs, minlength=self.per_user.size).astype(np.float64)

    def each_run(self, gap: ArrayLike) -> list[float]:
        """Return the share of right pairs of every single run; empty without pairs."""
        mine = _gaps(gap, self.counted.size, "gap")[:, self.counted]
        return [float(one) for one in np.mean(mine > 0, axis=1)] if self.position.size else []


def accuracy(
    gap: ArrayLike,
    user_id: ArrayLike,
    *,
    subset: Subset = "all_country",
    global_gap: ArrayLike | None = None,
) -> Clustered:
    r"""Return the share of right pairs together with the same number without each of the users.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of one run, or of several runs of one setting (seeds): the accuracy is then the mean over runs.
    user_id : array_like of str, shape (n_pairs,)
        Who preferred.
    subset : {"all_country", "true_country"}
        Which pairs count.
    global_gap : array_like, shape (n_pairs,), optional
        Gap of the global model; needed for ``true_country``, which is ``global_gap < 0``.

    Returns
    -------
    Clustered
        Value :math:`\sum_u c_u / \sum_u n_u` with the right pairs :math:`c_u` (mean over runs) and the pairs
        :math:`n_u` of each user.

    Raises
    ------
    InputError
        If shapes disagree, a gap is not finite, or the global gap is missing.
    """
    return CountedPairs.build(user_id, subset=subset, global_gap=global_gap).accuracy(gap)


def accuracy_estimate(
    gap: ArrayLike,
    user_id: ArrayLike,
    *,
    level: float,
    subset: Subset = "all_country",
    global_gap: ArrayLike | None = None,
) -> Estimate:
    """Estimate the accuracy of one run or of the mean over runs; see `accuracy` for the parameters.

    The global model on its own true-country pairs is 0 by construction: there the interval has width 0.
    """
    return estimate(accuracy(gap, user_id, subset=subset, global_gap=global_gap), level=level)


def both_accuracies(gap: NDArray[np.floating], global_gap: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return all-country and true-country accuracy of many models on the same pairs, without intervals.

    Parameters
    ----------
    gap : ndarray, shape (n_models, n_pairs)
    global_gap : ndarray, shape (n_pairs,)

    Returns
    -------
    ndarray, shape (n_models, 2)
        NaN where there are no such pairs. A tie counts as wrong.
    """
    right, lost = gap > 0, global_gap < 0
    unknown = np.full(len(right), np.nan)
    everything = right.mean(axis=1) if lost.size else unknown
    return np.column_stack([everything, right[:, lost].mean(axis=1) if lost.any() else unknown])


def rows_of_country(country: Sequence[str | None] | NDArray[Any]) -> dict[str, NDArray[np.intp]]:
    """Return the positions of the pairs of each community, sorted by name; pairs without one belong to none."""
    labels = np.asarray(country, dtype=object)
    known = sorted({label for label in labels if isinstance(label, str)})
    return {label: np.flatnonzero(labels == label) for label in known}


def accuracy_table(
    gap: ArrayLike,
    *,
    global_gap: ArrayLike,
    user_id: ArrayLike,
    country: Sequence[str | None] | NDArray[Any],
    level: float,
) -> list[dict[str, Any]]:
    """Evaluate one model (or the mean over its runs) on every community.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of the model on all test pairs.
    global_gap, user_id, country : array_like, shape (n_pairs,)
        Gap of the global model, user and community of each test pair; a pair without a community is left out.
    level : float, in (0, 1)
        Confidence level of the intervals.

    Returns
    -------
    list of dict
        Rows of the table METRICS (see `scpo.data.tables`), three per community, sorted by community: both accuracies
        and the excess (`scpo.measures.excess`).
    """
    users, ruler = np.asarray(user_id, dtype=str), np.asarray(global_gap, dtype=np.float64)
    gaps = _gaps(gap, users.size, "gap")
    rows: list[dict[str, Any]] = []
    for label, where in rows_of_country(country).items():
        numbers = {
            subset: accuracy(gaps[:, where], users[where], subset=subset, global_gap=ruler[where]) for subset in SUBSETS
        } | {"excess": FlipRuler.build(ruler[where], users[where]).excess(gaps[:, where])}
        for subset, number in numbers.items():
            found = estimate(number, level=level)
            rows.append(
                {
                    "tested_on": label,
                    "subset": subset,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "level": found.level,
                    "n_pairs": found.n_pairs,
                    "n_users": found.n_users,
                    "n_ties": number.n_ties,
                    "design_effect": number.design_effect,
                }
            )
    return rows
