"""Resamples of users, shared by all models.

Pairs of one user stand or fall together, so users are the unit of resampling: each resample draws as many users as
there are, with replacement, and counts every pair of a user as often as the user was drawn. One seeded matrix of these
counts per set of users is shared by all models, so that differences between models are paired.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray, StrArray
from scpo.errors import InputError


@dataclass(frozen=True, eq=False)
class UserResamples:
    """How often each user is drawn in each resample: the same for every model that is tested on these users.

    Attributes
    ----------
    users : ndarray of str, shape (n_users,)
        The users, sorted.
    times : ndarray of float64, shape (n_resamples, n_users)
        Whole numbers >= 0; each row sums to n_users. Takes 8 n_resamples n_users bytes.
    """

    users: StrArray
    times: FloatArray

    @classmethod
    def draw(cls, user_ids: ArrayLike, *, resamples: int, seed: int) -> Self:
        """Draw the resamples of a set of users.

        The stream depends on the seed *and* on the users, so two countries with equally many users are resampled
        independently, and the order in which users are given does not matter.

        Parameters
        ----------
        user_ids : array_like of str
            Users, repeats allowed (one entry per pair is fine).
        resamples : int, >= 1
        seed : int, >= 0
        """
        users = np.unique(np.asarray(user_ids, dtype=str))
        if resamples < 1:
            raise InputError(f"resamples must be at least 1, got {resamples}")
        digest = hashlib.sha256("\n".join(users.tolist()).encode()).digest()
        if users.size == 0:
            return cls(users=users, times=np.zeros((resamples, 0)))
        stream = np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])
        times = stream.multinomial(users.size, np.full(users.size, 1 / users.size), size=resamples)
        return cls(users=users, times=times.astype(np.float64))

    def ratio(self, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
        """Return the ratio of two sums over users in every resample.

        Parameters
        ----------
        numerator : ndarray, shape (n_users,) or (n_users, n_models)
            Sums of each user, for example right pairs.
        denominator : ndarray, shape (n_users,)
            Sums of each user, for example pairs.

        Returns
        -------
        ndarray, shape (n_resamples,) or (n_resamples, n_models)
            NaN in resamples whose denominator is 0: they hold no such pair.
        """
        part, whole = self.times @ numerator, self.times @ denominator
        whole = whole.reshape(whole.shape + (1,) * (part.ndim - 1))
        return np.divide(part, whole, out=np.full(part.shape, np.nan), where=np.broadcast_to(whole > 0, part.shape))
