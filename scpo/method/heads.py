"""Last layers around a global head: a country's feature differences, and the fit of many sets of weights on them.

With ``d_i = phi(x, y+) - phi(x, y-)`` the fit minimises the weighted Bradley-Terry loss of the margins ``d_i . v`` plus
``lambda / 2 |v - w0|^2`` (`scpo.method.preview` says what for, `scpo.method.newton` how).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError, RunError
from scpo.method.margins import PreparedRows
from scpo.method.newton import Solution, minimise

TOLERANCE = 1e-6
"""Largest accepted distance of a margin from the exact minimiser's, in logits."""

DEFAULT_PULL = 1.0
"""The default ridge in units of the mean squared length of a feature difference, until finished runs calibrate it. At 1
`full` recovers a fifth to a third of a country's own preferences on PRISM, as in the paper (27 %)."""

MANY_PAIRS, FEW_DIMENSIONS, FEW_SETTINGS = 4_000, 128, 6
"""With so many pairs of so few dimensions, so few settings are faster one by one, each on the pairs it keeps."""

NUMBERS_AT_ONCE = 4_000_000
"""Pairs times settings that are solved together; bounds the memory of a grid to a few hundred MB."""


@dataclass(frozen=True, eq=False)
class PreferenceFeatures:
    """Feature differences of one country's training pairs, in an orthonormal basis of their span.

    The minimiser differs from the global head only within that span, so nothing is lost, and a country with fewer pairs
    than features is a problem in as many dimensions as pairs. Principal axes make the solver fast.

    Attributes
    ----------
    prepared : PreparedRows, shape (n_pairs, n_dimensions)
        Coordinates, in the order of `order`; n_dimensions <= min(n_pairs, n_features).
    order : ndarray of int, shape (n_pairs,)
        The pairs by rising gap, so that what a threshold keeps comes first.
    basis : ndarray, shape (n_features, n_dimensions)
        Orthonormal columns; ``differences == rows @ basis.T``.
    gap : ndarray, shape (n_pairs,)
        Gap of the global model.
    head : ndarray, shape (n_features,)
        Weight of the global model's last layer, ``w0``.
    relabelled : bool
        Whether users have exchanged their judgements, so that only `shuffled` may be fitted.
    share : ndarray, shape (n_pairs,), or None
        What each pair weighs in every fit beside the weights of `fit_heads`; None is 1.
    """

    prepared: PreparedRows
    order: IndexArray
    basis: FloatArray
    gap: FloatArray
    head: FloatArray
    relabelled: bool = False
    share: FloatArray | None = None

    @classmethod
    def build(
        cls, differences: ArrayLike, head: ArrayLike, *, gap: ArrayLike | None = None, relabelled: bool = False
    ) -> Self:
        """Reduce feature differences; do this once per country, it is the slow part.

        Parameters
        ----------
        differences : array_like, shape (n_pairs, n_features)
            Chosen minus rejected features; any float type, finite.
        head : array_like, shape (n_features,)
            ``w0``.
        gap : array_like, shape (n_pairs,), optional
            Gap as scored; by default ``differences @ head``. Pass it when features are stored in half precision.

        Raises
        ------
        InputError
            If shapes disagree or a value is not finite.
        """
        matrix, weights = np.asarray(differences, dtype=np.float64), np.asarray(head, dtype=np.float64)
        if matrix.ndim != 2 or weights.shape != (matrix.shape[1],):
            raise InputError(f"differences {matrix.shape} and head {weights.shape} do not fit together")
        gaps = matrix @ weights if gap is None else np.asarray(gap, dtype=np.float64)
        if gaps.shape != (matrix.shape[0],):
            raise InputError(f"{matrix.shape[0]} pairs need as many gaps, got shape {gaps.shape}")
        if not (np.isfinite(matrix).all() and np.isfinite(weights).all() and np.isfinite(gaps).all()):
            raise InputError("features, head or gaps have values that are not finite; score these responses again")
        basis = np.eye(matrix.shape[1])
        if matrix.shape[0] < matrix.shape[1]:
            basis, upper = np.linalg.qr(matrix.T)
            matrix = np.ascontiguousarray(upper.T)
        axes = np.linalg.eigh(matrix.T @ matrix)[1]
        rows = matrix @ axes
        length = np.sqrt(np.einsum("nr,nr->r", rows, rows))
        spanned = length > 1e-14 * length.max(initial=0.0)
        order = np.argsort(gaps, kind="stable")
        return cls(
            prepared=PreparedRows.build(rows[np.ix_(order, np.flatnonzero(spanned))]),
            order=order,
            basis=np.ascontiguousarray((basis @ axes)[:, spanned]),
            gap=gaps,
            head=weights,
            relabelled=relabelled,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of pairs and of dimensions."""
        n_pairs, n_dimensions = self.prepared.unit.shape
        return n_pairs, n_dimensions

    @property
    def rows(self) -> FloatArray:
        """Return the coordinates in the order of the pairs, a new array each time."""
        rows = np.empty(self.shape)
        rows[self.order] = self.prepared.unit * self.prepared.longest
        return rows

    @property
    def default_ridge(self) -> float:
        """Return lambda = the mean squared length of a difference: a stated guess before calibration.

        Rescaling the features rescales it so that the preview stays the same. 1 without any length.
        """
        unit = self.prepared.unit
        squared = np.einsum("nr,nr->n", unit, unit) * self.prepared.longest**2
        return DEFAULT_PULL * float(squared.mean()) if squared.any() else 1.0


@dataclass(frozen=True, eq=False)
class HeadFit:
    """Last layers of several settings for one country. All of them have converged.

    Attributes
    ----------
    shift : ndarray, shape (n_settings, n_dimensions)
        ``(v - w0)`` in the basis of the features.
    margin_error : ndarray, shape (n_settings,)
        No margin ``d_i . v`` of a training pair is further than this from the exact minimiser's, in logits.
    newton_steps, inner_steps : ndarray of int, shape (n_settings,)
        Steps, and conjugate gradients in all of them together.
    conditioner : ndarray of float32 or None
        What `fit_heads` was given, made anew where it served badly.
    features : PreferenceFeatures
    """

    shift: FloatArray
    margin_error: FloatArray
    newton_steps: IndexArray
    inner_steps: IndexArray
    conditioner: NDArray[np.float32] | None
    features: PreferenceFeatures

    @property
    def heads(self) -> FloatArray:
        """Return the weights of the last layers, shape (n_settings, n_features). The bias stays that of the model."""
        return self.features.head + self.shift @ self.features.basis.T

    def gaps(self, pairs: Projected) -> FloatArray:
        """Return the gaps of every setting's model on pairs from `project`, shape (n_settings, n_pairs)."""
        return pairs.gap + self.shift @ pairs.rows.T


@dataclass(frozen=True, eq=False)
class Projected:
    """Pairs to be ranked, prepared once for all settings: coordinates (n_pairs, n_dimensions) and global gap."""

    rows: FloatArray
    gap: FloatArray


def project(features: PreferenceFeatures, differences: ArrayLike, *, gap: ArrayLike | None = None) -> Projected:
    """Prepare pairs that are to be ranked by previews.

    Parameters
    ----------
    features : PreferenceFeatures
        Of the country whose previews are to rank them.
    differences : array_like, shape (n_pairs, n_features)
        Features of the chosen minus features of the rejected response.
    gap : array_like, shape (n_pairs,), optional
        Gap of the global model on them as scored; by default ``differences @ w0``.
    """
    matrix = np.asarray(differences, dtype=np.float64)
    gaps = matrix @ features.head if gap is None else np.asarray(gap, dtype=np.float64)
    if gaps.shape != (matrix.shape[0],):
        raise InputError(f"{matrix.shape[0]} pairs need as many gaps, got shape {gaps.shape}")
    return Projected(rows=matrix @ features.basis, gap=gaps)


def fit_heads(
    features: PreferenceFeatures,
    weight: ArrayLike,
    *,
    ridge: ArrayLike,
    start: ArrayLike | None = None,
    conditioner: NDArray[np.float32] | None = None,
    tolerance: float = TOLERANCE,
) -> HeadFit:
    """Fit the last layer for many sets of weights on the same pairs.

    Parameters
    ----------
    features : PreferenceFeatures
    weight : array_like, shape (n_settings, n_pairs)
        Weights >= 0; 0 drops a pair.
    ridge : float or array_like, shape (n_settings,)
        lambda > 0.
    start : array_like, shape (n_dimensions,) or (n_settings, n_dimensions), optional
        `HeadFit.shift` to start from, one for all settings or one each. By default 0, the global head.
    conditioner : ndarray of float32, shape (n_settings, n_dimensions, n_dimensions), optional
        From `scpo.method.margins.inverse_hessian`, for the same pairs: makes it faster.
    tolerance : float
        Largest accepted distance of a margin from the exact minimiser's, in logits.

    Raises
    ------
    InputError
        If shapes disagree, a weight is negative, or a ridge is not positive.
    RunError
        If a setting does not converge: an unconverged fit is never returned.
    """
    weights = np.asarray(weight, dtype=np.float64)
    n_pairs, n_dimensions = features.shape
    if weights.ndim != 2 or weights.shape[1] != n_pairs:
        raise InputError(f"weights must have shape (n_settings, {n_pairs}), got {weights.shape}")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise InputError("weights must be finite and not negative")
    weights = weights if features.share is None else weights * features.share
    pull = np.broadcast_to(np.asarray(ridge, dtype=np.float64), weights.shape[:1])
    if not (np.isfinite(pull).all() and (pull > 0).all()):
        raise InputError(f"the ridge must be positive, got {pull.tolist()}")
    origin = np.zeros(n_dimensions) if start is None else np.asarray(start, dtype=np.float64)
    if origin.shape not in ((n_dimensions,), (weights.shape[0], n_dimensions)):
        raise InputError(f"a start must have shape ({weights.shape[0]}, {n_dimensions}), got {origin.shape}")
    first = np.broadcast_to(origin, (weights.shape[0], n_dimensions))

    alone = n_pairs >= MANY_PAIRS and n_dimensions <= FEW_DIMENSIONS and weights.shape[0] <= FEW_SETTINGS
    together = 1 if alone else max(1, NUMBERS_AT_ONCE // max(n_pairs, 1))
    parts = [
        _minimised(
            features,
            weights[part],
            pull[part],
            first[part],
            tolerance,
            None if conditioner is None else conditioner[part],
        )
        for part in (slice(low, low + together) for low in range(0, weights.shape[0], together))
    ]
    error = np.concatenate([np.empty(0), *(part.margin_error for part in parts)])
    failed = np.flatnonzero(~(error <= tolerance))
    if failed.size:
        raise RunError(
            f"{failed.size} of {error.size} previews did not converge (margins may be off by "
            f"{float(error[failed[0]]):.2g} logits); raise the ridge, now {float(pull[failed[0]]):.3g}"
        )
    return HeadFit(
        shift=np.concatenate([np.empty((0, n_dimensions)), *(part.coordinates.T for part in parts)]),
        margin_error=error,
        newton_steps=np.concatenate([np.empty(0, dtype=np.intp), *(part.newton_steps for part in parts)]),
        inner_steps=np.concatenate([np.empty(0, dtype=np.intp), *(part.inner_steps for part in parts)]),
        conditioner=None
        if conditioner is None
        else np.concatenate([part.conditioner for part in parts if part.conditioner is not None]),
        features=features,
    )


def _minimised(
    features: PreferenceFeatures,
    weight: FloatArray,
    ridge: FloatArray,
    start: FloatArray,
    tolerance: float,
    conditioner: NDArray[np.float32] | None,
) -> Solution:
    """Solve some settings together, on the pairs that any of them keeps."""
    rows = features.prepared
    weights, offset = weight[:, features.order].T, features.gap[features.order]
    kept = np.asarray(weights.any(axis=1))
    if np.count_nonzero(kept) < 0.9 * kept.size:
        rows, weights, offset = rows.take(kept), weights[kept], offset[kept]
    return minimise(
        rows,
        offset,
        np.ascontiguousarray(weights),
        ridge,
        start=np.ascontiguousarray(start.T),
        tolerance=tolerance,
        conditioner=conditioner,
    )
