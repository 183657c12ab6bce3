"""Accuracies and paired differences of reward models, each with an interval that resamples users.

A pair is right if the model ranks it as the person did, ``gap > 0``; equal rewards (ties) are wrong and are counted.
*all-country* is the share of right pairs among all test pairs of a country; *true-country* the same among the pairs
where the global model disagrees (global gap < 0). The global model scores 0 there by construction. Sources: arXiv
2606.18606 for the two accuracies, `scpo.measures.intervals` for the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.estimate import Estimate, estimate
from scpo.measures.resampling import Resampled, UserResamples, share

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
        Of each counted pair's user among the users of the resamples.
    resamples : UserResamples
    times : ndarray, shape (n_resamples,)
        Counted pairs in each resample.
    n_users : int
        Users with at least one counted pair.
    ruler : ndarray or None, shape (n_pairs,)
        Gap of the global model, where it makes the subset: there the global model is right nowhere by construction.
    """

    counted: NDArray[np.bool_]
    position: NDArray[np.intp]
    resamples: UserResamples
    times: NDArray[np.float64]
    n_users: int
    ruler: NDArray[np.float64] | None

    @classmethod
    def build(
        cls,
        user_id: ArrayLike,
        resamples: UserResamples,
        *,
        subset: Subset = "all_country",
        global_gap: ArrayLike | None = None,
    ) -> Self:
        """Prepare pairs; the parameters are those of `accuracy`."""
        users = np.asarray(user_id, dtype=str)
        counted, ruler = np.ones(users.size, dtype=bool), None
        if subset == "true_country":
            if global_gap is None:
                raise InputError("the true-country subset needs the gap of the global model")
            ruler = _gaps(global_gap, users.size, "global_gap")[0]
            counted = ruler < 0
        position = resamples.positions(users)[counted]
        per_user = np.bincount(position, minlength=resamples.users.size)
        times = resamples.times @ per_user.astype(np.float64)
        return cls(counted, position, resamples, times, int(np.count_nonzero(per_user)), ruler)

    def accuracy(self, gap: ArrayLike) -> Resampled:
        """Return the share of right pairs of a model, given by its gaps on all pairs as for `accuracy`."""
        gaps = _gaps(gap, self.counted.size, "gap")
        exact = self.ruler is not None and bool((gaps == self.ruler).all())
        mine = gaps[:, self.counted]
        right = np.mean(mine > 0, axis=0)
        per_user = np.bincount(self.position, weights=right, minlength=self.resamples.users.size)
        n_pairs, n_users = self.position.size, self.n_users
        return Resampled(
            value=float(right.mean()) if n_pairs else math.nan,
            draws=share(self.resamples.times @ per_user, self.times),
            n_pairs=n_pairs,
            n_users=n_users,
            n_ties=int(np.count_nonzero(mine == 0)),
            pair_variance=float(right.var()) / n_pairs if n_pairs else math.nan,
            small_sample=n_users / (n_users - 1) if n_users > 1 else math.nan,
            degrees=float(n_users - 1) if n_users > 1 else math.nan,
            source=self.resamples.source,
            exact=exact,
        )


def accuracy(
    gap: ArrayLike,
    user_id: ArrayLike,
    resamples: UserResamples,
    *,
    subset: Subset = "all_country",
    global_gap: ArrayLike | None = None,
) -> Resampled:
    r"""Return the share of right pairs together with its values over the resamples of users.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of one run, or of several runs of one setting (seeds): the accuracy is then the mean over runs.
    user_id : array_like of str, shape (n_pairs,)
        Who preferred; every user must be among those of `resamples`.
    resamples : UserResamples
        The shared resamples of the community's test users.
    subset : {"all_country", "true_country"}
        Which pairs count.
    global_gap : array_like, shape (n_pairs,), optional
        Gap of the global model; needed for ``true_country``, which is ``global_gap < 0``.

    Returns
    -------
    Resampled
        Value :math:`\sum_u c_u / \sum_u n_u` with the right pairs :math:`c_u` (mean over runs) and the pairs
        :math:`n_u` of each user; over the resamples :math:`W c / W n`.

    Raises
    ------
    InputError
        If shapes disagree, a gap is not finite, or the global gap is missing.
    """
    return CountedPairs.build(user_id, resamples, subset=subset, global_gap=global_gap).accuracy(gap)


def accuracy_estimate(
    gap: ArrayLike,
    user_id: ArrayLike,
    resamples: UserResamples,
    *,
    level: float,
    subset: Subset = "all_country",
    global_gap: ArrayLike | None = None,
) -> Estimate:
    """Estimate the accuracy of one run or of the mean over runs; see `accuracy` for the parameters.

    The global model on its own true-country pairs is 0 by construction: there the interval has width 0.
    """
    return estimate(accuracy(gap, user_id, resamples, subset=subset, global_gap=global_gap), level=level)


def rows_of_country(country: Sequence[str | None] | NDArray[Any]) -> dict[str, NDArray[np.intp]]:
    """Return the positions of the pairs of each community, sorted by name; pairs without one belong to none."""
    labels = np.asarray(country, dtype=object)
    known = sorted({label for label in labels if isinstance(label, str)})
    return {label: np.flatnonzero(labels == label) for label in known}


def draw_by_country(
    user_id: ArrayLike, country: Sequence[str | None] | NDArray[Any], config: EvaluationConfig
) -> dict[str, UserResamples]:
    """Draw the resamples of each community's test users, once for all models."""
    users = np.asarray(user_id, dtype=str)
    return {
        label: UserResamples.draw(users[rows], resamples=config.resamples, seed=config.seed)
        for label, rows in rows_of_country(country).items()
    }


def accuracy_table(
    gap: ArrayLike,
    *,
    global_gap: ArrayLike,
    user_id: ArrayLike,
    country: Sequence[str | None] | NDArray[Any],
    config: EvaluationConfig,
    resamples: Mapping[str, UserResamples] | None = None,
) -> list[dict[str, Any]]:
    """Evaluate one model (or the mean over its runs) on every community.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of the model on all test pairs.
    global_gap, user_id, country : array_like, shape (n_pairs,)
        Gap of the global model, user and community of each test pair; a pair without a community is left out.
    config : EvaluationConfig
        Level, number of resamples, seed.
    resamples : mapping, optional
        Output of `draw_by_country` for the same pairs and config, to be shared by many models.

    Returns
    -------
    list of dict
        Rows of the table METRICS (see `scpo.data.tables`), two per community, sorted by community.
    """
    users, ruler = np.asarray(user_id, dtype=str), np.asarray(global_gap, dtype=np.float64)
    gaps = _gaps(gap, users.size, "gap")
    drawn = draw_by_country(users, country, config) if resamples is None else resamples
    rows: list[dict[str, Any]] = []
    for label, where in rows_of_country(country).items():
        for subset in SUBSETS:
            number = accuracy(gaps[:, where], users[where], drawn[label], subset=subset, global_gap=ruler[where])
            found = estimate(number, level=config.level)
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
