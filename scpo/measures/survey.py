r"""How far apart the answers of countries are, and how close a reward model's opinions are to each country's.

**Distance** of two distributions over the same options: the Jensen-Shannon distance with base 2, the root of

.. math:: \tfrac12 D(p \| m) + \tfrac12 D(q \| m), \qquad m = (p + q) / 2,

in [0, 1]: 0 for equal answers, 1 where no option is shared (Endres and Schindelin, IEEE Transactions on Information
Theory 49(7), 2003; it is a metric). It takes options as names: "rather" is as far from "very" as from "not at all".

**A model's opinion distribution** is the softmax of its rewards of the options divided by a temperature (method,
section 3). The temperature has no right value: rewards have no natural scale, a high one makes every model uniform and
a low one makes it certain, so it is stated with every number. **Closeness** is 1 - distance.

**Means** go over questions, with equal weight, and over those questions only for which both sides have answers.
Non-answers (``DK/Refused``) are left out and the rest is renormalised unless asked otherwise; a question with fewer
than two options left offers no choice and counts nowhere. **Intervals** resample questions, the same resamples for all
countries and models, so that differences are paired. They say how the mean would vary with other questions of this
kind. Questions of one battery are alike, so intervals are rather too narrow.

**No noise floor.** How far two samples of one country lie apart by chance depends on the number of people who
answered, and the file does not hold it (`scpo.definitions.NO_NOISE_FLOOR`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import jensenshannon, squareform

from scpo.arrays import BoolArray, FloatArray, IntArray, StrArray
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.estimate import Estimate
from scpo.measures.question_means import question_means

LEAST_SHARED = 10
"""Couples of countries that share fewer questions are not ranked: a mean over a handful of questions says more about
those questions than about the countries."""

LEAST_ANSWERING = 5
"""In a large group so many countries are enough, see `least_answering`."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The answer distributions of countries, on a grid of questions and options.

    Attributes
    ----------
    countries : tuple of str
        Sorted.
    question_id : ndarray of str, shape (n_questions,)
        Sorted.
    offered : ndarray of bool, shape (n_questions, most_options)
        The options that count, at their position in the source's list; none for a question that offers no choice.
    share : ndarray of float64, shape (n_countries, n_questions, most_options)
        Sums to 1 over the offered options, 0 elsewhere; NaN throughout where a country has no answers.
    """

    countries: tuple[str, ...]
    question_id: StrArray
    offered: BoolArray
    share: FloatArray

    @property
    def n_without_choice(self) -> int:
        """Return the number of questions with fewer than two options that count."""
        return int((~self.offered.any(axis=1)).sum())

    @property
    def n_questions(self) -> dict[str, int]:
        """Return the number of questions each country answered."""
        answered = np.isfinite(self.share).all(axis=2).sum(axis=1)
        return dict(zip(self.countries, answered.tolist(), strict=True))

    def of(self, country: str) -> FloatArray:
        """Return the distributions of a country, shape (n_questions, most_options).

        Raises
        ------
        InputError
            If it answered no question.
        """
        if country not in self.countries:
            raise InputError(f"there are no answers from {country}: there are from {', '.join(self.countries)}")
        return self.share[self.countries.index(country)]


def answers_of(opinions: pd.DataFrame, *, non_answers: bool = False) -> Answers:
    """Arrange answer shares for comparison.

    Parameters
    ----------
    opinions : DataFrame
        Rows of OPINIONS (`scpo.data.tables`).
    non_answers : bool
        Count ``DK/Refused`` and the like as options. Otherwise they are left out and the rest sums to 1; a country of
        which nothing is left has no answers.
    """
    question_id, question = np.unique(opinions["question_id"].to_numpy(dtype=str), return_inverse=True)
    countries, country = np.unique(opinions["country"].to_numpy(dtype=str), return_inverse=True)
    option = opinions["option_index"].to_numpy()
    counts = np.ones(len(opinions), dtype=bool) if non_answers else opinions["is_answer"].to_numpy(dtype=bool)
    shape = (question_id.size, int(option.max(initial=-1)) + 1)
    offered = np.zeros(shape, dtype=bool)
    offered[question[counts], option[counts]] = True
    offered &= offered.sum(axis=1, keepdims=True) >= 2
    share = np.zeros((countries.size, *shape))
    share[country, question, option] = opinions["share"].to_numpy(dtype=np.float64)
    share *= offered
    total = share.sum(axis=2, keepdims=True)
    share = np.divide(share, total, out=np.full_like(share, np.nan), where=total > 0)
    return Answers(tuple(countries.tolist()), question_id, offered, share)


def distance(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Return the Jensen-Shannon distance (base 2) of distributions along the last axis.

    Parameters
    ----------
    first, second : array_like, shape (..., n_options)
        Shares >= 0, not necessarily summing to 1.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; NaN where one of the two has no answers (NaN, or nothing but zeros).

    Examples
    --------
    >>> distance([0.5, 0.5, 0.0], [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    array([0., 1.])
    """
    p, q = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    known = (p.sum(axis=-1) > 0) & (q.sum(axis=-1) > 0)
    with np.errstate(invalid="ignore"):
        found = np.asarray(jensenshannon(_without_traces(p), _without_traces(q), base=2, axis=-1))
    # For distributions that are equal but for rounding the divergence may come out below 0, its root as NaN.
    return np.where(known, np.clip(np.nan_to_num(found, nan=0.0), 0.0, 1.0), np.nan)


def _without_traces(share: FloatArray) -> FloatArray:
    """Return the shares with those at the lower end of float64 as 0: half of such a share is 0, its log infinite."""
    total = share.sum(axis=-1, keepdims=True)
    return np.where(share < total * np.finfo(np.float64).tiny * 4, 0.0, share)


class Couple(NamedTuple):
    """Two countries and the mean distance of their answers over the questions both answered."""

    first: str
    second: str
    distance: Estimate


def couple_distance(answers: Answers, first: str, second: str, config: EvaluationConfig) -> Estimate:
    """Return the mean distance of two countries over the questions both answered, however few."""
    values = distance(answers.of(first), answers.of(second))
    return question_means(values[:, None], level=config.level)[0]


def couples(
    answers: Answers, config: EvaluationConfig, *, countries: Sequence[str] | None = None, least: int = LEAST_SHARED
) -> list[Couple]:
    """Return the couples of countries that share enough questions, the most different first.

    Parameters
    ----------
    answers : Answers
    config : EvaluationConfig
        Level, number of resamples, seed.
    countries : sequence of str, optional
        Only couples of these; all if not given.
    least : int
        Fewest shared questions.

    Notes
    -----
    Different couples share different questions, and the first of many is the largest partly by chance: intervals are
    those of each couple alone.
    """
    chosen = sorted(set(answers.countries if countries is None else countries))
    shares = {country: answers.of(country) for country in chosen}
    names, values = [], []
    for first, second in combinations(chosen, 2):
        both = np.isfinite(shares[first][:, 0]) & np.isfinite(shares[second][:, 0])
        if both.sum() >= max(least, 1):
            column = np.full(both.size, np.nan)
            column[both] = distance(shares[first][both], shares[second][both])
            names.append((first, second))
            values.append(column)
    if not names:
        return []
    means = question_means(np.stack(values, axis=1), level=config.level)
    found = [Couple(*name, mean) for name, mean in zip(names, means, strict=True)]
    return sorted(found, key=lambda couple: (-couple.distance.value, couple.first, couple.second))


def dividing_questions(answers: Answers, first: str, second: str) -> pd.DataFrame:
    """Return the questions two countries answered, the most dividing first.

    Returns
    -------
    DataFrame
        `question_id` and `distance` in [0, 1]. A single question has no interval: that would need the number of people
        who answered.
    """
    values = distance(answers.of(first), answers.of(second))
    shared = np.isfinite(values)
    table = pd.DataFrame({"question_id": answers.question_id[shared], "distance": values[shared]})
    return table.sort_values(["distance", "question_id"], ascending=[False, True], ignore_index=True)


def shared_questions(answers: Answers) -> IntArray:
    """Return the number of questions that two countries both answered, shape (n_countries, n_countries)."""
    answered = np.isfinite(answers.share[:, :, 0]).astype(np.int64)
    return answered @ answered.T


def least_answering(n_countries: int) -> int:
    """Return how many of a group of countries must answer a question to say how it divides the group: half of them."""
    return max(2, min(LEAST_ANSWERING, math.ceil(n_countries / 2)))


def distance_to_mean(answers: Answers, countries: Sequence[str]) -> FloatArray:
    """Return how far each country's answers to each question lie from the mean of the group's answers.

    The mean goes over the countries of the group that answered, with equal weight, and contains the country itself.

    Returns
    -------
    ndarray, shape (n_countries, n_questions)
        In [0, 1]; NaN where a country has no answers.
    """
    shares = np.stack([answers.of(country) for country in countries])
    known = np.isfinite(shares[:, :, :1])
    n = known.sum(axis=0)
    mean = np.divide(np.where(known, shares, 0.0).sum(axis=0), n, out=np.full(shares.shape[1:], np.nan), where=n > 0)
    return distance(shares, mean)


def leaf_order(distances: ArrayLike) -> list[int]:
    """Return an order in which close neighbours stand together: average linkage, optimal leaf order.

    Parameters
    ----------
    distances : array_like, shape (n, n)
        Symmetric; an unknown distance (NaN) stands at the mean of the known ones.
    """
    matrix = np.array(distances, dtype=np.float64)
    n = matrix.shape[0]
    if n < 3:
        return list(range(n))
    off = ~np.eye(n, dtype=bool)
    known = np.isfinite(matrix) & off
    matrix[off & ~known] = matrix[known].mean() if known.any() else 1.0
    np.fill_diagonal(matrix, 0.0)
    grown = linkage(squareform(matrix, checks=False), method="average", optimal_ordering=True)
    return [int(leaf) for leaf in leaves_list(grown)]
