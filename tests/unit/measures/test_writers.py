"""Bradley-Terry over writers: another solver, extreme cases, and a world whose order is known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from scpo.measures.estimate import estimate
from scpo.measures.writers import RIDGE, rank_writers, strengths


def test_strengths_are_those_of_a_general_optimiser():
    wins = np.random.default_rng(0).integers(0, 30, size=(2, 5, 5)).astype(float)

    def loss(strength, table):
        lost = np.log1p(np.exp(-(strength[:, None] - strength[None, :])))
        return float((table * lost * (1 - np.eye(5))).sum() + 0.5 * RIDGE * strength @ strength)

    for table, found in zip(wins, strengths(wins).T, strict=True):
        expected = minimize(loss, np.zeros(5), args=(table,), tol=1e-12).x
        np.testing.assert_allclose(found, expected - expected.mean(), atol=1e-4)


def ranked(winner, loser, user, *, n_writers, n_users, weight=None):
    given = np.ones(len(winner)) if weight is None else np.asarray(weight, dtype=float)
    return rank_writers(
        np.asarray(winner), np.asarray(loser), given, np.asarray(user),
        n_writers=n_writers, n_users=n_users, source="s", level=0.95,
    )  # fmt: skip


def test_a_writer_that_always_wins_has_a_finite_strength_and_the_first_rank():
    users = np.repeat(np.arange(12), 3)
    found = ranked([0, 0, 1] * 12, [1, 2, 2] * 12, users, n_writers=3, n_users=12)
    assert np.isfinite(found.strength).all() and (np.diff(found.strength) < 0).all()
    assert found.rank.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_comparisons_of_a_writer_with_itself_change_nothing_and_a_tie_is_two_halves():
    base = ranked([0, 1], [1, 0], [0, 1], n_writers=2, n_users=2)
    with_itself = ranked([0, 1, 1], [1, 0, 1], [0, 1, 1], n_writers=2, n_users=2)
    tied = ranked([0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 1, 1], n_writers=2, n_users=2, weight=[0.5] * 4)
    for one in (base, with_itself, tied):
        assert one.share[0].value == pytest.approx(0.5) and one.share[0].n_pairs == 2
        assert one.rank.tolist() == [[1, 2], [1, 2]]


def test_a_writer_nobody_compared_has_no_share():
    found = ranked([0, 0, 1], [1, 1, 0], [0, 1, 1], n_writers=3, n_users=2)
    assert np.isnan(found.share[2].value) and found.share[2].n_users == 0


def test_intervals_and_rank_ranges_hold_the_truth_and_alike_writers_are_not_told_apart():
    true = np.array([1.0, 0.0, 0.0, -1.0])
    share = [(expit(true[i] - np.delete(true, i))).mean() for i in range(4)]
    held = together = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        first, second = np.array([rng.choice(4, 2, replace=False) for _ in range(600)]).T
        won = rng.random(600) < expit(true[first] - true[second])
        found = ranked(
            np.where(won, first, second), np.where(won, second, first), np.repeat(np.arange(30), 20),
            n_writers=4, n_users=30,
        )  # fmt: skip
        ends = [estimate(one, level=0.95) for one in found.share]
        held += sum(one.low <= value <= one.high for one, value in zip(ends, share, strict=True))
        together += found.rank[1].tolist() == [2, 3] == found.rank[2].tolist()
        assert found.rank[0, 0] == 1 and found.rank[3, 1] == 4
    assert held >= 72 and together >= 16
