"""How well previews foretell finished finetunes, and which ridge makes them do it best.

The ridge of the preview plays the part of "how long one finetunes". It is chosen once per global model and training
budget, from finished runs: the one whose previews have the least squared error over both accuracies. How good the
previews are is judged on runs that did not take part in the choice (leave one run out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from scpo.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Agreement of previews with finished runs on one accuracy.

    Attributes
    ----------
    spearman : float, in [-1, 1]
        Rank correlation; NaN with fewer than three runs or where one side does not vary.
    mean_absolute_error : float, in [0, 1]
        NaN without runs.
    n_runs : int
        Runs with both numbers.
    """

    spearman: float
    mean_absolute_error: float
    n_runs: int

    def to_json(self) -> dict[str, float | int | None]:
        """Return JSON values; null for NaN."""
        return {
            "spearman": self.spearman if math.isfinite(self.spearman) else None,
            "mean_absolute_error": self.mean_absolute_error if math.isfinite(self.mean_absolute_error) else None,
            "n_runs": self.n_runs,
        }


@dataclass(frozen=True, eq=False)
class Calibration:
    """The ridge that makes previews most like finished runs.

    Attributes
    ----------
    ridge : float
    at_edge : bool
        The best ridge is the smallest or largest that was tried: try further.
    error : ndarray, shape (n_ridges,)
        Root mean square error of each ridge over both accuracies and all runs, a fraction.
    all_country, true_country : Agreement
        Of each run with its preview at the ridge chosen without that run.
    n_runs : int
    foretold, judged : ndarray, shape (n_judged, 2)
        Those previews and the runs they are compared with; empty with one run.
    known : ndarray of bool, shape (all runs that were given,)
        Which of them had all numbers.
    """

    ridge: float
    at_edge: bool
    error: FloatArray
    all_country: Agreement
    true_country: Agreement
    n_runs: int
    foretold: FloatArray
    judged: FloatArray
    known: NDArray[np.bool_]


def agreement(previewed: ArrayLike, measured: ArrayLike) -> Agreement:
    """Compare previewed with measured accuracies of the same runs, both of shape (n_runs,); NaN is left out."""
    first, second = np.asarray(previewed, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(f"previews {first.shape} and runs {second.shape} must have one shape (n_runs,)")
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    rank = math.nan
    if first.size >= 3 and np.ptp(first) > 0 and np.ptp(second) > 0:
        rank = float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
    error = float(np.abs(first - second).mean()) if first.size else math.nan
    return Agreement(spearman=rank, mean_absolute_error=error, n_runs=int(first.size))


def calibrate(ridges: ArrayLike, previewed: ArrayLike, measured: ArrayLike) -> Calibration:
    """Choose the ridge by finished runs.

    Parameters
    ----------
    ridges : array_like, shape (n_ridges,)
        Candidates, rising.
    previewed : array_like, shape (n_ridges, n_runs, 2)
        All-country and true-country accuracy of the preview of each run at each ridge.
    measured : array_like, shape (n_runs, 2)
        The same of the finished runs (means over seeds, or single runs). A run with NaN on either accuracy or in any
        preview is left out.

    Returns
    -------
    Calibration
        Equal errors go to the larger ridge, the smaller change of the global model.

    Raises
    ------
    InputError
        If shapes disagree or no run has both numbers.
    """
    candidates = np.asarray(ridges, dtype=np.float64)
    previews, runs = np.asarray(previewed, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    if runs.ndim != 2 or runs.shape[1] != 2 or previews.shape != (candidates.size, *runs.shape):
        raise InputError(f"previews {previews.shape} must be (n_ridges, n_runs, 2), runs {runs.shape} (n_runs, 2)")
    if candidates.size == 0 or (np.diff(candidates) <= 0).any():
        raise InputError("ridges must be rising, and at least one")
    known = np.asarray(np.isfinite(runs).all(axis=1) & np.isfinite(previews).all(axis=(0, 2)))
    previews, runs = previews[:, known], runs[known]
    n_runs = runs.shape[0]
    if n_runs == 0:
        raise InputError("a calibration needs a finished run with both accuracies")
    squared = np.square(previews - runs).sum(axis=2)
    total = squared.sum(axis=1)
    chosen = _lowest(total)
    without = [_lowest(total - squared[:, run]) for run in range(n_runs)] if n_runs > 1 else []
    foretold = previews[without, np.arange(len(without))]
    judged = runs[: len(without)]
    return Calibration(
        ridge=float(candidates[chosen]),
        at_edge=chosen in (0, candidates.size - 1),
        error=np.sqrt(total / (2 * n_runs)),
        all_country=agreement(foretold[:, 0], judged[:, 0]),
        true_country=agreement(foretold[:, 1], judged[:, 1]),
        n_runs=n_runs,
        foretold=foretold,
        judged=judged,
        known=known,
    )


def _lowest(error: FloatArray) -> int:
    """Return the position of the lowest error, of equal ones the last."""
    return int(error.size - 1 - np.argmin(error[::-1]))
