"""What models and settings make of pairs: gaps of finetuned models, flips between two, kept or dropped."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import BoolArray, FloatArray
from scpo.config import ObjectiveConfig
from scpo.method import objective as formulas
from scpo.methods import METHODS
from scpo.results.pairs.index import PairIndex

FlipWay = Literal["either", "gained", "lost", "both_right", "both_wrong"]
Outcome = Literal["recovered", "missed", "kept", "lost"]


class Treatment(NamedTuple):
    """What a setting makes of a pair: `kept` is None where chance decides."""

    kept: bool | None
    weight: float


def of_test_pairs(index: PairIndex, test_gap: ArrayLike) -> FloatArray:
    """Put gaps on test pairs in their places among all pairs; NaN elsewhere.

    Parameters
    ----------
    test_gap : array_like, shape (n_test_pairs,)
        In the order of `Scored.test_pairs`.
    """
    gaps = np.full(len(index), np.nan)
    gaps[index.test_rows] = test_gap
    return gaps


def flips(first: FloatArray, second: FloatArray, way: FlipWay) -> BoolArray:
    """Find the pairs that two models rank differently, or alike.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n_pairs,)
        Gaps of both models; a pair that one of them has not scored (NaN) is never found.
    way : str
        ``gained``: only the second ranks as the person did; ``lost``: only the first; ``either`` of the two;
        ``both_right``; ``both_wrong``. A gap of 0 is not right.
    """
    known = np.isfinite(first) & np.isfinite(second)
    right_before, right_after = first > 0, second > 0
    found = {
        "either": right_before != right_after,
        "gained": ~right_before & right_after,
        "lost": right_before & ~right_after,
        "both_right": right_before & right_after,
        "both_wrong": ~right_before & ~right_after,
    }[way]
    return known & found


def outcome(before: float, after: float) -> Outcome:
    """Name what finetuning did to a pair with these gaps; a gap of 0 is not right."""
    if before > 0:
        return "kept" if after > 0 else "lost"
    return "recovered" if after > 0 else "missed"


def treatment(gap: float, setting: ObjectiveConfig) -> Treatment:
    """Return what a setting makes of a pair with this gap; the weight before any normalisation."""
    if METHODS[setting.method].at_random or METHODS[setting.method].relabels:
        return Treatment(None, 1.0)
    plain = setting.model_copy(update={"normalise_weights": False})
    found = formulas.select(np.array([gap]), plain, seed=0)
    return Treatment(bool(found.kept[0]), float(found.weight[0]))
