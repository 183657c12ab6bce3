"""Intervals over users: coverage in simulations, nesting, and agreement with their p-values."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scpo.errors import InputError
from scpo.measures.intervals import intervals, p_value, t_intervals
from scpo.measures.resampling import Resampled, UserResamples

SIMULATIONS = 1500
PAIRS_EACH = 30


def resampled(right: np.ndarray, pairs: np.ndarray, times: UserResamples) -> Resampled:
    """Share of right pairs from counts per user."""
    n_users = pairs.size
    return Resampled(
        value=float(right.sum() / pairs.sum()),
        draws=times.ratio(right, pairs),
        n_pairs=int(pairs.sum()),
        n_users=n_users,
        n_ties=0,
        pair_variance=math.nan,
        small_sample=n_users / (n_users - 1),
        degrees=n_users - 1.0,
        source=times.source,
    )


def ends(number: Resampled, level: float, *, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the ends at one level."""
    (found,) = intervals(number, [level], bounds=bounds)
    return found.low, found.high


def simulate(n_users: int, *, seed: int) -> tuple[float, float]:
    """Coverage of the expanded and of the plain percentile interval; beta-binomial users, truth 0.6."""
    rng = np.random.default_rng(seed)
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=999, seed=seed)
    expanded = plain = 0
    for _ in range(SIMULATIONS):
        pairs = rng.integers(10, PAIRS_EACH, size=n_users).astype(float)
        right = rng.binomial(pairs.astype(int), rng.beta(6, 4, size=n_users)).astype(float)
        number = resampled(right, pairs, times)
        low, high = ends(number, 0.95, bounds=(0, 1))
        expanded += low <= 0.6 <= high
        low, high = np.quantile(number.draws, [0.025, 0.975])
        plain += low <= 0.6 <= high
    return expanded / SIMULATIONS, plain / SIMULATIONS


@pytest.mark.parametrize("n_users", [3, 8, 20])
def test_few_users_are_covered_as_promised_and_better_than_by_the_plain_percentile_interval(n_users):
    expanded, plain = simulate(n_users, seed=n_users)
    assert abs(expanded - 0.95) < 0.025
    assert abs(expanded - 0.95) < abs(plain - 0.95)
    assert plain < 0.95 - 0.01


def test_two_equal_models_are_called_different_in_about_alpha_of_the_cases():
    rng, n_users = np.random.default_rng(11), 10
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=999, seed=0)
    pairs = np.full(n_users, 20.0)
    p = []
    for _ in range(SIMULATIONS):
        first, second = rng.binomial(20, rng.beta(6, 4, size=(2, n_users))).astype(float)
        p.append(p_value(resampled(first, pairs, times).minus(resampled(second, pairs, times))))
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(np.array(p) < 0.2) == pytest.approx(0.2, abs=0.03)


@settings(max_examples=60)
@given(
    n_users=st.integers(2, 25),
    shift=st.floats(-0.6, 0.6),
    alpha=st.floats(0.001, 0.6),
    seed=st.integers(0, 10**6),
)
def test_the_interval_excludes_zero_exactly_when_p_is_below_alpha(n_users, shift, alpha, seed):
    rng = np.random.default_rng(seed)
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=300, seed=0)
    number = resampled(rng.normal(shift, 0.4, size=n_users), np.ones(n_users), times)
    p = p_value(number)
    if abs(p - alpha) > 1e-9:
        low, high = ends(number, 1 - alpha, bounds=(-10, 10))
        assert (low > 0 or high < 0) == (p < alpha)


@settings(max_examples=40)
@given(n_users=st.integers(2, 12), seed=st.integers(0, 10**6))
def test_a_higher_level_gives_a_wider_interval_around_it(n_users, seed):
    rng = np.random.default_rng(seed)
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=300, seed=0)
    number = resampled(rng.normal(size=n_users), np.ones(n_users), times)
    nested = intervals(number, (0.5, 0.8, 0.95, 0.99, 0.9999), bounds=(-100, 100))
    assert all(inner.low >= outer.low and inner.high <= outer.high for inner, outer in itertools.pairwise(nested))


def test_many_users_give_the_t_test_of_the_textbook():
    rng, n_users = np.random.default_rng(5), 200
    values = rng.normal(0.1, 0.7, size=n_users)
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=20000, seed=0)
    number = resampled(values, np.ones(n_users), times)
    textbook = stats.ttest_1samp(values, 0.0)
    assert p_value(number) == pytest.approx(textbook.pvalue, abs=0.02)
    expected = textbook.confidence_interval(0.95)
    assert ends(number, 0.95, bounds=(-10, 10)) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_three_users_who_all_gain_are_not_enough_for_significance():
    times = UserResamples.draw(["a", "b", "c"], resamples=2000, seed=0)
    number = resampled(np.array([0.05, 0.2, 0.4]), np.ones(3), times)
    assert number.finite_draws.min() > 0
    assert p_value(number) > 0.05
    assert ends(number, 0.95, bounds=(-1, 1))[0] < 0


def test_users_who_do_not_differ_give_no_interval_away_from_the_ends():
    times = UserResamples.draw(["a", "b", "c", "d"], resamples=200, seed=0)
    number = resampled(np.full(4, 1.0), np.full(4, 3.0), times)
    assert all(math.isnan(end) for end in ends(number, 0.95, bounds=(0, 1)))
    assert math.isnan(p_value(number))


def test_the_intervals_of_all_levels_are_those_of_each_alone_and_numpy_s_quantiles():
    rng, n_users = np.random.default_rng(6), 30
    times = UserResamples.draw([f"u{number}" for number in range(n_users)], resamples=500, seed=0)
    number = resampled(rng.normal(size=n_users), np.ones(n_users), times)
    together = intervals(number, (0.95, 0.8, 0.3), bounds=(-10, 10))
    assert together == tuple(intervals(number, [level], bounds=(-10, 10))[0] for level in (0.95, 0.8, 0.3))
    for level, low, high in together:
        tail = stats.norm.cdf(-math.sqrt(30 / 29) * stats.t.ppf((1 + level) / 2, 29))
        assert (low, high) == pytest.approx(np.quantile(number.draws, [tail, 1 - tail], method="weibull"))


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level):
    times = UserResamples.draw(["a", "b"], resamples=100, seed=0)
    with pytest.raises(InputError, match="level"):
        intervals(resampled(np.array([0.1, 0.4]), np.ones(2), times), [0.95, level], bounds=(0, 1))


def test_a_t_interval_is_that_of_the_tables():
    # t at 97.5 % with 10 degrees of freedom is 2.228, at 90 % 1.372.
    wide, narrow = t_intervals(1.0, 0.5, 10, (0.95, 0.8))
    assert (wide.low, wide.high) == pytest.approx((1 - 2.228 / 2, 1 + 2.228 / 2), abs=5e-4)
    assert (narrow.low, narrow.high) == pytest.approx((1 - 1.372 / 2, 1 + 1.372 / 2), abs=5e-4)
    assert all(math.isnan(end) for end in t_intervals(1.0, math.nan, 10, [0.95])[0][1:])
