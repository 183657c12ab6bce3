"""A distance matrix as a tree with supported branches, and as a map with clouds.

Cells are drawn again from their intervals, independently of each other (normal, with the standard error that the
interval's width implies). That ignores that cells of one community move together, so support and clouds are cautious
guides, not tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.special import ndtri

from scpo.arrays import FloatArray, IndexArray
from scpo.errors import InputError


@dataclass(frozen=True, eq=False)
class Tree:
    """Average-linkage tree.

    Attributes
    ----------
    linkage : ndarray, shape (n - 1, 4)
        As `scipy.cluster.hierarchy.linkage`.
    order : ndarray of int, shape (n,)
        Leaves from left to right, neighbours as close as possible (optimal leaf ordering, Bar-Joseph et al. 2001).
    support : ndarray, shape (n - 1,)
        Share of the draws whose tree has a branch with exactly the same leaves; NaN without draws. The root has 1.
    """

    linkage: FloatArray
    order: IndexArray
    support: FloatArray


@dataclass(frozen=True, eq=False)
class Map:
    """Communities in the plane.

    Attributes
    ----------
    points : ndarray, shape (n, 2)
        Centred; the first axis has the larger spread.
    clouds : ndarray, shape (n_draws, n, 2)
        The maps of the draws, turned and mirrored onto `points`.
    stress : float, >= 0
        Kruskal's stress-1: root of the squared misfit of distances over their squared sum. Below 0.1 is good, above 0.2
        the map must not be trusted.
    """

    points: FloatArray
    clouds: FloatArray
    stress: float


def draws_of(value: ArrayLike, low: ArrayLike, high: ArrayLike, *, level: float, n: int, seed: int) -> FloatArray:
    """Draw distance matrices from estimates with intervals.

    Parameters
    ----------
    value, low, high : array_like, shape (n_communities, n_communities)
        Symmetric. A cell without interval is kept as it is.
    level : float
        Level of the intervals.

    Returns
    -------
    ndarray, shape (n, n_communities, n_communities)
        Symmetric, 0 on the diagonal, not negative.
    """
    centre, lower, upper = (np.asarray(one, dtype=np.float64) for one in (value, low, high))
    error = np.nan_to_num((upper - lower) / (2 * float(ndtri((1 + level) / 2))))
    rows, columns = np.triu_indices(centre.shape[0], 1)
    noise = np.random.default_rng(seed).normal(size=(n, rows.size))
    drawn = np.zeros((n, *centre.shape))
    drawn[:, rows, columns] = np.maximum(centre[rows, columns] + noise * error[rows, columns], 0.0)
    return drawn + drawn.transpose(0, 2, 1)


def tree(distance: ArrayLike, draws: ArrayLike | None = None) -> Tree:
    """Build the tree of a distance matrix.

    Parameters
    ----------
    distance : array_like, shape (n, n), n >= 2
        Symmetric, finite; negative distances ("no difference found") count as 0.
    draws : array_like, shape (n_draws, n, n), optional
        For the support of branches.

    Raises
    ------
    InputError
        If a distance is missing.
    """
    matrix = _checked(distance)
    joined = linkage(squareform(matrix, checks=False), method="average", optimal_ordering=True)
    branches = _branches(joined)
    support = np.full(len(branches), np.nan)
    if draws is not None and len(np.asarray(draws)):
        found = np.zeros(len(branches))
        for one in np.asarray(draws, dtype=np.float64):
            there = set(_branches(linkage(squareform(one, checks=False), method="average")))
            found += [branch in there for branch in branches]
        support = found / len(np.asarray(draws))
    return Tree(linkage=joined, order=np.asarray(leaves_list(joined), dtype=np.intp), support=support)


def plane(distance: ArrayLike, draws: ArrayLike | None = None) -> Map:
    """Lay a distance matrix out in the plane by classical multidimensional scaling (Torgerson 1952).

    Parameters
    ----------
    distance, draws
        As in `tree`.
    """
    matrix = _checked(distance)
    points = _scaled(matrix)
    flat = np.sqrt(np.square(points[:, None] - points[None]).sum(axis=2))
    total = float(np.square(matrix).sum())
    stress = float(np.sqrt(np.square(flat - matrix).sum() / total)) if total > 0 else 0.0
    clouds = np.zeros((0, *points.shape))
    if draws is not None and len(np.asarray(draws)):
        clouds = np.array([_turned(_scaled(one), points) for one in np.asarray(draws, dtype=np.float64)])
    return Map(points=points, clouds=clouds, stress=stress)


def outline(points: ArrayLike, *, share: float, corners: int = 48) -> FloatArray:
    """Return the ellipse of the points' covariance that holds a share of them.

    Parameters
    ----------
    points : array_like, shape (n, 2), n >= 3
        Finite, for example one community's places in the clouds of `Map`.
    share : float, in [0, 1]
        Share of the points inside or on the ellipse.
    corners : int
        Corners of the polygon that stands for the ellipse.

    Returns
    -------
    ndarray, shape (corners, 2)
        Centred on the mean of the points; its axes are those of their covariance.

    Raises
    ------
    InputError
        If there are fewer than three points, or they have another shape.
    """
    cloud = np.asarray(points, dtype=np.float64)
    if cloud.ndim != 2 or cloud.shape[1] != 2 or cloud.shape[0] < 3:
        raise InputError(f"an outline needs at least three points of the plane, got shape {cloud.shape}")
    centre = cloud.mean(axis=0)
    moved = cloud - centre
    values, vectors = np.linalg.eigh(np.cov(moved.T))
    size = np.sqrt(np.maximum(values, 1e-12))
    reach = float(np.quantile(np.linalg.norm((moved @ vectors) / size, axis=1), share))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(centre + reach * (circle * size) @ vectors.T)


def _checked(distance: ArrayLike) -> FloatArray:
    matrix = np.asarray(distance, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] < 2:
        raise InputError(f"a tree needs a square matrix of at least two communities, got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise InputError("a tree needs every distance: leave out the communities that have too few users")
    return np.maximum((matrix + matrix.T) / 2, 0.0)


def _branches(joined: FloatArray) -> list[frozenset[int]]:
    n = joined.shape[0] + 1
    leaves = [frozenset([leaf]) for leaf in range(n)]
    for first, second in joined[:, :2].astype(int):
        leaves.append(leaves[first] | leaves[second])
    return leaves[n:]


def _scaled(matrix: FloatArray) -> FloatArray:
    centring = np.eye(matrix.shape[0]) - 1 / matrix.shape[0]
    values, vectors = np.linalg.eigh(-0.5 * centring @ np.square(matrix) @ centring)
    coordinates = np.zeros((matrix.shape[0], 2))
    for axis, place in enumerate(np.argsort(values)[::-1][:2]):
        vector = vectors[:, place] * np.sqrt(max(values[place], 0.0))
        coordinates[:, axis] = vector * (1 if vector[np.abs(vector).argmax()] >= 0 else -1)
    return coordinates


def _turned(points: FloatArray, onto: FloatArray) -> FloatArray:
    """Turn and mirror a centred map onto another one; its size stays."""
    left, _, right = np.linalg.svd(points.T @ onto)
    return points @ (left @ right)
