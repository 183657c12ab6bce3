"""Judgements exchanged among users: what a model learns from labels that say nothing of which pairs are which.

Each pair is first turned so that the response the global model prefers comes first; what is left of the person's
judgement is whether they disagree. A user's pairs are put in the order of the size of the global gap, and the whole
sequence of judgements is given to another user with about as many pairs. So the share of disagreement, how it falls
with the size of the gap, and the dependence within users stay; what goes is which pairs it is that people disagree on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures
from scpo.method.margins import PreparedRows

STRATUM = 5
"""Fewest users who exchange among themselves. Users with exactly as many pairs are often one or two."""


def exchanged_judgements(gap: ArrayLike, user_id: ArrayLike, *, seed: int) -> NDArray[np.bool_]:
    """Return the pairs whose preference turns round when users exchange their judgements.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,)
        Gap of the global model on the training pairs of one community.
    user_id : array_like of str, shape (n_pairs,)
    seed : int
        Of the exchange.

    Returns
    -------
    ndarray of bool, shape (n_pairs,)
        Every user gets another's judgements, never their own, within strata of at least `STRATUM` users by number of
        pairs. A sequence of another length is stretched or thinned; among users with equally many pairs the number of
        disagreeing pairs stays exactly. Nothing turns where there is only one user.

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> exchanged_judgements([-1.0, 2.0], ["a", "a"], seed=0)
    array([False, False])
    >>> exchanged_judgements([-1.0, 2.0], ["a", "b"], seed=0)
    array([ True,  True])
    """
    gaps = np.asarray(gap, dtype=np.float64)
    disagrees = gaps < 0
    users, position = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
    if gaps.shape != position.shape:
        raise InputError(f"{gaps.size} gaps and {position.size} users do not fit together")
    sizes = np.bincount(position, minlength=users.size)
    rows = np.split(np.lexsort((np.abs(gaps), position)), np.cumsum(sizes)[:-1])
    rng = np.random.default_rng(seed)
    given = disagrees.copy()
    for stratum in _strata(sizes):
        circle = rng.permutation(stratum)
        for receiver, giver in zip(circle, np.roll(circle, 1), strict=True):
            mine, theirs = rows[receiver], rows[giver]
            middle = (2 * np.arange(len(mine)) + 1) * len(theirs) // (2 * len(mine))
            given[mine] = disagrees[theirs[middle]]
    return given != disagrees


def turned_features(features: PreferenceFeatures, turned: ArrayLike) -> PreferenceFeatures:
    """Return a community's features after some preferences have turned round, without reducing them again.

    Parameters
    ----------
    features : PreferenceFeatures
    turned : array_like of bool, shape (n_pairs,)
        From `exchanged_judgements`.
    """
    sign = np.where(np.asarray(turned, dtype=bool), -1.0, 1.0)
    gap = features.gap * sign
    order = np.argsort(gap, kind="stable")
    prepared = PreparedRows.build((features.rows * sign[:, None])[order])
    return replace(features, prepared=prepared, order=order, gap=gap, relabelled=True)


def _strata(sizes: NDArray[np.intp]) -> list[list[int]]:
    """Put users with equally many pairs together, and neighbouring numbers until `STRATUM` users are."""
    strata: list[list[int]] = []
    waiting: list[int] = []
    for size in np.unique(sizes):
        waiting = waiting + np.flatnonzero(sizes == size).tolist()
        if len(waiting) >= STRATUM:
            strata.append(waiting)
            waiting = []
    if waiting:
        strata[-1:] = [[*(strata[-1] if strata else []), *waiting]]
    return strata
