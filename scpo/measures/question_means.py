"""Means over questions, and paired differences of two, with intervals that resample questions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from scpo.errors import InputError
from scpo.measures.estimate import Estimate, estimate
from scpo.measures.resampling import Resampled, UserResamples

COLUMNS_AT_ONCE = 512
"""Means resampled together: at 2,000 resamples they take 8 MB."""


def over_questions(values: ArrayLike, resamples: UserResamples, *, is_difference: bool = False) -> Iterator[Resampled]:
    """Average over questions, with the values over the resamples of questions.

    Parameters
    ----------
    values : array_like, shape (n_questions, n_numbers)
        One column per number, in [0, 1], paired differences in [-1, 1]; NaN where a question does not count for it.
    resamples : UserResamples
        From `Answers.resamples`.
    is_difference : bool
        Whether the columns are paired differences.

    Yields
    ------
    Resampled
        One per column; `n_pairs` and `n_users` are the questions that count. Those of thousands of couples would fill
        the memory if they were kept.

    Raises
    ------
    InputError
        If the values are not of the questions that are resampled.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != resamples.users.size:
        raise InputError(f"values must have one row for each of {resamples.users.size} questions, got {table.shape}")
    for start in range(0, table.shape[1], COLUMNS_AT_ONCE):
        part = table[:, start : start + COLUMNS_AT_ONCE]
        counted = np.isfinite(part)
        draws = resamples.ratio(np.where(counted, part, 0.0), counted.astype(np.float64))
        for column in range(part.shape[1]):
            value, n = part[counted[:, column], column], int(counted[:, column].sum())
            yield Resampled(
                value=float(value.mean()) if n else math.nan,
                draws=draws[:, column],
                n_pairs=n,
                n_users=n,
                n_ties=0,
                pair_variance=math.nan,
                small_sample=n / (n - 1) if n > 1 else math.nan,
                degrees=float(n - 1) if n > 1 else math.nan,
                source=resamples.source,
                is_difference=is_difference,
                unit="questions",
            )


def question_means(
    values: ArrayLike, resamples: UserResamples, *, level: float, is_difference: bool = False
) -> list[Estimate]:
    """Estimate means over questions, or paired differences with their p-values; see `over_questions`."""
    numbers = over_questions(values, resamples, is_difference=is_difference)
    return [estimate(number, level=level) for number in numbers]
