"""Margins of a linear reward: rows of feature differences as the solver wants them, the loss, a rough Hessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from scpo.arrays import BoolArray, FloatArray

MOST_KEPT_TWICE = 2_000_000
"""Numbers in the rows of a country up to which they are kept in single precision too."""

MOST_CONDITIONED, ENOUGH_PAIRS = 128, 2_000
"""Dimensions up to which a Hessian is inverted as a preconditioner, and pairs that it is made from."""


class Loss(NamedTuple):
    """Loss and its derivatives with respect to the margins; shapes (n_pairs, n_settings), value (n_settings,)."""

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray


def weighted_loss(margin: FloatArray, weight: FloatArray) -> Loss:
    """Return the weighted Bradley-Terry loss of margins with its derivatives, without overflow for any margin.

    Parameters
    ----------
    margin, weight : ndarray, shape (n_pairs, n_settings)
        Weights >= 0.
    """
    with np.errstate(under="ignore"):
        small = np.exp(-np.abs(margin))
        value = np.einsum("ns,ns->s", weight, np.log1p(small)) + np.einsum("ns,ns->s", weight, np.maximum(-margin, 0))
        share = 1 / (1 + small)
        other = small * share
        slope = np.where(margin >= 0, other, share)
        slope *= -weight
        share *= other
        share *= weight
    return Loss(value, slope, share)


@dataclass(frozen=True, eq=False)
class PreparedRows:
    """Rows as the solver wants them.

    Attributes
    ----------
    unit : ndarray, shape (n_pairs, n_dimensions)
        Rows scaled so that the longest has length 1.
    longest : float
        Length of the longest row, 1 if all are 0.
    known_single : ndarray of float32 or None
        `single`, where it is small enough to be kept.
    """

    unit: FloatArray
    longest: float
    known_single: NDArray[np.float32] | None

    @classmethod
    def build(cls, rows: FloatArray) -> Self:
        """Prepare rows of shape (n_pairs, n_dimensions)."""
        longest = float(np.sqrt(np.einsum("nr,nr->n", rows, rows).max(initial=0.0))) or 1.0
        unit = rows / longest
        return cls(unit, longest, unit.astype(np.float32) if unit.size <= MOST_KEPT_TWICE else None)

    @property
    def single(self) -> NDArray[np.float32]:
        """Return `unit` in single precision."""
        return self.unit.astype(np.float32) if self.known_single is None else self.known_single

    def take(self, which: BoolArray) -> Self:
        """Return some of the rows: a view if they come first, else a copy."""
        count = int(np.count_nonzero(which))
        part = slice(count) if which[:count].all() else which
        single = self.known_single
        return type(self)(self.unit[part], self.longest, None if single is None else single[part])


def inverse_hessian(
    rows: PreparedRows, offset: FloatArray, weight: FloatArray, ridge: float, coordinates: FloatArray
) -> NDArray[np.float32] | None:
    """Return the inverse Hessian of one setting at a place, nearly.

    Parameters
    ----------
    offset, weight : ndarray, shape (n_pairs,)
    coordinates : ndarray, shape (n_dimensions,)
        Where; in the units of the rows as they were.

    Returns
    -------
    ndarray of float32, shape (n_dimensions, n_dimensions), or None
        In the units of the prepared rows. None with more dimensions than are worth it.
    """
    if rows.unit.shape[1] > MOST_CONDITIONED:
        return None
    margin = offset + rows.unit @ (coordinates * rows.longest)
    bend = weighted_loss(margin[:, None], weight[:, None]).curvature[:, 0]
    return rough_inverse(rows.unit, bend, ridge / rows.longest**2)


def rough_inverse(unit: FloatArray, curvature: FloatArray, ridge: float) -> NDArray[np.float32]:
    """Return the inverse of ``unit.T @ diag(curvature) @ unit + ridge``, nearly: in single precision, of some rows.

    Parameters
    ----------
    unit : ndarray, shape (n_pairs, n_dimensions)
        No row longer than 1.
    curvature : ndarray, shape (n_pairs,)
        Not negative.
    """
    every = max(1, unit.shape[0] // ENOUGH_PAIRS)
    part = slice(every // 2, None, every)
    scaled = (np.sqrt(every * curvature[part])[:, None] * unit[part]).astype(np.float32)
    hessian = (scaled.T @ scaled).astype(np.float64)
    diagonal = np.diag_indices(unit.shape[1])
    # Single precision may leave directions without curvature; a preconditioner must have some in all.
    hessian[diagonal] += max(ridge, 1e-5 * float(hessian[diagonal].max(initial=0.0)))
    return np.linalg.inv(hessian).astype(np.float32)
