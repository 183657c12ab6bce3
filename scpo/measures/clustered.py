r"""Numbers of which the user is the unit: shares, means, differences, each with the number without each of the users.

Pairs of one user stand or fall together, so a number is uncertain because other users could have been asked. Its
standard error is the delete-one-user jackknife: with the sums :math:`c_u, m_u` of each of n users and
:math:`\theta_{(-u)} = (C - c_u) / (M - m_u)`,

.. math:: se^2 = \frac{n - 1}{n} \sum_u (\theta_{(-u)} - \theta)^2

(Efron and Stein, Annals of Statistics 9, 1981; for clustered shares: Rust and Rao, Statistical Methods in Medical
Research 5, 1996). All of it is conditional on the trained models: other training users would move the numbers too.
`scpo.measures.intervals` makes intervals and tests of it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from scpo.arrays import FloatArray, StrArray
from scpo.errors import InputError

Unit = Literal["users", "questions"]

NO_SPREAD = 1e-12
"""A standard error below this is rounding: no user differs from another."""


@dataclass(frozen=True, eq=False)
class Clustered:
    """A number, and the same number without each of the users.

    Attributes
    ----------
    value : float
        NaN without pairs.
    without : ndarray, shape (n_all_users,)
        The number without each user of the group, also of those who have no such pair. Empty for a mean over countries.
    error : float
        Standard error; NaN with fewer than two users.
    degrees : float
        Degrees of freedom: n_users - 1, or Satterthwaite's for a mean over countries.
    n_pairs, n_users, n_ties : int
        Pairs, users with at least one of them, and pairs with equal rewards (summed over runs).
    pair_variance : float
        Variance the value would have if pairs were independent; NaN where it is not defined.
    source : str
        Names the users: only numbers of the same ones can be subtracted.
    exact : bool
        True if the value is fixed by construction and has no uncertainty.
    is_difference : bool
        True if the value is tested against 0 and lies in [-1, 1]; False for a share or a mean in [0, 1].
    unit : {"users", "questions"}
        With questions, `n_pairs` and `n_users` count them.
    other_error, other_degrees : float
        Standard error of a share, and its degrees of freedom, that has nothing to do with users; see `widened`.
    """

    value: float
    without: FloatArray
    error: float
    degrees: float
    n_pairs: int
    n_users: int
    n_ties: int
    pair_variance: float
    source: str
    exact: bool = False
    is_difference: bool = False
    unit: Unit = "users"
    other_error: float = 0.0
    other_degrees: float = math.inf

    @property
    def has_spread(self) -> bool:
        """Whether users differ, so that the standard error says something."""
        return self.error > NO_SPREAD

    @property
    def design_effect(self) -> float:
        """Return the variance over users / the variance if pairs were independent.

        Above 1, pairs of one user are alike. NaN where `pair_variance` is not known, and where all pairs are equal.
        """
        return self.error**2 / self.pair_variance if self.pair_variance > 0 else math.nan

    def widened(self, error: float, degrees: float) -> Clustered:
        """Return the number with an error of another origin in its intervals, independent of the users.

        Such is the error of a preview: how far it lies from the finetune it stands for.

        Parameters
        ----------
        error : float
            Its root mean square; the number itself is returned if it is NaN.
        degrees : float
            Degrees of freedom it was estimated with.

        Returns
        -------
        Clustered
            Of a difference, the variances are added, with the smaller of both degrees of freedom, so that no interval
            gets narrower where users differ. Of a share both stay apart until the interval is made
            (`scpo.measures.intervals`), as only that of users is on the logit scale. A value fixed by construction is
            so no more.
        """
        if not error > 0 or not math.isfinite(self.value):
            return self
        if not self.is_difference:
            return replace(self, other_error=error, other_degrees=degrees, exact=False)
        own = cautious_error(self)
        least = degrees if self.exact else min(self.degrees, degrees)
        return replace(self, error=math.hypot(own, error), degrees=least, exact=False)

    def minus(self, other: Clustered) -> Clustered:
        """Subtract another number of the same pairs, user by user.

        Raises
        ------
        InputError
            If the two do not come from the same users and the same number of pairs.
        """
        if (self.source, self.n_pairs, self.n_users) != (other.source, other.n_pairs, other.n_users):
            raise InputError(
                f"a paired difference needs the same users and pairs on both sides, got {self.n_users} users and "
                f"{self.n_pairs} pairs against {other.n_users} and {other.n_pairs}"
            )
        value, without = self.value - other.value, self.without - other.without
        return Clustered(
            value=value,
            without=without,
            error=jackknife_error(value, without, self.n_users),
            degrees=self.degrees,
            n_pairs=self.n_pairs,
            n_users=self.n_users,
            n_ties=self.n_ties + other.n_ties,
            pair_variance=math.nan,
            source=self.source,
            is_difference=True,
            unit=self.unit,
        )


def users_source(users: StrArray) -> str:
    """Name a set of users, given sorted."""
    return hashlib.sha256("\n".join(users.tolist()).encode()).hexdigest()[:16]


def jackknife_error(value: float, without: FloatArray, n_users: int) -> float:
    """Return the standard error of a number from the number without each user; NaN with fewer than two users.

    Users without a pair are among `without` with the value itself, and count neither in the sum nor in `n_users`.
    """
    if n_users < 2 or not math.isfinite(value):
        return math.nan
    return math.sqrt((n_users - 1) / n_users * float(np.square(without - value).sum()))


def ratio(
    part: FloatArray,
    whole: FloatArray,
    *,
    source: str,
    n_pairs: int,
    n_users: int,
    n_ties: int = 0,
    pair_variance: float = math.nan,
    exact: bool = False,
    is_difference: bool = False,
    unit: Unit = "users",
) -> Clustered:
    """Divide two sums over users.

    Parameters
    ----------
    part, whole : ndarray, shape (n_all_users,)
        Sums of each user, for example right pairs and pairs; `whole` is not negative.
    n_pairs, n_users, n_ties, pair_variance, source, exact, is_difference, unit
        See `Clustered`.
    """
    total, every = float(part.sum()), float(whole.sum())
    value = total / every if every > 0 else math.nan
    left = every - whole
    without = np.divide(total - part, left, out=np.full(left.shape, math.nan), where=left > 0)
    involved = int(np.count_nonzero((whole > 0) | (part != 0)))
    return Clustered(
        value=value,
        without=without,
        error=jackknife_error(value, without, involved) if n_users > 1 else math.nan,
        degrees=float(n_users - 1) if n_users > 1 else math.nan,
        n_pairs=n_pairs,
        n_users=n_users,
        n_ties=n_ties,
        pair_variance=pair_variance,
        source=source,
        exact=exact,
        is_difference=is_difference,
        unit=unit,
    )


def widest(n_users: int, alpha: float) -> float:
    """Return the largest share of users that can still do something of which none of n did: 1 - (alpha/2)^(1/n)."""
    return 1 - (alpha / 2) ** (1 / n_users)


def cautious_error(part: Clustered) -> float:
    """Return the standard error for a mean; where no user differs, that of the exact interval of so many users."""
    if part.exact:
        return 0.0
    if part.has_spread or not part.n_users > 1:
        return part.error
    return widest(part.n_users, 0.05) / -float(stdtrit(part.degrees, 0.025))


def mean_over_countries(
    parts: Sequence[Clustered],
    *,
    seeds: Sequence[Sequence[float]] = (),
    other_seeds: Sequence[Sequence[float]] = (),
) -> Clustered:
    r"""Average numbers of several countries with equal weight per country.

    Parameters
    ----------
    parts : sequence of Clustered
        One share or one paired difference per country; their users are different people.
    seeds : sequence of sequence of float, optional
        For each country the number of every single seed. With at least two seeds the mean also has their variance.
    other_seeds : sequence of sequence of float, optional
        The same of what is subtracted, if `parts` are differences of two trained models: variances add up.

    Returns
    -------
    Clustered
        Value NaN if a country's value is NaN: leave a country without pairs out on purpose, not silently. Variance
        :math:`V = \sum_c se_c^2 / K^2 + s_p^2 / S` with the variance between seeds :math:`s_p^2`, pooled over the K
        countries, and S seeds; degrees of freedom by Satterthwaite.

    Raises
    ------
    InputError
        If there is no country.
    """
    if not parts:
        raise InputError("a mean over countries needs at least one country")
    k = len(parts)
    variances = [cautious_error(part) ** 2 / k**2 for part in parts]
    degrees = [part.degrees for part in parts]
    for side in (seeds, other_seeds):
        known = [one for one in side if len(one) > 1]
        if known and len(known) == len(side):
            pooled = float(np.mean([np.var(one, ddof=1) for one in known]))
            variances.append(pooled / min(len(one) for one in known))
            degrees.append(float(sum(len(one) - 1 for one in known)))
    total = float(sum(variances))
    squares = sum(v**2 / d for v, d in zip(variances, degrees, strict=True) if v > 0)
    return Clustered(
        value=float(np.mean([part.value for part in parts])),
        without=np.empty(0),
        error=math.sqrt(total),
        degrees=total**2 / squares if squares > 0 else min(degrees),
        n_pairs=sum(part.n_pairs for part in parts),
        n_users=sum(part.n_users for part in parts),
        n_ties=sum(part.n_ties for part in parts),
        pair_variance=sum(part.pair_variance for part in parts) / k**2,
        source="mean:" + "+".join(part.source for part in parts),
        exact=all(part.exact for part in parts),
        is_difference=parts[0].is_difference,
        unit=parts[0].unit,
    )
