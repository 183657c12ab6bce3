"""The excess: flips that know nothing count 0 at every size, flips that know which pairs are wrong count."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scpo.measures.estimate import estimate
from scpo.measures.excess import FlipRuler, chance_of_wrong, noise_curve

N = 6_000


@pytest.fixture(scope="module")
def world():
    """Global gaps of people whose own taste differs from the global one; 30 users."""
    rng = np.random.default_rng(0)
    shared, own = rng.normal(size=(2, N))
    true = shared + 0.8 * own
    liked = np.sign(true + 0.5 * rng.logistic(size=N))
    gap = (shared + 0.4 * rng.normal(size=N)) * liked  # what the global model thinks of the person's choice
    users = np.array([f"u{i % 30:02d}" for i in range(N)])
    return gap, true * liked, users, rng


def test_the_chance_of_being_wrong_is_the_logistic_regression_on_the_size_of_the_gap(world):
    gap = world[0]
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(np.abs(gap)[:, None], gap < 0)
    assert chance_of_wrong(gap) == pytest.approx(fitted.predict_proba(np.abs(gap)[:, None])[:, 1], abs=1e-4)
    assert chance_of_wrong(gap).sum() == pytest.approx((gap < 0).sum())


def test_the_global_model_has_exactly_none(world):
    gap, _, users, _ = world
    found = estimate(FlipRuler.build(gap, users).excess(gap), level=0.95)
    assert (found.value, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize("noise", [0.1, 0.5, 1.0, 3.0])
def test_the_global_model_with_noise_has_none_however_much_it_recovers(world, noise):
    gap, _, users, _ = world
    rng, ruler = np.random.default_rng(1), FlipRuler.build(gap, users)
    runs = gap + rng.normal(0, noise, size=(40, N))
    found = estimate(ruler.excess(runs), level=0.95)
    recovered = float((runs > 0)[:, gap < 0].mean())
    assert abs(found.value) < 0.02
    assert noise < 0.5 or recovered > 0.15


def test_a_model_that_knows_the_taste_has_much_and_one_of_strangers_has_none(world):
    gap, true, users, rng = world
    ruler = FlipRuler.build(gap, users)
    assert estimate(ruler.excess(true), level=0.95).low > 0.2
    stranger = np.where(rng.random(N) < np.mean((true > 0) != (gap > 0)), -gap, gap)
    assert abs(ruler.excess(stranger).value) < 0.03


def test_it_is_the_sum_of_the_formula_and_counts_the_pairs_that_are_wrong():
    gap = np.array([-0.1, 0.2, -0.5, 1.0, 0.05, -2.0])
    users = ["a", "a", "b", "b", "c", "c"]
    after = np.array([0.1, -0.2, 0.5, 1.0, 0.05, -2.0])  # flips the first three
    ruler = FlipRuler.build(gap, users)
    chance = ruler.chance
    found = ruler.excess(after)
    assert found.value == pytest.approx(((1 - chance[0]) + (0 - chance[1]) + (1 - chance[2])) / 3)
    assert (found.n_pairs, found.n_users) == (3, 3)
    half = ruler.excess(np.stack([after, gap]))  # one of two seeds flips
    assert half.value == pytest.approx(found.value / 2)


def test_the_noise_curve_is_where_noise_leads_and_starts_at_the_global_model(world):
    gap = world[0]
    noise, true, everything = noise_curve(gap, points=9)
    assert (true[0], everything[0]) == (0, np.mean(gap > 0))
    rng = np.random.default_rng(2)
    for at in (2, 5, 8):
        runs = gap + rng.normal(0, noise[at], size=(60, N))
        assert true[at] == pytest.approx((runs > 0)[:, gap < 0].mean(), abs=0.01)
        assert everything[at] == pytest.approx((runs > 0).mean(), abs=0.01)


def test_where_the_global_model_is_never_wrong_there_is_nothing_to_recover():
    ruler = FlipRuler.build([0.5, 1.0, 2.0], ["a", "b", "c"])
    assert np.isnan(ruler.excess([-0.5, 1.0, 2.0]).value)
    assert np.isnan(noise_curve([0.5, 1.0])[1]).all()
