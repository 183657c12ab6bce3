r"""Two models on the same test pairs: paired differences over users, and who is right on which pair.

A pair has one of four outcomes: both models are right, only the first, only the second, or neither. The difference of
accuracies is (only first - only second) / n. McNemar's exact test asks whether the two discordant counts could be
tosses of a coin (Psychometrika 12, 1947); it takes pairs for independent, which those of one user are not, so it is
context. The interval over users is the one to trust; `Clustered.design_effect` says by how much the variance grows
from pairs to users.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, ndtri

from scpo.errors import InputError
from scpo.measures.accuracy import SUBSETS
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.evaluation import Evaluation
from scpo.measures.intervals import Interval

Measure = Literal["all_country", "true_country", "excess"]
MEASURES: tuple[Measure, ...] = (*SUBSETS, "excess")

LEAST_COUNTRIES = 2
"""A mean is over so many countries or more."""


@dataclass(frozen=True, eq=False)
class PairedNumber:
    """One number of two models on the test pairs of one community, or its mean over several.

    Attributes
    ----------
    first, second : Clustered
    change : Clustered
        First minus second, user by user; of accuracies `pair_variance` is what independent pairs would give it.
    first_seeds, second_seeds : list of float
        The number of every single run; empty for one run.
    design_effect : float
        Of the change: variance over users / variance if pairs were independent; NaN for the excess.
    """

    first: Clustered
    second: Clustered
    change: Clustered
    first_seeds: list[float]
    second_seeds: list[float]
    design_effect: float


def paired_numbers(
    evaluation: Evaluation, first: ArrayLike, second: ArrayLike, group: str
) -> dict[Measure, PairedNumber]:
    """Measure two models on one community.

    Parameters
    ----------
    first, second : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps on the community's test pairs, one row per run; the runs of both need not be as many.

    Returns
    -------
    dict
        All-country and true-country accuracy and the excess, each with its difference.
    """
    ours, theirs = (np.atleast_2d(np.asarray(one, dtype=np.float64)) for one in (first, second))
    found: dict[Measure, PairedNumber] = {}
    for subset in SUBSETS:
        counted = evaluation.counted(group, true_country=subset == "true_country")
        right = [(one[:, counted.counted] > 0).mean(axis=0) for one in (ours, theirs)]
        n_pairs = right[0].size
        spread = float(np.var(right[0] - right[1])) / n_pairs if n_pairs else math.nan
        numbers = counted.accuracy(ours), counted.accuracy(theirs)
        change = replace(numbers[0].minus(numbers[1]), pair_variance=spread)
        each = [counted.each_run(one) if len(one) > 1 else [] for one in (ours, theirs)]
        found[subset] = PairedNumber(*numbers, change, each[0], each[1], change.design_effect)
    flips = evaluation.flips(group)
    excess = flips.excess(ours), flips.excess(theirs)
    each = [flips.each_run(one) if len(one) > 1 else [] for one in (ours, theirs)]
    found["excess"] = PairedNumber(*excess, excess[0].minus(excess[1]), each[0], each[1], math.nan)
    return found


def mean_paired(numbers: list[PairedNumber]) -> PairedNumber | None:
    """Average over communities with equal weight; None unless at least two of them have two users.

    The difference has the variance between the seeds of either model that has several; `design_effect` is of users
    alone.
    """
    known = [one for one in numbers if math.isfinite(one.change.error)]
    if len(known) < LEAST_COUNTRIES:
        return None
    seeds = [one.first_seeds for one in known], [one.second_seeds for one in known]
    return PairedNumber(
        first=mean_over_countries([one.first for one in known], seeds=seeds[0]),
        second=mean_over_countries([one.second for one in known], seeds=seeds[1]),
        change=mean_over_countries([one.change for one in known], seeds=seeds[0], other_seeds=seeds[1]),
        first_seeds=[],
        second_seeds=[],
        design_effect=mean_over_countries([one.change for one in known]).design_effect,
    )


def naive_interval(change: Clustered, *, level: float) -> Interval:
    """Return the normal interval of a difference if pairs were independent; NaN where that is not defined."""
    reach = -float(ndtri((1 - level) / 2)) * math.sqrt(change.pair_variance)
    return Interval(level, change.value - reach, change.value + reach)


class Outcomes(NamedTuple):
    """How many of some pairs, or of their users, have each outcome; a user counts where one such pair is theirs."""

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int


@dataclass(frozen=True)
class Verdicts:
    """Who is right on which pairs.

    Attributes
    ----------
    pairs, users : Outcomes
        A user may count under several outcomes.
    n_pairs, n_users : int
    """

    pairs: Outcomes
    users: Outcomes
    n_pairs: int
    n_users: int

    @classmethod
    def count(cls, first: ArrayLike, second: ArrayLike, user_id: ArrayLike) -> Self:
        """Count the outcomes of pairs; a gap of 0 is not right.

        Parameters
        ----------
        first, second : array_like, shape (n_pairs,)
            One gap per pair and model: of several runs their mean, as on the page Pairs.
        user_id : array_like of str, shape (n_pairs,)

        Raises
        ------
        InputError
            If the three are not of one length.
        """
        ours, theirs, users = (np.asarray(one) for one in (first, second, user_id))
        if not ours.shape == theirs.shape == users.shape:
            raise InputError(f"gaps and users do not fit together: {ours.size}, {theirs.size} and {users.size} pairs")
        a, b = ours > 0, theirs > 0
        which = (a & b, a & ~b, ~a & b, ~a & ~b)
        return cls(
            Outcomes(*(int(np.count_nonzero(one)) for one in which)),
            Outcomes(*(int(np.unique(users[one]).size) for one in which)),
            int(ours.size),
            int(np.unique(users).size),
        )

    @property
    def mcnemar_p(self) -> float:
        """Return McNemar's exact two-sided p, in [0, 1]: 1 where no pair is discordant, NaN without pairs."""
        if not self.n_pairs:
            return math.nan
        ours, theirs = self.pairs.only_first, self.pairs.only_second
        return min(1.0, 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5)))  # symmetric: twice the smaller tail
