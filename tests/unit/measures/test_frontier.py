"""The front against its definition by brute force; the rules on cases drawn by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError
from scpo.measures.frontier import RULES, choose, front_band, front_frequency, pareto_front, seed_means

COORDINATE = st.one_of(st.just(math.nan), st.integers(0, 6).map(lambda number: number / 6))
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), max_size=12)


def beaten(point, others):
    return any(
        other[0] >= point[0] and other[1] >= point[1] and (other[0] > point[0] or other[1] > point[1])
        for other in others
    )


@given(points=POINTS)
def test_the_front_is_what_no_other_point_beats(points):
    known = [point for point in points if not any(map(math.isnan, point))]
    expected = [point in known and not beaten(point, known) for point in points]
    x, y = np.array(points).reshape(-1, 2).T
    assert pareto_front(x, y).tolist() == expected


@given(points=POINTS, rule=st.sampled_from(RULES), eps=st.floats(0, 0.5))
def test_every_rule_chooses_a_point_of_the_front_or_nothing(points, rule, eps):
    x, y = np.array(points).reshape(-1, 2).T
    chosen = choose(x, y, rule=rule, eps=eps)
    if np.isfinite(x + y).any():
        assert pareto_front(x, y)[chosen]
    else:
        assert chosen is None


def test_the_rules_on_a_case_by_hand():
    x = [0.05, 0.20, 0.40, 0.60, 0.30]
    y = [0.630, 0.640, 0.635, 0.450, math.nan]
    assert choose(x, y, rule="max_all_country") == 1
    assert choose(x, y, rule="max_true_country", eps=0.01) == 2
    assert choose(x, y, rule="max_true_country", eps=0.0) == 1
    assert choose(x, y, rule="max_true_country", eps=0.2) == 3
    assert choose(x, y, rule="knee") == 2


def test_ties_go_to_the_other_coordinate_and_then_to_the_first():
    assert choose([0.1, 0.3, 0.3], [0.6, 0.6, 0.6], rule="max_all_country") == 1
    assert choose([0.3, 0.3, 0.1], [0.5, 0.6, 0.6], rule="max_true_country", eps=0.2) == 1


def test_a_front_without_a_knee_falls_back_to_the_best_all_country_point():
    assert choose([0.1, 0.2, 0.3], [0.6, 0.5, 0.4], rule="knee") == 0
    assert choose([0.2], [0.5], rule="knee") == 0
    assert choose([], [], rule="knee") is None


def test_seed_means_average_the_runs_of_a_setting_and_keep_their_order():
    means = seed_means(["b", "a", "b", "a"], [0.2, 0.1, 0.4, math.nan], [0.5, 0.6, 0.7, 0.8])
    assert means.setting == ("b", "a")
    assert means.true_country == pytest.approx([0.3, math.nan], nan_ok=True)
    assert means.all_country == pytest.approx([0.6, 0.7])
    assert means.member.tolist() == [0, 1, 0, 1]
    assert means.n_runs.tolist() == [2, 2]


@given(seed=st.integers(0, 1000))
def test_the_frequency_on_the_front_counts_the_fronts_of_single_resamples(seed):
    x, y = np.random.default_rng(seed).integers(0, 5, size=(2, 9, 6)) / 5
    x[0, 0] = np.nan
    single = np.array([pareto_front(*one) for one in zip(x, y, strict=True)])
    expected = single.sum(axis=0) / np.isfinite(x).sum(axis=0)
    assert front_frequency(x, y) == pytest.approx(expected)


def test_the_band_is_the_highest_accuracy_that_far_to_the_right():
    x = np.array([[0.1, 0.3], [0.2, 0.4], [0.1, 0.5]])
    y = np.array([[0.7, 0.6], [0.8, 0.5], [0.9, 0.4]])
    low, high = front_band(x, y, at=[0.0, 0.25, 0.35, 0.45], level=0.999999)
    assert low == pytest.approx([0.7, 0.4, 0.4, math.nan], nan_ok=True, abs=1e-5)
    assert high == pytest.approx([0.9, 0.6, 0.5, math.nan], nan_ok=True, abs=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: choose([0.1], [0.1, 0.2]),
        lambda: choose([0.1], [0.1], rule="best"),
        lambda: choose([0.1], [0.1], eps=math.nan),
        lambda: seed_means(["a"], [0.1, 0.2], [0.1, 0.2]),
        lambda: front_frequency([0.1], [0.1]),
    ],
)
def test_malformed_input_is_an_error(call):
    with pytest.raises(InputError):
        call()
