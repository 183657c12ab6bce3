"""Minimise many weighted, ridge-pulled Bradley-Terry losses on the same pairs at once.

For weights w (one set per setting), rows x_i, gaps o_i at the start and ridge lambda each setting minimises

.. math:: f(u) = \\sum_i w_i \\log(1 + e^{-m_i}) + \\tfrac{\\lambda}{2} |u|^2, \\qquad m = o + X u

with the exact gradient :math:`-X^T (w \\sigma(-m)) + \\lambda u` and the exact Hessian
:math:`X^T \\mathrm{diag}(w \\sigma(m) \\sigma(-m)) X + \\lambda I`. Newton's method with an Armijo line search; the
Newton equations of all settings are solved together by preconditioned conjugate gradients (two matrix products a step,
shared by all settings, in single precision) to the accuracy the outer step needs (inexact Newton: Nocedal and Wright,
Numerical Optimization, 2nd ed., section 7.1). Everything that is returned or decided on is double precision. Settings
this does not settle are finished with Cholesky factors, of the Hessian or, where fewer pairs than dimensions carry
curvature, of its dual (the identity of Woodbury).

f is strongly convex with modulus lambda, so :math:`|u - u^*| \\le |\\nabla f(u)| / \\lambda`, and no margin is further
from the minimiser's than :math:`\\max_i |x_i| \\, |\\nabla f(u)| / \\lambda`. That bound, not the size of the last
step, decides convergence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from scpo.arrays import FloatArray, IndexArray
from scpo.method.margins import Loss, PreparedRows, rough_inverse, weighted_loss

MAX_NEWTON_STEPS = 40
MAX_EXACT_STEPS = 200
MAX_CG_STEPS = 60
MAX_HALVINGS = 60
MOST_INNER = 6
"""Conjugate gradients in one step, above which a preconditioner is made anew where the step has led."""
FORCING = 0.003
"""Relative accuracy of the Newton equations: single precision can give it, and each step gains that much."""
ARMIJO = 1e-4
ROUNDING = 1e-11
"""A predicted decrease below this share of f is lost in rounding; the full step is taken then."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Minimisers of all settings.

    Attributes
    ----------
    coordinates : ndarray, shape (n_dimensions, n_settings)
    margin_error : ndarray, shape (n_settings,)
        No margin is further than this from the exact minimiser's, in logits.
    newton_steps, inner_steps : ndarray of int, shape (n_settings,)
        Steps, and conjugate gradients in all of them together.
    conditioner : ndarray of float32 or None
        What was given, made anew where it served badly.
    """

    coordinates: FloatArray
    margin_error: FloatArray
    newton_steps: IndexArray
    inner_steps: IndexArray
    conditioner: NDArray[np.float32] | None


def minimise(
    rows: PreparedRows,
    offset: FloatArray,
    weight: FloatArray,
    ridge: FloatArray,
    *,
    start: FloatArray,
    tolerance: float,
    conditioner: NDArray[np.float32] | None = None,
) -> Solution:
    """Minimise all settings.

    Parameters
    ----------
    rows : PreparedRows, shape (n_pairs, n_dimensions)
        Feature differences, chosen minus rejected; columns close to orthogonal make the solver fast.
    offset : ndarray, shape (n_pairs,)
        Gap of each pair at u = 0.
    weight : ndarray, shape (n_pairs, n_settings)
        Weights >= 0.
    ridge : ndarray, shape (n_settings,)
        lambda > 0.
    start : ndarray, shape (n_dimensions, n_settings)
        Where to start, for example the minimisers of neighbouring settings.
    tolerance : float, > 0
        Largest accepted error of a margin, in logits.
    conditioner : ndarray of float32, shape (n_settings, n_dimensions, n_dimensions), optional
        From `inverse_hessian` at a neighbouring minimiser of each setting: fewer conjugate gradients.

    Returns
    -------
    Solution
        The caller must compare `margin_error` with the tolerance.
    """
    pull = ridge / rows.longest**2
    target = tolerance * pull
    known = None if conditioner is None else conditioner.copy()
    single = rows.single
    squared = single**2 if known is None else single[:0]  # for the diagonal of the Hessian, if that is needed
    problem = _Problem(rows.unit, single, squared, offset, weight, pull, target, known)
    solution = np.asarray(start, dtype=np.float64) * rows.longest
    steps, inner = np.zeros((2, *ridge.shape), dtype=np.intp)
    norm = problem.descend(solution, steps, inner, np.arange(ridge.size), MAX_NEWTON_STEPS, exact=False)
    late = np.flatnonzero(~(norm <= target))
    for one in late:
        norm[one] = problem.descend(solution, steps, inner, np.array([one]), MAX_EXACT_STEPS, exact=True)[0]
    return Solution(solution / rows.longest, norm / pull, steps, inner, known)


@dataclass(frozen=True, eq=False)
class _Problem:
    """The shared pairs, scaled so that the longest row has length 1, and the settings on them."""

    rows: FloatArray
    single: NDArray[np.float32]
    squared: NDArray[np.float32]
    offset: FloatArray
    weight: FloatArray
    ridge: FloatArray
    target: FloatArray
    conditioner: NDArray[np.float32] | None

    def descend(
        self,
        solution: FloatArray,
        steps: IndexArray,
        inner: IndexArray,
        settings: IndexArray,
        limit: int,
        *,
        exact: bool,
    ) -> FloatArray:
        """Take Newton steps in place until each of these settings reaches its target; return the gradient norms."""
        norms = np.full(settings.size, np.inf)
        at = np.arange(settings.size)
        margin = self.offset[:, None] + self.rows @ solution[:, settings]
        loss = weighted_loss(margin, self.weight[:, settings])
        for step in range(limit + 1):
            active = settings[at]
            ridge, point = self.ridge[active], solution[:, active]
            gradient = self.rows.T @ loss.slope + ridge * point
            norms[at] = np.sqrt(np.einsum("rs,rs->s", gradient, gradient))
            going = ~(norms[at] <= self.target[active])
            if step == limit or not going.any():
                break
            if not going.all():
                at, active, ridge, point = at[going], active[going], ridge[going], point[:, going]
                gradient, margin = gradient[:, going], margin[:, going]
                loss = Loss(loss.value[going], loss.slope[:, going], loss.curvature[:, going])
            if exact:
                direction = self._exact_direction(gradient, loss.curvature, ridge)
            else:
                direction, taken = self._direction(gradient, loss.curvature, ridge, self.target[active], active)
                inner[active] += taken
            size, margin, loss = self._line_search(point, direction, gradient, margin, loss, active)
            solution[:, active] = point + size * direction
            steps[active] += 1
            if self.conditioner is not None and not exact:
                for place in np.flatnonzero(taken > MOST_INNER):
                    self.conditioner[active[place]] = rough_inverse(self.rows, loss.curvature[:, place], ridge[place])
        return norms

    def _direction(
        self,
        gradient: FloatArray,
        curvature: FloatArray,
        ridge: FloatArray,
        target: FloatArray,
        settings: IndexArray,
    ) -> tuple[FloatArray, IndexArray]:
        """Solve the Newton equations of many settings by conjugate gradients; return directions and steps taken.

        Preconditioned with what `minimise` was given, else with the diagonal of the Hessian. In single precision: the
        direction need not be exact, its effect is judged in double precision outside.
        """
        norm = np.sqrt(np.einsum("rs,rs->s", gradient, gradient))
        enough = np.clip(0.3 * target / norm, FORCING, 0.3).astype(np.float32)
        bend, pull = curvature.astype(np.float32), ridge.astype(np.float32)
        known = self.conditioner
        inverse = 1 / (self.squared.T @ bend + pull) if known is None else known[settings].T
        residual = (-gradient / norm).astype(np.float32)
        result = np.zeros_like(residual)
        taken = np.zeros(ridge.shape, dtype=np.intp)
        conditioned = _conditioned(inverse, residual)
        search = conditioned.copy()
        energy = np.einsum("rs,rs->s", residual, conditioned)
        at = np.arange(ridge.size)
        for _ in range(MAX_CG_STEPS):
            product = self.single.T @ (bend * (self.single @ search)) + pull * search
            length = _share(energy, np.einsum("rs,rs->s", search, product))
            result[:, at] += length * search
            taken[at] += 1
            residual -= length * product
            left = np.sqrt(np.einsum("rs,rs->s", residual, residual)) > enough
            if not left.any():
                break
            if np.count_nonzero(left) < 0.7 * left.size:
                at, pull, enough, energy = at[left], pull[left], enough[left], energy[left]
                residual, search, inverse, bend = residual[:, left], search[:, left], inverse[..., left], bend[:, left]
            conditioned = _conditioned(inverse, residual)
            previous, energy = energy, np.einsum("rs,rs->s", residual, conditioned)
            search = conditioned + _share(energy, previous) * search
        return result * norm, taken

    def _exact_direction(self, gradient: FloatArray, curvature: FloatArray, ridge: FloatArray) -> FloatArray:
        """Solve the Newton equations of one setting by a Cholesky factor, in the smaller of primal and dual."""
        curved = curvature[:, 0] > 0
        scaled = np.sqrt(curvature[curved]) * self.rows[curved]
        if scaled.shape[0] >= scaled.shape[1]:
            hessian = scaled.T @ scaled + ridge[0] * np.eye(scaled.shape[1])
            return np.asarray(-cho_solve(cho_factor(hessian), gradient))
        dual = scaled @ scaled.T + ridge[0] * np.eye(scaled.shape[0])
        return (scaled.T @ cho_solve(cho_factor(dual), scaled @ gradient) - gradient) / ridge[0]

    def _line_search(
        self,
        point: FloatArray,
        direction: FloatArray,
        gradient: FloatArray,
        margin: FloatArray,
        loss: Loss,
        active: IndexArray,
    ) -> tuple[FloatArray, FloatArray, Loss]:
        """Halve each setting's step until f decreases enough (Armijo); return step sizes, margins and losses there."""
        ridge, weight = self.ridge[active], self.weight[:, active]
        change = self.rows @ direction
        descent = np.einsum("rs,rs->s", gradient, direction)
        before = loss.value + 0.5 * ridge * np.einsum("rs,rs->s", point, point)
        cross = ridge * np.einsum("rs,rs->s", point, direction)
        bend = 0.5 * ridge * np.einsum("rs,rs->s", direction, direction)
        level = before - loss.value
        size = np.ones(active.size)
        rounding = -descent <= ROUNDING * (1 + np.abs(before))
        for _ in range(MAX_HALVINGS):
            moved = margin + size * change
            found = weighted_loss(moved, weight)
            after = found.value + level + size * cross + size**2 * bend
            short = ~(after <= before + ARMIJO * size * descent) & ~rounding
            if not short.any():
                break
            size = np.where(short, size / 2, size)
        return size, moved, found


def _share(part: NDArray[np.float32], whole: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divide, 0 where the whole is 0: a setting that is solved exactly waits for the others without moving."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _conditioned(inverse: NDArray[np.floating], residual: NDArray[np.floating]) -> NDArray[np.floating]:
    """Multiply each column by its own symmetric matrix, shape (n, n, n_columns), or by its diagonal."""
    if inverse.ndim == 2:
        return np.asarray(inverse * residual)
    return np.matmul(inverse.T, residual.T[:, :, None])[:, :, 0].T
