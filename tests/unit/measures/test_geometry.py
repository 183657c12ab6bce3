"""Trees and maps of distance matrices that are known by hand."""

import math

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures.geometry import draws_of, outline, plane, tree

PAIRS = np.array(
    [
        [0.0, 0.1, 0.5, 0.5],
        [0.1, 0.0, 0.5, 0.5],
        [0.5, 0.5, 0.0, 0.1],
        [0.5, 0.5, 0.1, 0.0],
    ]
)


def test_close_communities_are_neighbours_and_branches_have_the_mean_distance():
    found = tree(PAIRS)
    order = found.order.tolist()
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 1}), frozenset({2, 3})}
    np.testing.assert_allclose(found.linkage[:, 2], [0.1, 0.1, 0.5])
    assert np.isnan(found.support).all()


def test_a_branch_that_every_draw_has_is_supported_and_one_that_half_have_is_half_supported():
    other = PAIRS[[0, 2, 1, 3]][:, [0, 2, 1, 3]]  # 0 with 2, and 1 with 3
    found = tree(PAIRS, [PAIRS, other])
    np.testing.assert_allclose(found.support, [0.5, 0.5, 1.0])
    np.testing.assert_allclose(tree(PAIRS, [PAIRS, PAIRS]).support, 1.0)


def test_points_in_the_plane_are_found_again():
    truth = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 1.0], [3.0, 1.5]])
    distance = np.sqrt(np.square(truth[:, None] - truth[None]).sum(axis=2))
    found = plane(distance)
    again = np.sqrt(np.square(found.points[:, None] - found.points[None]).sum(axis=2))
    np.testing.assert_allclose(again, distance, atol=1e-9)
    assert found.stress < 1e-9
    np.testing.assert_allclose(found.points.mean(axis=0), 0, atol=1e-12)


def test_four_corners_of_a_tetrahedron_do_not_fit_and_the_stress_says_so():
    assert plane(1 - np.eye(4)).stress > 0.1


def test_clouds_lie_on_the_points_whatever_way_a_draw_is_turned():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(5, 2))
    distance = np.sqrt(np.square(truth[:, None] - truth[None]).sum(axis=2))
    found = plane(distance, [distance, distance])
    np.testing.assert_allclose(found.clouds, np.stack([found.points] * 2), atol=1e-9)


def test_draws_have_the_spread_of_the_intervals_and_no_negative_distance():
    value = np.array([[0.0, 0.2, 0.0], [0.2, 0.0, 0.3], [0.0, 0.3, 0.0]])
    half = np.array([[0.0, 0.098, 0.1], [0.098, 0.0, np.nan], [0.1, np.nan, 0.0]])
    drawn = draws_of(value, value - half, value + half, level=0.95, n=4000, seed=0)
    assert drawn.shape == (4000, 3, 3) and (drawn >= 0).all()
    np.testing.assert_array_equal(drawn, drawn.transpose(0, 2, 1))
    assert drawn[:, 0, 1].std() == pytest.approx(0.05, rel=0.05)
    assert (drawn[:, 1, 2] == 0.3).all()


def test_a_missing_distance_is_refused():
    broken = PAIRS.copy()
    broken[0, 1] = broken[1, 0] = np.nan
    with pytest.raises(InputError, match="too few users"):
        tree(broken)
    with pytest.raises(InputError, match="at least two"):
        plane([[0.0]])


def test_the_outline_of_a_round_cloud_has_the_radius_of_the_normal_distribution():
    points = np.random.default_rng(0).normal(size=(40_000, 2))
    line = outline(points, share=0.8)
    assert np.linalg.norm(line, axis=1) == pytest.approx(np.full(48, math.sqrt(-2 * math.log(0.2))), rel=0.03)


def test_an_outline_holds_the_asked_share_of_a_slanted_cloud_and_moves_with_it():
    slanted = np.random.default_rng(1).normal(size=(2_000, 2)) @ [[3.0, 1.0], [0.0, 0.5]] + [5.0, -2.0]
    line = outline(slanted, share=0.5, corners=720)
    assert line.mean(axis=0) == pytest.approx(slanted.mean(axis=0))
    after = np.roll(line, -1, axis=0)
    # A point is inside a convex polygon if it lies on the same side of every edge.
    edges, from_corner = after - line, slanted[:, None, :] - line
    side = edges[:, 0] * from_corner[..., 1] - edges[:, 1] * from_corner[..., 0]
    inside = (side > 0).all(axis=1) | (side < 0).all(axis=1)
    assert inside.mean() == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("shape", [(2, 2), (5, 3), (6,)])
def test_an_outline_of_other_things_than_points_of_the_plane_is_refused(shape):
    with pytest.raises(InputError, match="three points of the plane"):
        outline(np.zeros(shape), share=0.8)
