"""Resamples of users, shared by all models.

Pairs of one user stand or fall together, so users are the unit of resampling: each resample draws as many users as
there are, with replacement, and counts every pair of a user as often as the user was drawn. One seeded matrix of these
counts per set of users is shared by all models, so that differences between models are paired.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.errors import InputError

FloatArray = NDArray[np.float64]
Unit = Literal["users", "questions"]


@dataclass(frozen=True, eq=False)
class UserResamples:
    """How often each user is drawn in each resample: the same for every model that is tested on these users.

    Attributes
    ----------
    users : ndarray of str, shape (n_users,)
        The users, sorted.
    times : ndarray of float64, shape (n_resamples, n_users)
        Whole numbers >= 0; each row sums to n_users. Takes 8 n_resamples n_users bytes.
    source : str
        Names users, seed and number of resamples: equal sources are the same matrix.
    """

    users: NDArray[np.str_]
    times: FloatArray
    source: str

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
        source = f"{digest.hex()[:16]}-{resamples}-{seed}"
        if users.size == 0:
            return cls(users=users, times=np.zeros((resamples, 0)), source=source)
        stream = np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])
        times = stream.multinomial(users.size, np.full(users.size, 1 / users.size), size=resamples)
        return cls(users=users, times=times.astype(np.float64), source=source)

    def positions(self, user_ids: ArrayLike) -> NDArray[np.intp]:
        """Return the position of each user in `users`.

        Raises
        ------
        InputError
            If a user was not part of the set that was drawn.
        """
        wanted = np.asarray(user_ids, dtype=str)
        if self.users.size == 0 and wanted.size:
            raise InputError(f"user {wanted[0]!r} is not among the users of these resamples")
        found = np.minimum(np.searchsorted(self.users, wanted), max(self.users.size - 1, 0))
        unknown = np.flatnonzero(self.users[found] != wanted) if wanted.size else np.empty(0, dtype=np.intp)
        if unknown.size:
            raise InputError(f"user {wanted[unknown[0]]!r} is not among the users of these resamples")
        return found

    def ratio(self, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
        """Return the ratio of two sums over users in every resample.

        Parameters
        ----------
        numerator, denominator : ndarray, shape (n_users,)
            Sums of each user, for example right pairs and pairs.

        Returns
        -------
        ndarray, shape (n_resamples,)
            NaN in resamples whose denominator is 0: they hold no such pair.
        """
        return share(self.times @ numerator, self.times @ denominator)


def share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Divide, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


@dataclass(frozen=True, eq=False)
class Resampled:
    """A number and its values over the resamples of users: what intervals and tests are made from.

    Attributes
    ----------
    value : float
        The number on the users as they are; NaN without pairs.
    draws : ndarray, shape (n_resamples,)
        The number in each resample; NaN where a resample holds no such pair.
    n_pairs, n_users, n_ties : int
        Pairs, users with at least one of them, and pairs with equal rewards (summed over runs).
    pair_variance : float
        Variance the value would have if pairs were independent; NaN where it is not defined (differences).
    small_sample : float
        Factor by which the resamples' variance is too small: n / (n - 1) for n users; NaN for fewer than two.
    degrees : float
        Degrees of freedom: n - 1, or Welch-Satterthwaite for a mean over countries.
    source : str
        The resamples it comes from.
    exact : bool
        True if the value is fixed by construction and has no uncertainty.
    is_difference : bool
        True if the value is a difference, in [-1, 1], and not a share or a mean, in [0, 1].
    unit : {"users", "questions"}
        What was resampled; with questions, `n_pairs` and `n_users` count them.
    """

    value: float
    draws: FloatArray
    n_pairs: int
    n_users: int
    n_ties: int
    pair_variance: float
    small_sample: float
    degrees: float
    source: str
    exact: bool = False
    is_difference: bool = False
    unit: Unit = "users"

    @cached_property
    def finite_draws(self) -> FloatArray:
        """Return the resamples that hold at least one pair."""
        return self.draws[np.isfinite(self.draws)]

    @cached_property
    def ordered_draws(self) -> FloatArray:
        """Return the same, rising."""
        return np.sort(self.finite_draws)

    @property
    def design_effect(self) -> float:
        """Return the variance over users / the variance if pairs were independent.

        Above 1, pairs of one user are alike. NaN for differences and where an accuracy is exactly 0 or 1.
        """
        draws = self.finite_draws
        return float(draws.var()) / self.pair_variance if draws.size and self.pair_variance > 0 else math.nan

    def minus(self, other: Resampled) -> Resampled:
        """Subtract another number of the same pairs, resample by resample.

        Raises
        ------
        InputError
            If the two do not come from the same resamples and the same number of pairs and users.
        """
        if (self.source, self.n_pairs, self.n_users) != (other.source, other.n_pairs, other.n_users):
            raise InputError(
                f"a paired difference needs the same users and pairs on both sides, got {self.n_users} users and "
                f"{self.n_pairs} pairs against {other.n_users} and {other.n_pairs}"
            )
        return Resampled(
            value=self.value - other.value,
            draws=self.draws - other.draws,
            n_pairs=self.n_pairs,
            n_users=self.n_users,
            n_ties=self.n_ties + other.n_ties,
            pair_variance=math.nan,
            small_sample=self.small_sample,
            degrees=self.degrees,
            source=self.source,
            is_difference=True,
            unit=self.unit,
        )


def mean_over_countries(parts: Sequence[Resampled]) -> Resampled:
    r"""Average numbers of several countries with equal weight per country.

    The users of each country are resampled within the country, independently of the others.

    Parameters
    ----------
    parts : sequence of Resampled
        One accuracy or one paired difference per country, all with the same number of resamples.

    Returns
    -------
    Resampled
        Value NaN if a country's value is NaN: leave a country without pairs out on purpose, not silently. Degrees of
        freedom by Welch-Satterthwaite, :math:`(\sum_c v_c)^2 / \sum_c v_c^2 / (n_c - 1)` with the variances
        :math:`v_c = s_c^2 n_c / (n_c - 1)` of the countries.

    Raises
    ------
    InputError
        If there is no country, or the numbers of resamples differ.
    """
    if not parts:
        raise InputError("a mean over countries needs at least one country")
    if len({part.draws.size for part in parts}) > 1:
        raise InputError("a mean over countries needs the same number of resamples for each country")
    plain = np.array([_variance(part) for part in parts])
    widened = np.array([0.0 if part.exact else v * part.small_sample for part, v in zip(parts, plain, strict=True)])
    total = float(widened.sum())
    degrees = min((part.degrees for part in parts), default=math.nan)
    if total > 0:
        shares = widened / total
        degrees = 1 / float(sum(s**2 / part.degrees for s, part in zip(shares, parts, strict=True) if s > 0))
    return Resampled(
        value=float(np.mean([part.value for part in parts])),
        draws=np.mean([part.draws for part in parts], axis=0),
        n_pairs=sum(part.n_pairs for part in parts),
        n_users=sum(part.n_users for part in parts),
        n_ties=sum(part.n_ties for part in parts),
        pair_variance=sum(part.pair_variance for part in parts) / len(parts) ** 2,
        small_sample=total / float(plain.sum()) if total > 0 else float(np.max([part.small_sample for part in parts])),
        degrees=degrees,
        source="mean:" + "+".join(part.source for part in parts),
        exact=all(part.exact for part in parts),
        is_difference=parts[0].is_difference,
        unit=parts[0].unit,
    )


def _variance(number: Resampled) -> float:
    """Return the variance over the resamples; NaN without a resample that holds pairs."""
    draws = number.finite_draws
    return float(draws.var()) if draws.size else math.nan
