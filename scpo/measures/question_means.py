"""Means over questions, and paired differences of two, with intervals that resample questions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scpo.errors import InputError
from scpo.measures.intervals import interval, p_value
from scpo.measures.resampling import Resampled, UserResamples

COLUMNS_AT_ONCE = 512
"""Means resampled together: at 2,000 resamples they take 8 MB."""


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


def as_columns(prefix: str, mean: QuestionMean) -> dict[str, Any]:
    """Return a mean as columns of a table: value, ends of the interval, number of questions."""
    return {
        f"{prefix}value": mean.value,
        f"{prefix}low": mean.low,
        f"{prefix}high": mean.high,
        f"{prefix}n_questions": mean.n_questions,
    }
