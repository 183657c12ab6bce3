"""The pairs of a community, and those on which the models of several communities are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scpo.arrays import FloatArray

RIDGE_PER_PAIR = 5e-6
"""Ridge = this x number of pairs x mean squared length of a feature difference. Small, because a pull towards the
global head makes all communities alike; on the sample distances follow the truth from 1e-7 to 1e-5."""


@dataclass(frozen=True, eq=False)
class CommunityPairs:
    """The pairs of one community.

    Attributes
    ----------
    name : str
    differences : ndarray, shape (n_pairs, n_features)
        Features of the chosen minus features of the rejected response.
    gap : ndarray, shape (n_pairs,)
        Gap of the global model.
    user_id : ndarray of str, shape (n_pairs,)
    """

    name: str
    differences: NDArray[np.floating[Any]]
    gap: FloatArray
    user_id: NDArray[Any]


def shared_ridge(communities: Sequence[CommunityPairs]) -> float:
    """Return the ridge for each pair that the models of several communities share, lambda > 0: `RIDGE_PER_PAIR`.

    Parameters
    ----------
    communities : sequence of CommunityPairs
        With a pair among them.
    """
    n_pairs = sum(one.gap.size for one in communities)
    squared = sum(float(np.square(one.differences, dtype=np.float64).sum()) for one in communities) / n_pairs
    return RIDGE_PER_PAIR * (squared or 1.0)


def common_pairs(communities: Sequence[CommunityPairs], *, at_most: int = 1500, seed: int = 0) -> CommunityPairs:
    """Draw the pairs on which all models are compared: equally many of each community, at most `at_most` in all."""
    rng = np.random.default_rng(seed)
    each = min([at_most // max(len(communities), 1), *(one.gap.size for one in communities if one.gap.size)])
    drawn = [rng.choice(one.gap.size, size=min(each, one.gap.size), replace=False) for one in communities]
    together = list(zip(communities, drawn, strict=True))
    return CommunityPairs(
        name="common",
        differences=np.concatenate([one.differences[rows] for one, rows in together]),
        gap=np.concatenate([one.gap[rows] for one, rows in together]),
        user_id=np.concatenate([one.user_id[rows] for one, rows in together]),
    )
