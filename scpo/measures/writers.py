r"""Which of the models that wrote the responses win: Bradley-Terry strengths over users, and ranges of ranks.

A strength :math:`s_w` of each writer, :math:`P(i \text{ beats } j) = \sigma(s_i - s_j)` (Bradley and Terry, Biometrika
39, 1952), shown as the expected share of wins against an average rival,
:math:`\frac{1}{W - 1} \sum_{j \ne i} \sigma(s_i - s_j)`. The strengths are pulled weakly to 0 (`RIDGE`), so that a
writer who wins every time has a finite one. Intervals are those of the delete-one-user jackknife; a rank is a range:
above are the writers that are surely better, below those surely worse, each couple compared at the level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, stdtrit

from scpo.arrays import FloatArray, IndexArray
from scpo.measures.clustered import Clustered, jackknife_error
from scpo.method.margins import PreparedRows
from scpo.method.newton import minimise

RIDGE = 0.1
"""Pull of the strengths to 0: as much as a tenth of a comparison would."""

TOLERANCE = 1e-6
"""Largest error of a strength difference, in logits."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Writers ranked by one judge.

    Attributes
    ----------
    strength : ndarray, shape (n_writers,)
        Logits, mean 0.
    share : tuple of Clustered
        Expected share of wins of each writer against an average rival; `n_pairs` are its comparisons.
    rank : ndarray of int, shape (n_writers, 2)
        Best and worst rank that the data allow, 1 is the best.
    without : ndarray, shape (n_writers, n_users)
        Strengths without each user.
    """

    strength: FloatArray
    share: tuple[Clustered, ...]
    rank: IndexArray
    without: FloatArray


def strengths(wins: FloatArray) -> FloatArray:
    """Fit Bradley-Terry strengths to several tables of wins at once.

    Parameters
    ----------
    wins : ndarray, shape (n_tables, n_writers, n_writers), >= 0
        ``wins[t, i, j]``: how often i beat j.

    Returns
    -------
    ndarray, shape (n_writers, n_tables)
        Mean 0 in each.
    """
    n_tables, n_writers, _ = wins.shape
    first, second = np.nonzero(~np.eye(n_writers, dtype=bool))
    rows = np.zeros((first.size, n_writers))
    rows[np.arange(first.size), first], rows[np.arange(first.size), second] = 1.0, -1.0
    found = minimise(
        PreparedRows.build(rows),
        np.zeros(first.size),
        np.ascontiguousarray(wins[:, first, second].T),
        np.full(n_tables, RIDGE),
        start=np.zeros((n_writers, n_tables)),
        tolerance=TOLERANCE,
    ).coordinates
    return np.asarray(found - found.mean(axis=0))


def rank_writers(
    winner: IndexArray,
    loser: IndexArray,
    weight: FloatArray,
    user: IndexArray,
    *,
    n_writers: int,
    n_users: int,
    source: str,
    level: float,
) -> Ranking:
    """Rank writers by the comparisons of one judge.

    Parameters
    ----------
    winner, loser : ndarray of int, shape (n_comparisons,)
        Writers; comparisons of a writer with itself say nothing and are left out.
    weight : ndarray, shape (n_comparisons,)
        How much each counts: a tie is two halves.
    user : ndarray of int, shape (n_comparisons,)
        Position of the person.
    source : str
        Names the users.
    level : float, in (0, 1)
        Of the comparisons that make the ranges of ranks.
    """
    real = (winner != loser) & (weight > 0)
    place = (user[real] * n_writers + winner[real]) * n_writers + loser[real]
    shape = (n_users, n_writers, n_writers)
    of_users = np.bincount(place, weights=weight[real], minlength=math.prod(shape)).reshape(shape)
    total = of_users.sum(axis=0)
    active = np.flatnonzero(of_users.any(axis=(1, 2)))
    fits = strengths(np.concatenate([total[None], total[None] - of_users[active]]))
    strength, without = fits[:, 0], fits[:, 1:]
    n = active.size
    reach = -float(stdtrit(n - 1, (1 - level) / 2)) if n > 1 else math.nan
    better = np.zeros((n_writers, n_writers), dtype=bool)
    for i in range(n_writers):
        for j in range(n_writers):
            difference = strength[i] - strength[j]
            error = jackknife_error(difference, without[i] - without[j], n)
            better[i, j] = difference > reach * error if i != j else False
    met = (of_users + of_users.transpose(0, 2, 1)).sum(axis=2)
    value, each = _share(strength[:, None])[:, 0], _share(without)
    share = tuple(
        Clustered(
            value=float(value[i]) if met[:, i].any() else math.nan,
            without=each[i],
            error=jackknife_error(float(value[i]), each[i], n),
            degrees=float(n - 1) if n > 1 else math.nan,
            n_pairs=round(float(met[:, i].sum())),
            n_users=int(np.count_nonzero(met[:, i])),
            n_ties=0,
            pair_variance=math.nan,
            source=source,
        )
        for i in range(n_writers)
    )
    rank = np.stack([1 + better.sum(axis=0), n_writers - better.sum(axis=1)], axis=1)
    return Ranking(strength, share, rank.astype(np.intp), without)


def _share(strength: FloatArray) -> FloatArray:
    """Return the expected share of wins against an average rival, shape (n_writers, n_tables)."""
    n_writers = strength.shape[0]
    beats = expit(strength[:, None, :] - strength[None, :, :])
    return np.asarray((beats.sum(axis=1) - 0.5) / max(n_writers - 1, 1))
