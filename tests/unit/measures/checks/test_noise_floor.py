"""The variance of other training users: by hand, and against models of freshly drawn training users."""

import numpy as np
import pytest
from scipy.stats import chi2

from scpo.errors import InputError
from scpo.measures.checks.noise_floor import (
    freedom,
    halves,
    mean_variance,
    spread_interval,
    training_variance,
    widened,
)
from scpo.measures.clustered import ratio
from scpo.method.heads import PreferenceFeatures, fit_heads

TASTE = np.array([0.6, -0.6, 0.3, 0.0, 0.0, 0.0])


def test_halves_divide_users_and_never_pairs():
    user = np.array(["a", "a", "b", "c", "c", "c", "d", "e"])
    parts = halves(user, 30, np.random.default_rng(0))
    assert parts.shape == (30, 2, 8) and (parts[:, 0] != parts[:, 1]).all()
    for first, second in parts:
        assert set(user[first]).isdisjoint(user[second])
        assert (len(set(user[first])), len(set(user[second]))) == (2, 3)
    assert len({part.tobytes() for part in parts[:, 0]}) > 3
    with pytest.raises(InputError, match="3 training users cannot be halved"):
        halves(["a", "b", "c"], 2, np.random.default_rng(0))


def test_for_a_mean_it_is_the_squared_standard_error_of_the_mean():
    rng = np.random.default_rng(1)
    values, users = rng.normal(size=20), np.arange(20).astype(str)
    parts = halves(users, 4000, rng)
    found = training_variance([[values[half].mean() for half in couple] for couple in parts])
    assert found == pytest.approx(values.var(ddof=1) / 20, rel=0.05)


def test_the_interval_of_the_spread_is_that_of_a_variance():
    low, high = spread_interval(4.0, 10.0, 0.95)
    assert low == pytest.approx(np.sqrt(40 / chi2.ppf(0.975, 10)))
    assert high == pytest.approx(np.sqrt(40 / chi2.ppf(0.025, 10)))
    assert freedom(11, 10**9) == pytest.approx(10) and freedom(11, 10) == pytest.approx(5)


def test_a_widened_number_has_the_sum_of_both_variances():
    number = ratio(np.array([3.0, 1.0, 4.0]), np.full(3, 5.0), source="u", n_pairs=15, n_users=3)
    both = widened(number, number.error**2, degrees=2.0)
    assert both.error == pytest.approx(np.sqrt(2) * number.error) and both.value == number.value
    assert both.degrees == pytest.approx(4)  # two equal variances with two degrees of freedom each
    assert mean_variance([0.04, 0.04], [5.0, 5.0]) == (pytest.approx(0.02), pytest.approx(10))


def draw(rng, n_users, n_pairs=12, whim=0.5):
    head = np.array([0.8, 0.4, -0.4, 0.6, -0.2, 0.1])
    user = np.repeat(np.arange(n_users), n_pairs)
    x = rng.normal(size=(user.size, 6))
    want = head + TASTE + rng.normal(size=(n_users, 6))[user] * whim
    liked = np.einsum("nf,nf->n", x, want) + rng.logistic(size=user.size) > 0
    return np.where(liked[:, None], x, -x), user.astype(str), head


@pytest.mark.slow
@pytest.mark.parametrize("ridge", [2.0, 60.0])
def test_it_is_the_spread_over_fresh_training_users(ridge):
    rng, n_users, repeats = np.random.default_rng(2), 40, 50
    test, _, head = draw(rng, 60)
    fresh, estimated = [], []
    for number in range(200):
        d, user, _ = draw(rng, n_users)
        features = PreferenceFeatures.build(d, head)
        fresh.append(np.mean(test @ fit_heads(features, np.ones((1, len(d))), ridge=ridge).heads[0] > 0))
        if number % 10 == 0:
            inside = halves(user, repeats, rng).reshape(2 * repeats, -1)
            fit = fit_heads(features, inside.astype(float), ridge=ridge * inside.mean(axis=1))
            estimated.append(training_variance((fit.heads @ test.T > 0).mean(axis=1).reshape(-1, 2)))
    truth, found = np.std(fresh, ddof=1), np.sqrt(np.mean(estimated))
    print(f"ridge {ridge:g}: {100 * found:.2f} points estimated, {100 * truth:.2f} over fresh training users")
    assert found == pytest.approx(truth, rel=0.2)
