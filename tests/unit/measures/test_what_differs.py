"""Coefficients and shares on generated preferences whose truth is known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

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

    def loss(beta, columns):
        return np.logaddexp(0, -(gap + z[:, columns] @ beta)).sum()

    alone = minimize(loss, [0.0], args=([0],)).x
    together = minimize(loss, [0.0, 0.0], args=([0, 1],)).x
    assert found[0].alone.value == pytest.approx(alone[0], abs=1e-3)
    assert [one.adjusted for one in found] == pytest.approx(together, abs=1e-3)
    assert (found[0].alone.n_pairs, found[0].alone.n_users, found[0].n_different) == (1200, 40, 1200)


def test_a_community_that_wants_what_the_global_model_wants_has_coefficient_zero_at_the_stated_rate():
    hits = [preference_coefficients(["a"], *world(seed, beta=(0.0,)))[0] for seed in range(200)]
    inside = np.mean([one.alone.low <= 0 <= one.alone.high for one in hits])
    assert 0.9 <= inside <= 0.99
    assert np.mean([one.alone.p < 0.05 for one in hits]) == pytest.approx(1 - inside)


def test_a_wish_is_found_and_marked_and_rescaling_a_feature_rescales_its_coefficient():
    z, gap, users = world(3)
    first, second = preference_coefficients(["a", "b"], z, gap, users)
    assert first.alone.low > 0.4 and first.alone.high < 1.2 and first.holm < 0.001 and second.holm > 0.05
    rescaled = preference_coefficients(["a", "b"], z * [10, 1], gap, users)[0]
    assert rescaled.alone.value == pytest.approx(first.alone.value / 10)
    assert rescaled.alone.p == pytest.approx(first.alone.p)


def test_pairs_of_one_user_are_not_independent():
    z, gap, users = world(1, n_users=8, each=100, between=1.0)
    clustered = preference_coefficients(["a", "b"], z, gap, users)[0]
    alone = preference_coefficients(["a", "b"], z, gap, [str(i) for i in range(800)])[0]
    assert clustered.alone.high - clustered.alone.low > 2 * (alone.alone.high - alone.alone.low)


def test_weights_of_zero_leave_pairs_out():
    z, gap, users = world(2)
    first = users < "u2"
    weighted = preference_coefficients(["a", "b"], z, gap, users, weight=first.astype(float))
    plain = preference_coefficients(["a", "b"], z[first], gap[first], users[first])
    assert weighted[0].alone.value == pytest.approx(plain[0].alone.value)


def test_a_feature_that_separates_all_pairs_stays_finite_and_one_that_never_differs_is_unknown():
    rng = np.random.default_rng(0)
    z = np.column_stack([np.abs(rng.normal(size=60)) + 0.1, np.zeros(60)])
    found = preference_coefficients(["a", "b"], z, np.zeros(60), np.repeat([f"u{i}" for i in range(6)], 10))
    assert 1 < found[0].alone.value < 100 and np.isfinite(found[0].alone.high)
    assert np.isnan([found[1].alone.value, found[1].alone.p, found[1].adjusted]).all() and found[1].n_different == 0


def test_one_user_has_no_interval_and_shapes_must_fit():
    one = preference_coefficients(["a"], [[1.0], [-0.5], [0.3]], [0, 0, 0], ["u"] * 3)[0]
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
