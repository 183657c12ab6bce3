"""The fast way to what a slider shows agrees with the plain way of `objective`."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.objective import effective_sample_size, keep_pairs, p_global, pair_weights, select
from scpo.method.slider import SortedGaps, gap_range, parts_by_p, weight_curve
from scpo.methods import PREVIEWED

GAPS = arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e4, 1e4) | st.floats(-3, 3) | st.just(0.0))


@pytest.mark.parametrize("method", PREVIEWED)
@given(gaps=GAPS, tau=st.floats(0.01, 1), beta=st.floats(0.05, 5))
def test_counts_and_effective_sample_size_are_those_of_the_selection(method, gaps, tau, beta):
    objective = ObjectiveConfig(method=method, tau=tau, beta=beta)
    expected = select(gaps, objective, seed=0)
    found = SortedGaps.build(gaps).kept(objective)
    assert (found.n_pairs, found.n_kept) == (gaps.size, expected.n_kept)
    if expected.weight.sum() > 1e-100:
        assert found.effective == pytest.approx(effective_sample_size(expected.weight), rel=1e-9)
    if method != "random":
        assert found.n_disagreeing == np.count_nonzero(expected.kept & (gaps < 0))


@given(tau=st.floats(0.001, 0.999), steps=st.integers(-3, 3))
def test_a_gap_on_the_threshold_falls_on_the_same_side_as_by_the_definition(tau, steps):
    gap = np.log(tau / (1 - tau))
    for _ in range(abs(steps)):
        gap = np.nextafter(gap, np.inf * np.sign(steps))
    gaps = np.array([gap, gap - 1e-16, gap + 1e-16])
    assert SortedGaps.build(gaps).n_below(tau) == keep_pairs(p_global(gaps), tau).sum()


def test_a_single_far_disagreement_is_one_effective_pair_however_small_its_weight():
    assert SortedGaps.build([-9.0]).kept(ObjectiveConfig(method="scpo", tau=1, beta=1)).effective == pytest.approx(1)
    assert SortedGaps.build([-1.0]).kept(ObjectiveConfig(method="weight", beta=0.0625)).effective == pytest.approx(1)


def test_moving_beta_and_back_gives_the_first_answer_again():
    gaps = SortedGaps.build(np.random.default_rng(0).normal(size=500))
    first, second = ObjectiveConfig(method="scpo", beta=0.5), ObjectiveConfig(method="scpo", beta=2.0)
    before, between, after = gaps.kept(first), gaps.kept(second), gaps.kept(first)
    assert before == after != between


def test_the_histogram_is_numpys_with_half_open_bins():
    gaps = np.random.default_rng(1).normal(size=1000)
    edges = np.linspace(-5, 5, 41)
    assert SortedGaps.build(gaps).histogram(edges).tolist() == np.histogram(gaps, edges)[0].tolist()


@pytest.mark.parametrize("gaps", [[[1.0]], [np.nan, 1.0], [np.inf]])
def test_gaps_that_are_not_numbers_are_an_error(gaps):
    with pytest.raises(InputError):
        SortedGaps.build(gaps)


def test_the_bench_measures_what_it_says():
    from scpo.method.bench import bench_preview

    rows = bench_preview(n_pairs=700, many=5000)
    assert [row.target for row in rows] == [100, 100, 150, 3000, 500]
    assert all(row.milliseconds > 0 for row in rows) and "700 pairs" in rows[0].what and "5,000 pairs" in rows[-1].what


@given(gaps=GAPS.filter(lambda gaps: gaps.size > 0), tau=st.floats(0.05, 1))
@example(gaps=np.array([-2.7e-215]), tau=0.5)  # its p rounds to 1/2, which is not below tau
def test_parts_by_p_are_what_counting_p_finds(gaps, tau):
    _, disagreement, agreement, dropped = parts_by_p([(SortedGaps.build(gaps), tau)], bins=10)
    kept = keep_pairs(p_global(gaps), tau)
    assert disagreement.sum() + agreement.sum() + dropped.sum() == gaps.size
    assert dropped.sum() == (~kept).sum()
    assert disagreement.sum() == (kept & (gaps < 0)).sum()
    assert not disagreement[5:].any() and not agreement[:5].any()


def test_parts_of_several_countries_add_up_each_at_its_own_tau():
    low, high = SortedGaps.build([-1.0, 1.0]), SortedGaps.build([-1.0, 1.0])
    _, disagreement, agreement, dropped = parts_by_p([(low, 0.5), (high, 1.0)], bins=2)
    assert (disagreement.tolist(), agreement.tolist(), dropped.tolist()) == ([2, 0], [0, 1], [0, 1])


def test_an_odd_number_of_bins_is_refused():
    with pytest.raises(InputError, match="even"):
        parts_by_p([], bins=5)


def test_the_range_of_gaps_is_that_of_the_widest_country_in_half_logits():
    narrow, wide = SortedGaps.build(np.linspace(-0.2, 0.2, 201)), SortedGaps.build(np.linspace(-4.01, 2.2, 2001))
    assert gap_range([narrow]) == (-1.5, 1.5)
    assert gap_range([narrow, wide]) == (-4.0, 2.5)


def test_the_weight_curve_is_the_weight_of_kept_pairs_and_drops_to_zero_at_tau():
    gap, weight = weight_curve(0.7, 1.1, (-4.4, 3.3), dropped=True, points=71)
    cut = math.log(0.7 / 0.3)
    kept = gap < cut - 1e-9
    assert weight[kept] == pytest.approx(pair_weights(gap[kept], ObjectiveConfig(method="weight", beta=1.1)))
    assert 0 < weight.min(where=kept, initial=1) < weight[gap == 0].item() == 1
    assert (weight[gap > cut + 1e-9] == 0).all() and (np.diff(gap) >= 0).all()
    assert (weight_curve(0.7, 1.1, (-4.4, 3.3), dropped=False)[0] <= cut + 1e-12).all()


def test_without_a_filter_the_weight_curve_reaches_the_end():
    gap, weight = weight_curve(1.0, 0.5, (-2.0, 2.0), dropped=True)
    assert (gap[0], gap[-1]) == (-2.0, 2.0)
    assert weight[-1] == 1.0
