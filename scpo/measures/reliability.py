r"""Reliability: does a model that says 70 % agree with people in 70 % of such pairs?

A reward model says with :math:`\sigma(|gap|)` how sure it is that the response it ranks first is the one the person
chose (Bradley and Terry, Biometrika 39, 1952). Pairs are put into bins of what is said, the same bins for all models,
and what is said is set against how often the person agrees (reliability diagram: Murphy and Winkler, Applied
Statistics 26, 1977). `over_confidence` is said minus agreed over all pairs. The expected calibration error (ECE, Naeini
et al., AAAI 2015) is the mean distance over the bins; it is above 0 even for a perfectly calibrated model, the more so
the fewer pairs there are, so it stands beside what such a model would show. A tie says 50 % and agrees half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError
from scpo.measures.clustered import Clustered, ratio, users_source

EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bins of what a model says; the last one holds 1."""

DRAWS = 200
"""Draws of what people would choose if a model were perfectly calibrated."""


@dataclass(frozen=True, eq=False)
class Bin:
    """The pairs of which a model is about equally sure.

    Attributes
    ----------
    low, high : float, in [0.5, 1]
        Edges.
    said : float
        Mean of what the model says.
    agreed : Clustered
        Share of pairs where the person agrees; `n_pairs` counts a pair that some of several runs put here.
    share : float, in (0, 1]
        Of all pairs, mean over runs.
    """

    low: float
    high: float
    said: float
    agreed: Clustered
    share: float


@dataclass(frozen=True, eq=False)
class Reliability:
    """What a model says against what people choose.

    Attributes
    ----------
    bins : tuple of Bin
        Those that hold a pair, rising.
    over_confidence : Clustered
        Mean said minus share agreed, in [-1, 1]: above 0 the model is too sure.
    ece, ece_of_perfect : float, in [0, 1]
        Expected calibration error; the mean of it for a model that says the same and is right, pairs taken as
        independent.
    n_pairs : int
    """

    bins: tuple[Bin, ...]
    over_confidence: Clustered
    ece: float
    ece_of_perfect: float
    n_pairs: int


def reliability(gap: ArrayLike, user_id: ArrayLike, *, seed: int = 0) -> Reliability:
    """Set what a model says against what people choose.

    Parameters
    ----------
    gap : array_like, shape (n_pairs,) or (n_runs, n_pairs)
        Gaps of one run, or of several runs of one setting, each of which counts the same.
    user_id : array_like of str, shape (n_pairs,)
    seed : int
        Of `ece_of_perfect`.

    Raises
    ------
    InputError
        If there is no pair, shapes disagree, or a gap is not finite.
    """
    gaps = np.atleast_2d(np.asarray(gap, dtype=np.float64))
    users, position = np.unique(np.asarray(user_id, dtype=str), return_inverse=True)
    if gaps.ndim != 2 or gaps.shape[1] != position.size or not gaps.size or not np.isfinite(gaps).all():
        raise InputError(f"reliability needs finite gaps of {position.size} pairs, at least one; got {gaps.shape}")
    said, agreed = expit(np.abs(gaps)), np.where(gaps == 0, 0.5, gaps > 0)
    place = np.clip(np.searchsorted(EDGES, said, side="right") - 1, 0, len(EDGES) - 2)
    bins = []
    for number in range(len(EDGES) - 1):
        here = place == number
        if not here.any():
            continue
        whole = _per_user(here, position, users.size)
        part = ratio(
            _per_user(np.where(here, agreed, 0.0), position, users.size),
            whole,
            source=users_source(users),
            n_pairs=int(np.count_nonzero(here.any(axis=0))),
            n_users=int(np.count_nonzero(whole)),
        )
        bins.append(Bin(EDGES[number], EDGES[number + 1], float(said[here].mean()), part, float(here.mean())))
    return Reliability(
        bins=tuple(bins),
        over_confidence=ratio(
            _per_user(said - agreed, position, users.size),
            _per_user(np.ones(gaps.shape), position, users.size),
            source=users_source(users),
            n_pairs=position.size,
            n_users=users.size,
            is_difference=True,
        ),
        ece=_ece(said, agreed, place),
        ece_of_perfect=_perfect(said, place, np.random.default_rng(seed)),
        n_pairs=position.size,
    )


def _per_user(values: NDArray[Any], position: IndexArray, n_users: int) -> FloatArray:
    """Return the sum of each user, mean over runs."""
    return np.bincount(position, weights=values.mean(axis=0), minlength=n_users).astype(np.float64)


def _ece(said: FloatArray, agreed: FloatArray, place: IndexArray) -> float:
    apart = np.bincount(place.ravel(), weights=(said - agreed).ravel(), minlength=len(EDGES) - 1)
    return float(np.abs(apart).sum() / said.size)


def _perfect(said: FloatArray, place: IndexArray, rng: np.random.Generator) -> float:
    """Return the mean ECE if people agreed as often as the model says; runs see the same person's choice."""
    found = [_ece(said, (rng.random(said.shape[1]) < said).astype(np.float64), place) for _ in range(DRAWS)]
    return float(np.mean(found))
