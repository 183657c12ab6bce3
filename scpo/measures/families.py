"""Which comparisons are tested together: families that no selection on a screen can change.

A setting of a method is trained once per community and tested on every community. Its comparisons with the global model
fall into three families, over *all* communities that have a model, whatever is looked at:

1. the mean over communities of the change at home: one test;
2. the change at home, in each community with at least `TOO_FEW_USERS` test users: Holm;
3. the change in each other community with so many users: Holm.

The first family is a gate for gains: a community's gain is not better established than the mean of its setting
(serial gatekeeping, Westfall and Krishen, Journal of Statistical Planning and Inference 99, 2001). A loss needs no
gate: harm to some must not be hidden by a mean that is near 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.measures.intervals import holm

TOO_FEW_USERS = 10
"""Below this many test users a number is flagged: it has its interval, but no p, no rank and no verdict."""


def enough(n_users: ArrayLike) -> NDArray[np.bool_]:
    """Tell which numbers rest on enough users for a verdict."""
    return np.asarray(n_users) >= TOO_FEW_USERS


def adjusted(p: ArrayLike, difference: ArrayLike, n_users: ArrayLike, *, gate: float = math.nan) -> NDArray[np.float64]:
    """Adjust the p-values of one family.

    Parameters
    ----------
    p, difference, n_users : array_like, shape (n_comparisons,)
        p-values, differences to the global model, and test users.
    gate : float, in [0, 1]
        p of the mean over communities; NaN where a setting has no mean, and nothing is gated.

    Returns
    -------
    ndarray, shape (n_comparisons,)
        p after Holm over the comparisons with enough users, for gains at least `gate`; NaN below `TOO_FEW_USERS`.
    """
    values = np.asarray(p, dtype=np.float64)
    found = holm(np.where(enough(n_users), values, np.nan))
    if math.isfinite(gate):
        found = np.where(np.asarray(difference) > 0, np.maximum(found, gate), found)
    return found
