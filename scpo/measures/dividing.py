"""Which pairs divide two communities: the gaps of two fitted models, each of mean square 1, and their difference.

Each model is fitted to all pairs of its community around the global head, as for distances
(`scpo.measures.divergence`). Gaps are divided by the root mean square of the model's gaps on the judged pairs, so that
a surer community does not lead every list. A model has seen its own community's pairs: a difference tells what divides
the models, it is no test.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray
from scpo.errors import InputError
from scpo.measures.community import CommunityPairs, shared_ridge
from scpo.method.heads import PreferenceFeatures, fit_heads, project


class Judged(NamedTuple):
    """Gaps of two models on the same pairs, each of mean square 1; shapes (n_pairs,)."""

    first: FloatArray
    second: FloatArray

    @property
    def difference(self) -> FloatArray:
        """Return how much more the first model prefers the chosen response than the second does."""
        return self.first - self.second


def judged_by_both(
    first: CommunityPairs,
    second: CommunityPairs,
    head: ArrayLike,
    common: CommunityPairs,
) -> Judged:
    """Let the models of two communities judge common pairs.

    Parameters
    ----------
    first, second : CommunityPairs
        All pairs of each community.
    head : array_like, shape (n_features,)
        Weight of the global model's last layer.
    common : CommunityPairs
        The pairs to be judged.

    Raises
    ------
    InputError
        If one of them has no pairs, or there is none to judge.
    """
    if not (first.gap.size and second.gap.size and common.gap.size):
        raise InputError(f"{first.name} and {second.name} need pairs each, and pairs to judge")
    ridge = shared_ridge([first, second])
    return Judged(*(_unit_gaps(one, head, common, ridge) for one in (first, second)))


def _unit_gaps(community: CommunityPairs, head: ArrayLike, common: CommunityPairs, ridge: float) -> FloatArray:
    features = PreferenceFeatures.build(community.differences, head, gap=community.gap)
    n_pairs = community.gap.size
    fit = fit_heads(features, np.ones((1, n_pairs)), ridge=ridge * n_pairs)
    gaps = fit.gaps(project(features, common.differences, gap=common.gap))[0]
    size = float(np.sqrt(np.mean(gaps**2)))
    return gaps / size if size > 0 else gaps
