"""Means over questions, and paired differences of two, with questions as the unit of their intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio
from scpo.measures.estimate import Estimate, estimate


def over_questions(values: ArrayLike, *, is_difference: bool = False) -> Iterator[Clustered]:
    """Average over questions.

    Parameters
    ----------
    values : array_like, shape (n_questions, n_numbers)
        One column per number, in [0, 1], paired differences in [-1, 1]; NaN where a question does not count for it.
    is_difference : bool
        Whether the columns are paired differences.

    Yields
    ------
    Clustered
        One per column; `n_pairs` and `n_users` are the questions that count. Those of thousands of couples would fill
        the memory if they were kept.

    Raises
    ------
    InputError
        If the values are not a table.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise InputError(f"values must have shape (n_questions, n_numbers), got {table.shape}")
    for column in table.T:
        counted = np.isfinite(column)
        n = int(np.count_nonzero(counted))
        yield ratio(
            np.where(counted, column, 0.0),
            counted.astype(np.float64),
            source="questions",
            n_pairs=n,
            n_users=n,
            is_difference=is_difference,
            unit="questions",
        )


def question_means(values: ArrayLike, *, level: float, is_difference: bool = False) -> list[Estimate]:
    """Estimate means over questions, or paired differences with their p-values; see `over_questions`."""
    return [estimate(number, level=level) for number in over_questions(values, is_difference=is_difference)]
