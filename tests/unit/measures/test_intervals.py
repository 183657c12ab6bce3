"""Jackknife errors, intervals and p-values over users: textbook cases, edges, agreement of intervals and tests."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit

from scpo.errors import InputError
from scpo.measures.clustered import Clustered, mean_over_countries, ratio
from scpo.measures.intervals import intervals, p_value, smallest_visible, t_intervals


def number(part, whole, *, is_difference: bool = False, source: str = "here") -> Clustered:
    """A ratio of sums over users."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    n_users = int(np.count_nonzero(whole))
    return ratio(
        part, whole, source=source, n_pairs=int(whole.sum()), n_users=n_users, is_difference=is_difference
    )  # fmt: skip


def difference(values) -> Clustered:
    """A mean over users of one pair each, as a difference."""
    return number(values, np.ones(len(values)), is_difference=True)


def ends(one: Clustered, level: float = 0.95) -> tuple[float, float]:
    (found,) = intervals(one, [level])
    return found.low, found.high


def test_the_error_is_that_of_refitting_without_each_user():
    part, whole = np.array([3.0, 1.0, 6.0, 2.0]), np.array([5.0, 4.0, 8.0, 3.0])
    one = number(part, whole)
    without = [np.delete(part, u).sum() / np.delete(whole, u).sum() for u in range(4)]
    assert one.value == 12 / 20 and one.without == pytest.approx(without)
    assert one.error == pytest.approx(math.sqrt(3 / 4 * sum((w - 0.6) ** 2 for w in without)))


def test_a_user_without_such_a_pair_changes_nothing():
    few, more = number([3, 1, 6], [5, 4, 8]), number([3, 0, 1, 6], [5, 0, 4, 8])
    assert (few.error, few.n_users, few.degrees) == (more.error, more.n_users, more.degrees)
    assert ends(few) == ends(more)


def test_with_one_pair_each_it_is_the_t_test_of_the_textbook():
    values = np.random.default_rng(5).normal(0.1, 0.2, size=23)
    textbook = stats.ttest_1samp(values, 0.0)
    expected = textbook.confidence_interval(0.95)
    assert p_value(difference(values)) == pytest.approx(textbook.pvalue)
    assert ends(difference(values)) == pytest.approx((expected.low, expected.high))


def test_a_share_has_its_t_interval_on_the_logit_scale():
    one = number([3, 1, 6, 2], [5, 4, 8, 3])
    reach = stats.t.ppf(0.975, 3) * one.error / (0.6 * 0.4)
    assert ends(one) == pytest.approx((expit(logit(0.6) - reach), expit(logit(0.6) + reach)))


@settings(max_examples=100)
@given(
    values=st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=20),
    alpha=st.floats(0.001, 0.6),
)
def test_the_interval_excludes_zero_exactly_when_p_is_below_alpha(values, alpha):
    one = difference(values)
    p = p_value(one)
    low, high = ends(one, 1 - alpha)
    if abs(p - alpha) > 1e-9:
        assert (low > 0 or high < 0) == (p < alpha)


@settings(max_examples=60)
@given(
    users=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12),
    is_difference=st.booleans(),
)
def test_a_higher_level_gives_a_wider_interval_around_it_inside_the_bounds(users, is_difference):
    right, wrong = np.array(users, dtype=float).T
    if np.count_nonzero(right + wrong) < 2:
        return
    one = number(right - wrong if is_difference else right, right + wrong, is_difference=is_difference)
    nested = intervals(one, (0.5, 0.8, 0.95, 0.99))
    assert all(inner.low >= outer.low and inner.high <= outer.high for inner, outer in itertools.pairwise(nested))
    assert all((-1 if is_difference else 0) <= low <= high <= 1 for _, low, high in nested)


def test_two_users_without_a_flip_may_still_differ():
    """It was [0, 0]: two people who changed nothing do not say that nobody would."""
    assert ends(difference([0.0, 0.0])) == pytest.approx((-0.8419, 0.8419), abs=1e-4)  # 1 - 0.025 ** (1 / 2)
    assert p_value(difference([0.0, 0.0])) == 1


def test_users_who_all_lose_the_same_are_tested_by_their_signs():
    """It was NaN: ten users who each lose one of twenty pairs are ten losses."""
    ten = number(np.full(10, -1.0), np.full(10, 20.0), is_difference=True)
    assert p_value(ten) == pytest.approx(2 * 0.5**10) == pytest.approx(stats.binomtest(10, 10).pvalue)
    low, high = ends(ten)
    assert high < 0 and low <= -0.05 <= high
    two = number(np.full(2, -1.0), np.full(2, 20.0), is_difference=True)
    assert p_value(two) == 0.5 and ends(two) == (-1, 1)


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (2, 4)])
def test_a_share_that_is_the_same_for_every_user_has_the_exact_interval_of_so_many_users(right, n):
    """All users have `right / n` of their `n` pairs right; there are n users."""
    expected = stats.binomtest(right, n).proportion_ci(0.95, method="exact")
    assert ends(number(np.full(n, float(right)), np.full(n, float(n)))) == pytest.approx((expected.low, expected.high))


def test_one_user_alone_has_no_interval():
    one = number([3], [5], is_difference=True)
    assert all(math.isnan(end) for end in ends(one)) and math.isnan(p_value(one))
    assert math.isnan(number([], []).value)


def test_a_number_fixed_by_construction_has_no_width():
    zero = ratio(
        np.zeros(3), np.ones(3), source="here", n_pairs=3, n_users=3, exact=True, is_difference=True
    )  # fmt: skip
    assert ends(zero) == (0, 0) and math.isnan(p_value(zero))


def test_a_difference_is_paired_by_user():
    whole = np.array([5.0, 4.0, 8.0])
    first, second = np.array([3.0, 1.0, 6.0]), np.array([2.0, 1.0, 3.0])
    paired = number(first, whole).minus(number(second, whole))
    direct = number(first - second, whole, is_difference=True)
    assert (paired.value, paired.error) == pytest.approx((direct.value, direct.error))
    with pytest.raises(InputError, match="same users"):
        number(first, whole).minus(number(second, whole, source="elsewhere"))


def test_a_mean_over_countries_adds_their_variances_and_is_satterthwaite_s():
    a, b = number([3, 1, 6, 2], [5, 4, 8, 3]), number([1, 5, 4], [6, 7, 4], source="there")
    mean = mean_over_countries([a, b])
    v = [a.error**2 / 4, b.error**2 / 4]
    assert mean.value == pytest.approx((a.value + b.value) / 2)
    assert mean.error == pytest.approx(math.sqrt(sum(v)))
    assert mean.degrees == pytest.approx(sum(v) ** 2 / (v[0] ** 2 / 3 + v[1] ** 2 / 2))


def test_seeds_that_differ_widen_the_mean_by_their_pooled_variance():
    a, b = number([3, 1, 6, 2], [5, 4, 8, 3]), number([1, 5, 4], [6, 7, 4], source="there")
    seeds = [[0.58, 0.60, 0.62], [0.60, 0.58, 0.65]]
    pooled = (np.var(seeds[0], ddof=1) + np.var(seeds[1], ddof=1)) / 2
    plain, widened = mean_over_countries([a, b]), mean_over_countries([a, b], seeds=seeds)
    assert widened.error**2 - plain.error**2 == pytest.approx(pooled / 3)
    one_seed = mean_over_countries([a, b], seeds=[[0.6], [0.61]])
    assert one_seed.error == plain.error


def test_a_country_without_spread_does_not_make_the_mean_certain():
    flat, a = difference([0.0, 0.0, 0.0]), difference([0.2, -0.1, 0.4])
    assert mean_over_countries([flat, a]).error > a.error / 2


def test_what_could_have_been_seen_is_seen_with_the_stated_power():
    rng, n, error = np.random.default_rng(0), 12, 0.03
    values = rng.normal(0, error * math.sqrt(n), size=n)
    values *= error * math.sqrt(n) / values.std(ddof=1)  # a sample whose standard error is exactly this one
    size = smallest_visible(difference(values))
    assert size == pytest.approx((stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)) * error)
    values = rng.normal(size, error * math.sqrt(n), size=(4000, n))
    seen = np.mean([p_value(difference(np.clip(row, -0.99, 0.99))) < 0.05 for row in values])
    assert seen == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level):
    with pytest.raises(InputError, match="level"):
        intervals(difference([0.1, 0.4]), [0.95, level])


def test_a_t_interval_is_that_of_the_tables():
    # t at 97.5 % with 10 degrees of freedom is 2.228, at 90 % 1.372.
    wide, narrow = t_intervals(1.0, 0.5, 10, (0.95, 0.8))
    assert (wide.low, wide.high) == pytest.approx((1 - 2.228 / 2, 1 + 2.228 / 2), abs=5e-4)
    assert (narrow.low, narrow.high) == pytest.approx((1 - 1.372 / 2, 1 + 1.372 / 2), abs=5e-4)
    assert all(math.isnan(end) for end in t_intervals(1.0, math.nan, 10, [0.95])[0][1:])


def test_an_interval_with_another_error_covers_what_is_that_far_off():
    """A preview misses its finetune by a normal error; its interval shall contain the finetune's share all the same."""
    rng, share, error, degrees, n = np.random.default_rng(0), 0.3, 0.05, 40, 12
    covered = np.zeros(2)
    for _ in range(1000):
        hits = rng.binomial(30, rng.beta(6, 14, size=n)) / 30  # users whose shares have the mean 0.3
        one = number(np.clip(hits + rng.normal(0, error), 0, 1), np.ones(n))
        estimated = error * math.sqrt(rng.chisquare(degrees) / degrees)
        for place, tried in enumerate((one, one.widened(estimated, degrees))):
            low, high = ends(tried)
            covered[place] += low <= share <= high
    without, within = covered / 1000
    assert 0.93 <= within <= 0.97 and without < 0.9


def test_another_error_adds_its_square_to_the_distance_of_each_end():
    one = number([3, 1, 6, 2], [5, 4, 8, 3])
    low, high = ends(one)
    reach = stats.t.ppf(0.975, 9) * 0.05
    widened = ends(one.widened(0.05, 9))
    assert widened == pytest.approx((0.6 - math.hypot(0.6 - low, reach), 0.6 + math.hypot(high - 0.6, reach)))
    assert ends(number([0, 0, 0], [4, 4, 4]).widened(0.05, 9))[0] == 0, "a share stays a share"


def test_of_a_difference_the_variances_add_and_interval_and_p_agree():
    one = difference(np.random.default_rng(1).normal(0.05, 0.1, size=15))
    wide = one.widened(0.03, 10)
    assert wide.error == pytest.approx(math.hypot(one.error, 0.03))
    assert wide.degrees == 10 and p_value(wide) > p_value(one)
    low, _ = ends(wide, 1 - p_value(wide))
    assert low == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("degrees", [2, 10, 1000])
def test_another_error_never_makes_an_interval_narrower(degrees):
    for one in (difference([0.3, 0.1, -0.2]), difference([0.0, 0.0, 0.0]), number([1, 3, 2], [4, 4, 4])):
        (low, high), (wide_low, wide_high) = ends(one), ends(one.widened(0.01, degrees))
        assert wide_low <= low and wide_high >= high - 1e-12


def test_an_unknown_error_changes_nothing_and_a_value_by_construction_gets_one():
    one = difference([0.1, 0.2, 0.0])
    assert one.widened(math.nan, 5) is one and one.widened(0.0, 5) is one
    fixed = ratio(np.zeros(4), np.ones(4), source="here", n_pairs=4, n_users=4, exact=True, is_difference=True)
    assert ends(fixed) == (0, 0)
    assert ends(fixed.widened(0.05, 9)) == pytest.approx((-stats.t.ppf(0.975, 9) * 0.05, stats.t.ppf(0.975, 9) * 0.05))


@pytest.mark.parametrize("right", [0, 1])
def test_a_mean_where_nobody_differs_has_an_interval_that_says_something(right):
    parts = [number(np.full(n, float(right)), np.ones(n), source=str(n)) for n in (12, 20)]
    mean = mean_over_countries(parts)
    low, high = ends(mean)
    reach = stats.t.ppf(0.975, mean.degrees) * mean.error
    assert (low, high) == pytest.approx((1 - reach, 1.0) if right else (0.0, reach)) and reach < 0.25
