"""Which ridge makes previews most like finished finetunes.

The ridge of the preview plays the part of "how long one finetunes". It is chosen once per global model and training
budget, from finished runs: the one whose previews have the least squared error over both accuracies. How good the
previews are is judged on runs that did not take part in the choice (leave one run out), see `scpo.measures.fidelity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray
from scpo.errors import InputError
from scpo.measures.fidelity import Agreement, Labels, agreement

CHOSEN_BY = 2
"""The ridge is chosen by the first two numbers: both accuracies."""


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
    n_runs : int
    foretold, judged : ndarray, shape (n_judged, n_measures)
        Each run's preview at the ridge chosen without that run, and the run; empty with one run.
    labels : Labels
        Of the judged runs.
    """

    ridge: float
    at_edge: bool
    error: FloatArray
    n_runs: int
    foretold: FloatArray
    judged: FloatArray
    labels: Labels

    def agreements(self, country: str | None = None) -> tuple[Agreement, ...]:
        """Return the agreement on each measure, of all countries or of one."""
        return tuple(
            agreement(self.foretold[:, side], self.judged[:, side], self.labels, country=country)
            for side in range(self.judged.shape[1])
        )


def calibrate(ridges: ArrayLike, previewed: ArrayLike, measured: ArrayLike, labels: Labels) -> Calibration:
    """Choose the ridge by finished runs.

    Parameters
    ----------
    ridges : array_like, shape (n_ridges,)
        Candidates, rising.
    previewed : array_like, shape (n_ridges, n_runs, n_measures)
        All-country and true-country accuracy of the preview of each run at each ridge, then what else is judged.
    measured : array_like, shape (n_runs, n_measures)
        The same of the finished runs (means over seeds, or single runs). A run with NaN on either accuracy or in any
        preview of it is left out.
    labels : Labels
        Of the runs.

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
    if runs.ndim != 2 or runs.shape[1] < CHOSEN_BY or previews.shape != (candidates.size, *runs.shape):
        raise InputError(f"previews {previews.shape} must be (n_ridges, *runs), runs {runs.shape} (n_runs, 2 or more)")
    if labels.country.size != len(runs):
        raise InputError(f"{len(runs)} runs need as many labels, got {labels.country.size}")
    if candidates.size == 0 or (np.diff(candidates) <= 0).any():
        raise InputError("ridges must be rising, and at least one")
    both, of_both = previews[:, :, :CHOSEN_BY], runs[:, :CHOSEN_BY]
    known = np.asarray(np.isfinite(of_both).all(axis=1) & np.isfinite(both).all(axis=(0, 2)))
    n_runs = int(known.sum())
    if n_runs == 0:
        raise InputError("a calibration needs a finished run with both accuracies")
    squared = np.square(both[:, known] - of_both[known]).sum(axis=2)
    total = squared.sum(axis=1)
    chosen = _lowest(total)
    without = [_lowest(total - squared[:, run]) for run in range(n_runs)] if n_runs > 1 else []
    judged = known & (n_runs > 1)
    return Calibration(
        ridge=float(candidates[chosen]),
        at_edge=chosen in (0, candidates.size - 1),
        error=np.sqrt(total / (CHOSEN_BY * n_runs)),
        n_runs=n_runs,
        foretold=previews[:, judged][without, np.arange(len(without))],
        judged=runs[judged],
        labels=labels.at(judged),
    )


def _lowest(error: FloatArray) -> int:
    """Return the position of the lowest error, of equal ones the last."""
    return int(error.size - 1 - np.argmin(error[::-1]))
