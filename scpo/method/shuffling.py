"""Labels exchanged among users: what a model learns from labels that say nothing of which pairs are which.

Each pair is first turned so that the response the global model prefers comes first; the label that is left is whether
the person disagrees. A user's pairs are put in the order of the size of the global gap, and the whole sequence of
labels is given to another user with about as many pairs. So the share of disagreement, how it falls with the size of
the gap, and the dependence within users stay; what goes is which pairs it is that people disagree on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import BoolArray, FloatArray, IndexArray
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures
from scpo.method.margins import PreparedRows

USERS_PER_STRATUM = 16
"""Labels are exchanged within groups of at least so many users (if there are), neighbours in the number of pairs. In
smaller groups many would get their own labels back."""


@dataclass(frozen=True, eq=False)
class LabelExchange:
    """The training pairs of one community, in the order in which labels are exchanged.

    Attributes
    ----------
    gap : ndarray, shape (n_pairs,)
        Gap of the global model; below 0 it is wrong.
    order : ndarray of int, shape (n_pairs,)
        Pairs by user, within a user by rising size of the gap.
    owner, rank : ndarray of int, shape (n_pairs,)
        Of the pairs in that order: the user, and the place within the user.
    first, size : ndarray of int, shape (n_users,)
        Where each user begins, and how many pairs they have.
    strata : tuple of ndarray of int
        Users among whom labels are exchanged.
    """

    gap: FloatArray
    order: IndexArray
    owner: IndexArray
    rank: IndexArray
    first: IndexArray
    size: IndexArray
    strata: tuple[IndexArray, ...]

    @classmethod
    def build(cls, gap: ArrayLike, user_id: ArrayLike) -> Self:
        """Prepare training pairs; both of shape (n_pairs,).

        Raises
        ------
        InputError
            If shapes disagree.
        """
        gaps = np.asarray(gap, dtype=np.float64)
        users, owner = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
        if gaps.shape != owner.shape:
            raise InputError(f"{gaps.size} gaps and {owner.size} users do not fit together")
        order = np.lexsort((np.abs(gaps), owner))
        size = np.bincount(owner, minlength=users.size)
        first = np.concatenate([[0], np.cumsum(size)[:-1]])
        by_size = np.argsort(size, kind="stable")
        return cls(
            gap=gaps,
            order=order,
            owner=owner[order],
            rank=np.arange(gaps.size) - first[owner[order]],
            first=first,
            size=size,
            strata=tuple(np.array_split(by_size, max(1, users.size // USERS_PER_STRATUM))),
        )

    def draw(self, rng: np.random.Generator, *, own: bool = True) -> BoolArray:
        """Return which pairs have the other response preferred after one random exchange, shape (n_pairs,).

        Between users with different numbers of pairs a label goes to the same place relative to the number.

        Parameters
        ----------
        own : bool
            Whether a user may get their own labels back, as a permutation test needs it.
        """
        donor = np.arange(self.size.size)
        for users in self.strata:
            circle = rng.permutation(users)
            donor[users if own else circle] = circle if own else np.roll(circle, 1)
        wrong = self.gap[self.order] < 0
        giver = donor[self.owner]
        place = (2 * self.rank + 1) * self.size[giver] // (2 * self.size[self.owner])
        turned = np.zeros(self.gap.size, dtype=bool)
        turned[self.order] = wrong[self.first[giver] + place] != wrong
        return turned


def exchanged_labels(gap: ArrayLike, user_id: ArrayLike, *, seed: int) -> BoolArray:
    """Return the pairs whose preference turns round when every user gets the labels of another.

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
        Among users with equally many pairs the number of disagreeing pairs stays exactly. Nothing turns where there is
        only one user.

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> exchanged_labels([-1.0, 2.0], ["a", "a"], seed=0)
    array([False, False])
    >>> exchanged_labels([-1.0, 2.0], ["a", "b"], seed=0)
    array([ True,  True])
    """
    return LabelExchange.build(gap, user_id).draw(np.random.default_rng(seed), own=False)


def turned_features(features: PreferenceFeatures, turned: ArrayLike) -> PreferenceFeatures:
    """Return a community's features after some preferences have turned round, without reducing them again.

    Parameters
    ----------
    features : PreferenceFeatures
    turned : array_like of bool, shape (n_pairs,)
        From `exchanged_labels`.
    """
    sign = np.where(np.asarray(turned, dtype=bool), -1.0, 1.0)
    gap = features.gap * sign
    order = np.argsort(gap, kind="stable")
    prepared = PreparedRows.build((features.rows * sign[:, None])[order])
    return replace(features, prepared=prepared, order=order, gap=gap, relabelled=True)
