"""Do two communities differ at all? A permutation test over users for each couple.

**Null hypothesis.** The people of both communities come from one population, so who belongs to which is exchangeable.
Users are dealt anew to two communities of the same numbers of users, again and again; p is the share of deals, the true
one among them, in which the communities look at least as different,

.. math:: p = \\frac{1 + \\#\\{b : T_b \\ge T\\}}{B + 1},

which is exact for any statistic and any B (Phipson & Smyth 2010). No deal changes the pairs that are judged, the ridge,
or anything else that is computed from both communities together.

**Statistic.** The squared distance of the two models' gaps on the couple's pairs, each of mean square 1, from split
halves: products of two halves of the users, averaged over all halvings, so that no product holds a user twice,

.. math:: T = \\frac{\\langle a_1, a_2 \\rangle}{|a|^2} + \\frac{\\langle b_1, b_2 \\rangle}{|b|^2}
              - \\frac{2 \\langle a, b \\rangle}{|a| |b|}.

Division by the models' lengths keeps a community whose people are only surer of the same taste from looking different.

**Models without refits.** One model is fitted to both communities together. To first order a model of some of the users
is that model plus the mean of their influences (one Newton step, Hampel 1974), so the products of any halves follow
from one matrix of users by users, and a deal costs microseconds, so that p can be as small as a correction over many
couples needs. The step is exact only where the two models are alike: where people of one community are much surer than
those of the other, power is lost.

**Ridge.** The one of distances, or, with many features for the number of pairs, the smallest power of two of it at
which the model has at most one effective parameter in `PAIRS_PER_PARAMETER` pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from scpo.arrays import BoolArray, FloatArray, StrArray
from scpo.measures.community import RIDGE_PER_PAIR, CommunityPairs
from scpo.measures.families import TOO_FEW_USERS
from scpo.measures.intervals import holm
from scpo.measures.written import Written
from scpo.method.heads import PreferenceFeatures, fit_heads

FEWEST_DEALS, DEALS_PER_COUPLE = 1999, 100
"""Deals of each couple: at least so many, and so many for each couple of the family, so that Holm can reject."""

DEALS_AT_ONCE = 2000

SAME = 1e-12
"""Statistics that differ by less are equal: their difference is rounding."""

PAIRS_PER_PARAMETER = 5


@dataclass(frozen=True, eq=False)
class CoupleTests(Written):
    """The tests of all couples of a family of communities.

    Attributes
    ----------
    countries : tuple of str
        Those with at least ten users.
    p, holm : ndarray, shape (n_countries, n_countries), in [0, 1]
        Symmetric, NaN on the diagonal. `holm` is adjusted over all couples.
    deals : int
        B, how often users were dealt anew.
    """

    countries: tuple[str, ...]
    p: FloatArray
    holm: FloatArray
    deals: int

    def of(self, countries: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Return p and its adjusted value for some communities, NaN for those outside the family."""
        place = {country: number for number, country in enumerate(self.countries)}
        there = [number for number, country in enumerate(countries) if country in place]
        own = [place[countries[number]] for number in there]
        found = np.full((2, len(countries), len(countries)), np.nan)
        for kind, matrix in enumerate((self.p, self.holm)):
            found[kind][np.ix_(there, there)] = matrix[np.ix_(own, own)]
        return found[0], found[1]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` has written."""
        size = len(document["countries"])
        p, adjusted = (np.array(document[name], dtype=np.float64).reshape(size, size) for name in ("p", "holm"))
        return cls(tuple(document["countries"]), p, adjusted, document["deals"])


def couple_tests(
    communities: Sequence[CommunityPairs],
    head: ArrayLike,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> CoupleTests:
    """Test every couple of communities with at least ten users each, and adjust by Holm over all of them.

    Parameters
    ----------
    communities : sequence of CommunityPairs
        The whole family: a couple's adjusted p depends on how many there are. Every user belongs to one only.
    head : array_like, shape (n_features,)
        Weight of the global model's last layer.
    seed : int
        A couple's deals depend on it and on the two names, not on the other communities.
    on_progress : callable
        Told how many couples are tested, of how many.
    """
    tested = [one for one in communities if np.unique(np.asarray(one.user_id, dtype=str)).size >= TOO_FEW_USERS]
    couples = list(combinations(range(len(tested)), 2))
    deals = max(FEWEST_DEALS, DEALS_PER_COUPLE * len(couples) - 1)
    p = np.full((len(tested), len(tested)), np.nan)
    for done, (one, other) in enumerate(couples):
        on_progress(done, len(couples))
        p[one, other] = p[other, one] = couple_p(tested[one], tested[other], head, deals=deals, seed=seed)
    on_progress(len(couples), len(couples))
    adjusted = np.full(p.shape, np.nan)
    upper = np.triu_indices(len(tested), 1)
    adjusted[upper] = adjusted.T[upper] = holm(p[upper])
    return CoupleTests(tuple(one.name for one in tested), p, adjusted, deals)


def couple_p(
    first: CommunityPairs, second: CommunityPairs, head: ArrayLike, *, deals: int = FEWEST_DEALS, seed: int = 0
) -> float:
    """Return the p-value of two communities being samples of one population (see the module's text).

    Parameters
    ----------
    first, second : CommunityPairs
        In any order: the result is the same.
    head : array_like, shape (n_features,)
    deals : int, > 0
    seed : int

    Returns
    -------
    float, in (0, 1]
        NaN with fewer than two users in one of them, and where a model has no gaps at all.
    """
    first, second = sorted((first, second), key=lambda one: one.name)
    users, weight, products = _users_by_users(first, second, head)
    inside = np.isin(users, np.asarray(first.user_id, dtype=str))
    if min(np.count_nonzero(inside), np.count_nonzero(~inside)) < 2:
        return math.nan
    rng = np.random.default_rng([seed, crc32(first.name.encode()), crc32(second.name.encode())])
    observed = _distances(inside[None, :], weight, products)[0]
    if not math.isfinite(observed):
        return math.nan
    reached = 0
    for start in range(0, deals, DEALS_AT_ONCE):
        dealt = rng.permuted(np.tile(inside, (min(DEALS_AT_ONCE, deals - start), 1)), axis=1)
        reached += int(np.count_nonzero(~(_distances(dealt, weight, products) < observed - SAME)))
    return (1 + reached) / (deals + 1)


def _users_by_users(
    first: CommunityPairs, second: CommunityPairs, head: ArrayLike
) -> tuple[StrArray, FloatArray, FloatArray]:
    """Return users, their numbers of pairs, and the mean products of the gaps that each user stands for, times pairs.

    The gaps of a model of some users are the mean of what they stand for, weighted by pairs.
    """
    differences = np.concatenate([first.differences, second.differences]).astype(np.float64)
    gap = np.concatenate([first.gap, second.gap])
    users, member = np.unique(np.concatenate([first.user_id, second.user_id]).astype(str), return_inverse=True)
    if gap.size == 0:
        return users, np.empty(0), np.empty((0, 0))
    features = PreferenceFeatures.build(differences, head, gap=gap)
    rows, n_pairs = features.rows, gap.size
    ridge = _ridge(rows)
    shift = fit_heads(features, np.ones((1, n_pairs)), ridge=ridge * n_pairs).shift[0]
    margin = gap + rows @ shift
    wrong = expit(-margin)
    weight = np.bincount(member, minlength=users.size).astype(np.float64)
    score = np.zeros((users.size, rows.shape[1]))
    np.add.at(score, member, rows * wrong[:, None])
    score -= ridge * weight[:, None] * shift
    bend = (rows * (wrong * (1 - wrong))[:, None]).T @ rows + ridge * n_pairs * np.eye(rows.shape[1])
    stands_for = weight[:, None] * margin + n_pairs * np.linalg.solve(bend, score.T).T @ rows.T
    return users, weight, stands_for @ stands_for.T / n_pairs


def _ridge(rows: FloatArray) -> float:
    """Return the ridge for each pair, from the couple's pairs alone."""
    n_pairs = rows.shape[0]
    curvature = np.linalg.eigvalsh(rows.T @ rows) / 4 / n_pairs
    ridge = RIDGE_PER_PAIR * (4 * float(curvature.sum()) or 1.0)
    while (curvature / (curvature + ridge)).sum() > n_pairs / PAIRS_PER_PARAMETER:
        ridge *= 2
    return ridge


def _distances(inside: BoolArray, weight: FloatArray, products: FloatArray) -> FloatArray:
    """Return the statistic of each deal; `inside` has shape (n_deals, n_users) and tells who is in the first."""
    one = inside.astype(np.float64)
    alone = np.diag(products)
    across = products - np.diag(alone)
    total, of_each = across.sum(), across.sum(axis=1)
    first = np.einsum("du,du->d", one @ across, one)
    second = total - 2 * one @ of_each + first
    between = one @ of_each - first
    own, other = one @ alone, alone.sum() - one @ alone
    pairs, squares = one @ weight, one @ weight**2
    others, other_squares = weight.sum() - pairs, (weight**2).sum() - squares
    length, other_length = (first + own) / pairs**2, (second + other) / others**2
    return np.asarray(
        first / (pairs**2 - squares) / length
        + second / (others**2 - other_squares) / other_length
        - 2 * between / (pairs * others) / np.sqrt(length * other_length)
    )
