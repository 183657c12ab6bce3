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
answered, and the file does not hold it (`NO_NOISE_FLOOR`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax

from scpo.analysis.intervals import interval, p_value
from scpo.analysis.resampling import Resampled, UserResamples
from scpo.config import EvaluationConfig
from scpo.errors import InputError

FloatArray = NDArray[np.float64]

LEAST_SHARED = 10
"""Couples of countries that share fewer questions are not ranked: a mean over a handful of questions says more about
those questions than about the countries."""

DEFAULT_TEMPERATURE = 1.0
"""Rewards are used as they are. The choice is ours; no source gives one."""

NO_NOISE_FLOOR = (
    "there is no noise floor: the data do not say how many people answered, so nobody can say how far two samples of "
    "one country would lie apart by chance"
)

COLUMNS_AT_ONCE = 512
"""Means resampled together: at 2,000 resamples they take 8 MB."""


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
    question_id: NDArray[np.str_]
    offered: NDArray[np.bool_]
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

    def resamples(self, config: EvaluationConfig) -> UserResamples:
        """Draw the resamples of questions, shared by all countries and models."""
        return UserResamples.draw(self.question_id, resamples=config.resamples, seed=config.seed)


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


def opinion_distribution(reward: ArrayLike, offered: ArrayLike, *, temperature: float) -> FloatArray:
    """Return a model's opinions: the softmax of its rewards of the options over the temperature.

    Parameters
    ----------
    reward : array_like, shape (n_questions, most_options)
        Rewards; what stands where no option is offered does not matter.
    offered : array_like of bool, same shape
    temperature : float, > 0

    Returns
    -------
    ndarray, same shape
        Sums to 1 over the offered options, 0 elsewhere; NaN throughout where an offered option has no reward, and
        where none is offered.

    Raises
    ------
    InputError
        If the temperature is not positive or the shapes differ.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"the temperature must be above 0, got {temperature}")
    rewards, options = np.asarray(reward, dtype=np.float64), np.asarray(offered, dtype=bool)
    if rewards.shape != options.shape:
        raise InputError(f"rewards and options must have the same shape, got {rewards.shape} and {options.shape}")
    known = options.any(axis=-1) & (np.isfinite(rewards) | ~options).all(axis=-1)
    logits = np.where(options, rewards / temperature, -np.inf)
    found = np.full(rewards.shape, np.nan)
    if known.any():
        found[known] = softmax(logits[known], axis=-1)
    return found


def uniform_distribution(offered: ArrayLike) -> FloatArray:
    """Return the opinions of a model that knows nothing: all offered options alike; NaN where none is offered."""
    options = np.asarray(offered, dtype=bool)
    return opinion_distribution(np.zeros(options.shape), options, temperature=1.0)


@dataclass(frozen=True)
class QuestionMean:
    """A mean over questions, or a paired difference of two, with its interval over questions.

    Attributes
    ----------
    value : float
        NaN without questions.
    low, high : float
        Interval; NaN with fewer than two questions.
    level : float
        Confidence level.
    n_questions : int
        Questions for which both sides have answers.
    p : float
        For a difference the smallest alpha at which the interval excludes 0; NaN for what is no difference.
    """

    value: float
    low: float
    high: float
    level: float
    n_questions: int
    p: float = math.nan

    def to_json(self) -> dict[str, float | int | None]:
        """Return the keys of an estimate and `n_questions`: there are neither pairs nor users; null for NaN."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {
            **{key: float(value) if math.isfinite(value) else None for key, value in numbers.items()},
            "level": self.level,
            "n_pairs": None,
            "n_users": None,
            "n_questions": self.n_questions,
        }


def over_questions(values: ArrayLike, resamples: UserResamples) -> list[Resampled]:
    """Average over questions, with the values over the resamples of questions.

    Parameters
    ----------
    values : array_like, shape (n_questions, n_numbers)
        One column per number; NaN where a question does not count for it.
    resamples : UserResamples
        From `Answers.resamples`.

    Returns
    -------
    list of Resampled
        One per column; `n_pairs` and `n_users` are the questions that count.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != resamples.users.size:
        raise InputError(f"values must have one row for each of {resamples.users.size} questions, got {table.shape}")
    found = []
    for start in range(0, table.shape[1], COLUMNS_AT_ONCE):
        part = table[:, start : start + COLUMNS_AT_ONCE]
        counted = np.isfinite(part)
        draws = resamples.ratio(np.where(counted, part, 0.0), counted.astype(np.float64))
        for column in range(part.shape[1]):
            value, n = part[counted[:, column], column], int(counted[:, column].sum())
            found.append(
                Resampled(
                    value=float(value.mean()) if n else math.nan,
                    draws=draws[:, column],
                    n_pairs=n,
                    n_users=n,
                    n_ties=0,
                    pair_variance=math.nan,
                    small_sample=n / (n - 1) if n > 1 else math.nan,
                    degrees=float(n - 1) if n > 1 else math.nan,
                    source=resamples.source,
                )
            )
    return found


def question_means(values: ArrayLike, resamples: UserResamples, *, level: float) -> list[QuestionMean]:
    """Average numbers in [0, 1] over questions, with intervals; see `over_questions`."""
    return [
        QuestionMean(number.value, *interval(number, level, bounds=(0.0, 1.0)), level, number.n_users)
        for number in over_questions(values, resamples)
    ]


def question_differences(values: ArrayLike, resamples: UserResamples, *, level: float) -> list[QuestionMean]:
    """Average paired differences in [-1, 1] over questions, with intervals and p-values; see `over_questions`."""
    return [
        QuestionMean(
            number.value, *interval(number, level, bounds=(-1.0, 1.0)), level, number.n_users, p=p_value(number)
        )
        for number in over_questions(values, resamples)
    ]


class Couple(NamedTuple):
    """Two countries and the mean distance of their answers over the questions both answered."""

    first: str
    second: str
    distance: QuestionMean


def couple_distance(answers: Answers, first: str, second: str, config: EvaluationConfig) -> QuestionMean:
    """Return the mean distance of two countries over the questions both answered, however few."""
    values = distance(answers.of(first), answers.of(second))
    return question_means(values[:, None], answers.resamples(config), level=config.level)[0]


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
    means = question_means(np.stack(values, axis=1), answers.resamples(config), level=config.level)
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


def closeness(answers: Answers, country: str, distribution: ArrayLike) -> FloatArray:
    """Return 1 - distance between a model's opinions and a country's answers, shape (n_questions,).

    NaN where the country has no answers or the model no opinion.
    """
    return 1 - distance(answers.of(country), distribution)


def as_columns(prefix: str, mean: QuestionMean) -> dict[str, Any]:
    """Return a mean as columns of a table: value, ends of the interval, number of questions."""
    return {
        f"{prefix}value": mean.value,
        f"{prefix}low": mean.low,
        f"{prefix}high": mean.high,
        f"{prefix}n_questions": mean.n_questions,
    }
