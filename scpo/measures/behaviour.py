r"""What a reward model would do: which of the real responses to a prompt it picks, and what the person thought of that.

A turn is a prompt with the responses that its person compared. The *win share* of a response is the share of the turn's
other responses that the person liked less; where no preference is used (equal scores, texts that are one to the model)
it counts half. It needs no scale of scores. A random response has 1/2 on average, whatever the turn.

From random to best-of-n leads the policy :math:`\pi_b(i) \propto e^{r_i / b}` over the n responses of a turn: uniform
for :math:`b \to \infty`, the response with the highest reward for :math:`b \to 0`. How far it has gone is its exact
divergence from uniform, :math:`KL = \sum_i \pi_b(i) \log(n \pi_b(i))`, in nats. Reward rises with it by construction;
where the person's win share falls again, the reward is over-optimised (Gao et al., arXiv:2210.10760; here the gold
standard are people, not a model).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio, users_source

TIE = 1e-6
"""Rewards no further apart than this are equal: a pick among them is drawn by chance."""

RANDOM, BEST_OF_N = math.inf, 0.0
"""The ends of the policy, as values of b."""


@dataclass(frozen=True, eq=False)
class Turns:
    """The turns of a community with their candidates, each turn's candidates one after the other.

    Attributes
    ----------
    row : ndarray of int, shape (n_candidates,)
        Row of each candidate in the table of responses.
    start, size : ndarray of int, shape (n_turns,)
        First candidate of each turn, and how many it has.
    user : ndarray of int, shape (n_turns,)
        Position of the person among all, sorted.
    win : ndarray, shape (n_candidates,), in [0, 1]
        Win share of each candidate.
    path : csr_array, shape (n_candidates, n_pairs)
        Signs with which gaps of pairs add up to the reward of a candidate, less that of the first of its turn.
    source : str
        Names the users.
    n_users : int
    """

    row: IndexArray
    start: IndexArray
    size: IndexArray
    user: IndexArray
    win: FloatArray
    path: csr_array
    source: str
    n_users: int

    @classmethod
    def build(cls, chosen: ArrayLike, rejected: ArrayLike, interaction: ArrayLike, user_id: ArrayLike) -> Self:
        """Put pairs together to turns.

        A turn is what pairs of one person and interaction connect: responses of an interaction that no chain of pairs
        connects are different turns, as nobody compared them.

        Parameters
        ----------
        chosen, rejected : array_like of int, shape (n_pairs,)
            Rows of the responses.
        interaction, user_id : array_like of str, shape (n_pairs,)

        Raises
        ------
        InputError
            If there is no pair.
        """
        first, second = np.asarray(chosen, dtype=np.intp), np.asarray(rejected, dtype=np.intp)
        users, user_of_pair = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
        if not first.size:
            raise InputError("there are no pairs, so there are no turns to pick a response in")
        owners = list(zip(np.asarray(interaction, dtype=str).tolist(), user_of_pair.tolist(), strict=True))
        neighbours: dict[tuple[str, int, int], list[tuple[int, int, float]]] = {}
        for pair, (owner, won, lost) in enumerate(zip(owners, first.tolist(), second.tolist(), strict=True)):
            neighbours.setdefault((*owner, won), []).append((lost, pair, -1.0))
            neighbours.setdefault((*owner, lost), []).append((won, pair, 1.0))
        rows: list[int] = []
        start: list[int] = []
        user: list[int] = []
        place: dict[tuple[str, int, int], int] = {}
        steps: list[list[tuple[int, float]]] = []
        for node in neighbours:
            if node in place:
                continue
            start.append(len(rows))
            user.append(node[1])
            place[node], waiting = len(rows), [node]
            rows.append(node[2])
            steps.append([])
            for here in waiting:
                for other, pair, sign in neighbours[here]:
                    there = (*here[:2], other)
                    if there not in place:
                        place[there] = len(rows)
                        rows.append(other)
                        steps.append([*steps[place[here]], (pair, sign)])
                        waiting.append(there)
        size = np.diff([*start, len(rows)])
        won_at = np.array([place[*owner, row] for owner, row in zip(owners, first.tolist(), strict=True)])
        lost_at = np.array([place[*owner, row] for owner, row in zip(owners, second.tolist(), strict=True)])
        candidate = np.repeat(np.arange(len(steps)), [len(one) for one in steps])
        flat = [step for one in steps for step in one]
        path = csr_array(
            ([sign for _, sign in flat], (candidate, [pair for pair, _ in flat])), shape=(len(rows), first.size)
        )
        return cls(
            row=np.array(rows, dtype=np.intp),
            start=np.array(start, dtype=np.intp),
            size=size.astype(np.intp),
            user=np.array(user, dtype=np.intp),
            win=_win_share(won_at, lost_at, np.repeat(size, size)),
            path=path,
            source=users_source(users),
            n_users=int(users.size),
        )

    @property
    def n_turns(self) -> int:
        """Return how many turns there are."""
        return int(self.start.size)

    def rewards(self, gap: ArrayLike) -> FloatArray:
        """Return rewards of the candidates from the gaps of all pairs, centred within each turn.

        Parameters
        ----------
        gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
            Reward of the chosen minus reward of the rejected response.

        Returns
        -------
        ndarray, shape (n_runs, n_candidates)
            Up to a constant per turn, which neither a pick nor the policy depends on.
        """
        gaps = np.atleast_2d(np.asarray(gap, dtype=np.float64))
        if gaps.shape[1] != self.path.shape[1] or not np.isfinite(gaps).all():
            raise InputError(f"there must be a finite gap for each of the {self.path.shape[1]} pairs")
        found = np.asarray((self.path @ gaps.T).T)
        return found - self.spread(self.summed(found) / self.size)

    def summed(self, values: FloatArray) -> FloatArray:
        """Return the sum of each turn over its candidates; the last axis changes from candidates to turns."""
        return np.add.reduceat(values, self.start, axis=-1)

    def highest(self, values: FloatArray) -> FloatArray:
        """Return the highest value of each turn."""
        return np.maximum.reduceat(values, self.start, axis=-1)

    def spread(self, values: FloatArray) -> FloatArray:
        """Return the value of each turn for each of its candidates."""
        return np.repeat(values, self.size, axis=-1)

    def policy(self, reward: FloatArray, b: float | FloatArray) -> FloatArray:
        r"""Return :math:`\pi_b \propto e^{r / b}` within each turn.

        Parameters
        ----------
        reward : ndarray, shape (n_runs, n_candidates)
        b : float or ndarray of shape (n_runs, 1)
            Between `RANDOM` and `BEST_OF_N`, which is the pick: equally likely among the highest rewards.
        """
        below = reward - self.spread(self.highest(reward))
        scale = np.broadcast_to(np.asarray(b, dtype=np.float64), below.shape)
        soft = np.divide(below, scale, out=np.zeros_like(below), where=scale > 0)
        weight = np.where(scale > 0, np.exp(soft), (below >= -TIE).astype(np.float64))
        return weight / self.spread(self.summed(weight))

    def divergence(self, policy: FloatArray) -> FloatArray:
        """Return the exact KL of a policy from uniform in nats, shape (n_runs, n_turns)."""
        log = np.log(policy * self.spread(self.size.astype(np.float64)), out=np.zeros_like(policy), where=policy > 0)
        return np.maximum(self.summed(policy * log), 0.0)

    def changed(self, policy: FloatArray, other: FloatArray) -> FloatArray:
        """Return the chance that two picks of a turn differ (drawn alike where they can), shape (n_runs, n_turns)."""
        return 1 - self.summed(np.minimum(policy, other))

    def spread_of(self, reward: FloatArray) -> FloatArray:
        """Return the standard deviation of the rewards within turns, shape (n_runs, 1): the unit of b; 1 for none."""
        found = np.sqrt(np.mean(self.summed(np.square(reward)) / self.size, axis=-1, keepdims=True))
        return np.where(found > 0, found, 1.0)

    def per_user(self, values: FloatArray) -> FloatArray:
        """Return the sum of each user over its turns, shape (n_users,)."""
        return np.bincount(self.user, weights=values, minlength=self.n_users).astype(np.float64)

    def mean(self, values: FloatArray, *, is_difference: bool = False, exact: bool = False) -> Clustered:
        """Average a number of each turn over all turns, with the user as the unit.

        Parameters
        ----------
        values : ndarray, shape (n_turns,)
            NaN where a turn does not have the number; such turns are not counted.
        is_difference, exact : bool
            See `Clustered`.

        Returns
        -------
        Clustered
            Its `n_pairs` are turns.
        """
        known = np.isfinite(values)
        counts = self.per_user(known.astype(np.float64))
        n_turns = int(known.sum())
        return ratio(
            self.per_user(np.where(known, values, 0.0)),
            counts,
            source=self.source,
            n_pairs=n_turns,
            n_users=int(np.count_nonzero(counts)),
            pair_variance=float(np.var(values[known])) / n_turns if n_turns else math.nan,
            is_difference=is_difference,
            exact=exact,
        )


def _win_share(won: IndexArray, lost: IndexArray, size: IndexArray) -> FloatArray:
    """Return the win share of each candidate.

    Parameters
    ----------
    won, lost : ndarray of int, shape (n_pairs,)
        Candidates; a couple that was judged more than once counts once, with the mean of its verdicts.
    size : ndarray of int, shape (n_candidates,)
        Candidates of the turn of each.
    """
    low, high = np.minimum(won, lost), np.maximum(won, lost)
    couples, which = np.unique(np.stack([low, high]), axis=1, return_inverse=True)
    which = which.ravel()
    low_won = np.bincount(which, weights=(won == low).astype(np.float64)) / np.bincount(which)
    n = size.size
    wins = np.bincount(couples[0], weights=low_won, minlength=n) + np.bincount(
        couples[1], weights=1 - low_won, minlength=n
    )
    judged = np.bincount(couples.ravel(), minlength=n)
    others = size - 1
    return np.asarray((wins + 0.5 * (others - judged)) / others)
