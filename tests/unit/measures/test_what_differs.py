"""Coefficients and shares on generated preferences whose truth is known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, stdtr, stdtrit

from scpo.errors import InputError
from scpo.measures.what_differs import facet_shares, preference_coefficients


def world(seed, *, n_users=40, each=30, beta=(0.8, 0.0), between=0.3):
    """Generate users with own deviations around beta, and which response of each pair was chosen."""
    rng = np.random.default_rng(seed)
    users = np.repeat([f"u{i}" for i in range(n_users)], each)
    own = np.repeat(np.asarray(beta) + rng.normal(scale=between, size=(n_users, len(beta))), each, axis=0)
    gap, z = rng.normal(size=users.size), rng.normal(size=(users.size, len(beta)))
    chosen = rng.random(users.size) < expit(gap + (own * z).sum(axis=1))
    sign = np.where(chosen, 1.0, -1.0)
    return z * sign[:, None], gap * sign, users


def test_the_coefficient_is_the_maximum_of_the_likelihood():
    z, gap, users = world(0)
    found = preference_coefficients(["a", "b"], z, gap, users)

    def loss(theta, columns):
        return np.logaddexp(0, -(theta[0] * gap + z[:, columns] @ theta[1:])).sum()

    one, both = found.coefficients[0], [one.adjusted for one in found.coefficients]
    assert one.alone.value == pytest.approx(minimize(loss, [1.0, 0.0], args=([0],)).x[1], abs=1e-3)
    assert both == pytest.approx(minimize(loss, [1.0, 0.0, 0.0], args=([0, 1],)).x[1:], abs=1e-3)
    assert found.slope.value == pytest.approx(minimize(loss, [1.0], args=([],)).x[0], abs=1e-3)
    assert (one.alone.n_pairs, one.alone.n_users, one.n_different, one.n_users_different) == (1200, 40, 1200, 40)


def test_a_community_that_wants_what_the_global_model_wants_has_coefficient_zero_at_the_stated_rate():
    hits = [preference_coefficients(["a"], *world(seed, beta=(0.0,))).coefficients[0] for seed in range(200)]
    inside = np.mean([one.alone.low <= 0 <= one.alone.high for one in hits])
    assert 0.9 <= inside <= 0.99
    assert np.mean([one.alone.p < 0.05 for one in hits]) == pytest.approx(1 - inside)


def too_sure(seed, *, slope=0.45, n_users=30, each=25, between=0.3):
    """Generate people whose choices are less sure than the global model's gap, which holds most of the feature."""
    rng = np.random.default_rng([seed, 7])
    users = np.repeat([f"u{i}" for i in range(n_users)], each)
    z = rng.normal(size=users.size)
    gap = 1.5 * z + rng.normal(size=users.size)
    own = np.repeat(rng.normal(scale=between, size=n_users), each)
    sign = np.where(rng.random(users.size) < expit(slope * gap + own * z), 1.0, -1.0)
    return (z * sign)[:, None], gap * sign, users


def with_offset(z, gap, users):
    """Return p of the coefficient where the gap enters with slope 1, clustered by user."""
    cluster, (x,) = np.unique(users, return_inverse=True)[1], z.T
    beta = minimize(lambda b: np.logaddexp(0, -(gap + b[0] * x)).sum(), [0.0]).x[0]
    right = expit(gap + beta * x)
    scores, n = np.bincount(cluster, x * (1 - right)), cluster.max() + 1
    error = np.sqrt(np.square(scores).sum() * n / (n - 1)) / (x**2 * right * (1 - right)).sum()
    return 2 * stdtr(n - 1, -abs(beta / error))


def test_a_global_model_that_is_too_sure_makes_no_feature_unwanted():
    """At 5 %: an offset with slope 1 is wrong in every other world, a free slope in one of twenty."""
    worlds = [too_sure(seed) for seed in range(400)]
    free = [preference_coefficients(["a"], *one) for one in worlds]
    assert np.mean([one.coefficients[0].alone.p < 0.05 for one in free]) == pytest.approx(0.05, abs=0.03)
    assert np.mean([with_offset(*one) < 0.05 for one in worlds[:100]]) >= 0.25
    assert np.mean([one.slope.low <= 0.45 <= one.slope.high for one in free]) >= 0.9
    assert all(one.slope.high < 1 for one in free[:20])


def test_users_count_who_have_the_feature_and_below_ten_there_is_no_p():
    z, gap, users = world(4)
    rare = np.where(np.isin(users, [f"u{i}" for i in range(9)]), z[:, 0], 0.0)
    common = np.where(np.isin(users, [f"u{i}" for i in range(10)]), z[:, 0], 0.0)
    nine, ten = preference_coefficients(["a", "b"], np.column_stack([rare, common]), gap, users).coefficients
    assert (nine.n_users_different, nine.n_different, nine.alone.n_users) == (9, 270, 40)
    assert np.isfinite(nine.alone.low) and np.isnan([nine.alone.p, nine.holm]).all()
    assert ten.n_users_different == 10 and ten.holm == ten.alone.p
    wide, narrow = (ten.alone.at(level) for level in (0.95, 0.8))
    ratio = (wide.high - wide.low) / (narrow.high - narrow.low)
    assert ratio == pytest.approx(stdtrit(9, 0.975) / stdtrit(9, 0.9)), "nine degrees of freedom, not 39"


def test_a_wish_is_found_and_marked_and_rescaling_a_feature_rescales_its_coefficient():
    z, gap, users = world(3)
    first, second = preference_coefficients(["a", "b"], z, gap, users).coefficients
    assert first.alone.low > 0.4 and first.alone.high < 1.2 and first.holm < 0.001 and second.holm > 0.05
    rescaled = preference_coefficients(["a", "b"], z * [10, 1], gap, users).coefficients[0]
    assert rescaled.alone.value == pytest.approx(first.alone.value / 10)
    assert rescaled.alone.p == pytest.approx(first.alone.p)


def test_pairs_of_one_user_are_not_independent():
    z, gap, users = world(1, n_users=8, each=100, between=1.0)
    clustered = preference_coefficients(["a", "b"], z, gap, users).coefficients[0]
    alone = preference_coefficients(["a", "b"], z, gap, [str(i) for i in range(800)]).coefficients[0]
    assert clustered.alone.high - clustered.alone.low > 2 * (alone.alone.high - alone.alone.low)


def test_weights_of_zero_leave_pairs_out():
    z, gap, users = world(2)
    first = users < "u2"
    weighted = preference_coefficients(["a", "b"], z, gap, users, weight=first.astype(float))
    plain = preference_coefficients(["a", "b"], z[first], gap[first], users[first])
    assert weighted.coefficients[0].alone.value == pytest.approx(plain.coefficients[0].alone.value)


def test_a_feature_that_separates_all_pairs_stays_finite_and_one_that_never_differs_is_unknown():
    rng = np.random.default_rng(0)
    z = np.column_stack([np.abs(rng.normal(size=60)) + 0.1, np.zeros(60)])
    found = preference_coefficients(["a", "b"], z, np.zeros(60), np.repeat([f"u{i}" for i in range(6)], 10))
    assert np.isnan(found.slope.value), "no gap says anything about its slope"
    found = found.coefficients
    assert 1 < found[0].alone.value < 100 and np.isfinite(found[0].alone.high)
    assert np.isnan([found[1].alone.value, found[1].alone.p, found[1].adjusted]).all() and found[1].n_different == 0


def test_one_user_has_no_interval_and_shapes_must_fit():
    one = preference_coefficients(["a"], [[1.0], [-0.5], [0.3]], [0, 0, 0], ["u"] * 3).coefficients[0]
    assert np.isfinite(one.alone.value) and np.isnan([one.alone.low, one.alone.p]).all()
    with pytest.raises(InputError, match="do not fit together"):
        preference_coefficients(["a", "b"], [[1.0]], [0.0], ["u"])
    with pytest.raises(InputError, match="finite"):
        preference_coefficients(["a"], [[np.nan]], [0.0], ["u"])


def test_shares_of_parts_are_counted_and_compared_with_the_others():
    part = ["x"] * 4 + ["y"] * 6 + [None] * 2
    gap = [-1, -1, -1, 1, -1, 1, 1, 1, 1, 0, 1, -1]
    users = [f"u{i % 4}" for i in range(12)]
    x, y = facet_shares(part, gap, users)
    assert (x.part, x.difference.n_pairs, x.difference.n_users, x.disagreement) == ("x", 4, 4, 0.75)
    assert x.difference.value == pytest.approx(0.75 - 2 / 8) and y.difference.value == pytest.approx(1 / 6 - 4 / 6)
    assert x.difference.low < x.difference.value < x.difference.high


def test_the_difference_of_shares_covers_its_truth():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        users = np.repeat(np.arange(30), 20).astype(str)
        lean = np.repeat(rng.normal(scale=0.5, size=30), 20)
        gap = rng.normal(size=600) + lean
        part = np.where(rng.random(600) < 0.4, "x", "y")
        one = facet_shares(part, gap, users)[0]
        inside += one.difference.low <= 0 <= one.difference.high
    assert 0.9 <= inside / 200 <= 0.99
