"""Coverage of the intervals in simulated data sets: what is called a 95 % interval holds the truth in 92 to 98 %."""

import numpy as np
import pytest

from scpo.measures.clustered import ratio
from scpo.measures.intervals import intervals, p_value

DATA_SETS = 800
PAIRS = 24


def covered(draw, truth: float, *, is_difference: bool) -> float:
    hits = 0
    for part, whole in draw:
        number = ratio(
            part, whole, source="", n_pairs=int(whole.sum()), n_users=int(np.count_nonzero(whole)),
            is_difference=is_difference,
        )  # fmt: skip
        (found,) = intervals(number, [0.95])
        hits += bool(found.low <= truth <= found.high)
    return hits / DATA_SETS


@pytest.mark.slow
@pytest.mark.parametrize("n_users", [5, 8, 12, 30])
@pytest.mark.parametrize("icc", [0.05, 0.15])
@pytest.mark.parametrize("truth", [0.63, 0.29, 0.09])
def test_shares_of_users_whose_pairs_are_alike(n_users, icc, truth):
    rng = np.random.default_rng([n_users, int(100 * icc), int(100 * truth)])
    k = 1 / icc - 1  # beta-binomial users with this intra-class correlation

    def draw():
        for _ in range(DATA_SETS):
            whole = rng.integers(PAIRS // 2, 3 * PAIRS // 2, size=n_users)
            yield rng.binomial(whole, rng.beta(truth * k, (1 - truth) * k, size=n_users)).astype(float), whole * 1.0

    found = covered(draw(), truth, is_difference=False)
    print(f"share {truth:.2f}, {n_users:2d} users, ICC {icc:.2f}: {100 * found:.1f} %")
    assert 0.92 <= found <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("n_users", [5, 8, 12, 30])
@pytest.mark.parametrize("icc", [0.05, 0.15])
def test_paired_differences_of_three_points(n_users, icc):
    """Each pair is gained with probability 9 %, lost with 6 %; how prone a user is to flips differs."""
    rng = np.random.default_rng([n_users, int(100 * icc), 3])
    k = 1 / icc - 1

    def draw():
        for _ in range(DATA_SETS):
            whole = rng.integers(PAIRS // 2, 3 * PAIRS // 2, size=n_users)
            flips = rng.binomial(whole, rng.beta(0.15 * k, 0.85 * k, size=n_users))
            gained = rng.binomial(flips, rng.beta(0.6 * k, 0.4 * k, size=n_users))
            yield (2.0 * gained - flips), whole * 1.0

    found = covered(draw(), 0.03, is_difference=True)
    print(f"difference .03, {n_users:2d} users, ICC {icc:.2f}: {100 * found:.1f} %")
    assert 0.92 <= found <= 0.98


@pytest.mark.slow
def test_two_equal_models_are_called_different_in_about_five_percent():
    rng, n_users = np.random.default_rng(11), 10
    p = []
    for _ in range(1500):
        whole = rng.integers(10, 30, size=n_users).astype(float)
        flips = rng.binomial(whole.astype(int), rng.beta(2, 8, size=n_users))
        change = 2.0 * rng.binomial(flips, 0.5) - flips
        number = ratio(change, whole, source="", n_pairs=200, n_users=n_users, is_difference=True)
        p.append(p_value(number))
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.02)
