"""Exchanged labels: what stays, what is lost, and a test that is wrong as often as it says."""

import numpy as np
import pytest

from scpo.config import ObjectiveConfig
from scpo.measures.checks.shuffled import ExchangedFits, permutation_p
from scpo.measures.excess import FlipRuler
from scpo.method.heads import PreferenceFeatures, fit_heads
from scpo.method.objective import select
from scpo.method.shuffling import LabelExchange

FULL, SCPO = ObjectiveConfig(method="full"), ObjectiveConfig(method="scpo")


def people(rng, n_users, *, taste, n_features=6):
    """Draw pairs of users who follow the global head, each more or less surely, and the taste of their country."""
    head = np.random.default_rng(0).normal(size=n_features) * 0.6
    user = np.repeat(np.arange(n_users), rng.integers(6, 14, size=n_users))
    x = rng.normal(size=(user.size, n_features))
    sure = rng.gamma(4.0, 0.25, size=n_users)
    liked = sure[user] * (x @ (head + taste)) + rng.logistic(size=user.size) > 0
    return np.where(liked[:, None], x, -x), user.astype(str), head


def test_an_exchange_keeps_how_often_the_global_model_is_wrong_and_for_equal_numbers_each_persons_sequence():
    rng = np.random.default_rng(0)
    user = np.repeat([f"u{i:02d}" for i in range(12)], 5)
    gap = rng.normal(0.3, 1, size=user.size)
    exchange = LabelExchange.build(gap, user)
    moved = 0
    for _ in range(20):
        turned = exchange.draw(rng)
        wrong = np.where(turned, -gap, gap) < 0
        moved += int(turned.sum())

        def sequences(labels):
            order = np.lexsort((np.abs(gap), user))
            return sorted(labels[order].reshape(12, 5).tolist())

        assert sequences(wrong) == sequences(gap < 0)
    assert moved > 100


def test_labels_go_only_to_people_with_about_as_many_pairs():
    sizes = np.array([2] * 16 + [40] * 16)
    user = np.repeat(np.arange(32), sizes)
    gap = np.where(user < 16, -1.0, 1.0) * np.linspace(0.5, 1, user.size)  # those with few pairs always disagree
    assert not LabelExchange.build(gap, user.astype(str)).draw(np.random.default_rng(0)).any()


def test_between_different_numbers_a_label_keeps_its_place_relative_to_the_number():
    user = np.array(["a"] * 2 + ["b"] * 4 + ["c"] * 4 + ["d"] * 4 + ["e"] * 4)
    gap = np.array([-0.1, 0.9] + [-0.1, -0.2, 0.8, 0.9] * 4)  # everybody is wrong on their smaller half
    exchange, rng = LabelExchange.build(gap, user), np.random.default_rng(0)
    assert not any(exchange.draw(rng).any() for _ in range(50))


@pytest.mark.parametrize("objective", [FULL, SCPO], ids=lambda one: one.method)
def test_a_fit_with_turned_labels_is_the_fit_of_pairs_with_these_labels(objective):
    rng = np.random.default_rng(1)
    d, user, head = people(rng, 20, taste=0.0)
    features = PreferenceFeatures.build(d, head)
    exchange = LabelExchange.build(features.gap, user)
    turned = np.array([np.zeros(len(d), dtype=bool), *(exchange.draw(rng) for _ in range(3))])
    found = ExchangedFits(features, objective, ridge=5.0, seed=0).heads(turned)
    for one, expected in zip(turned, found, strict=True):
        same = PreferenceFeatures.build(np.where(one[:, None], -d, d), head)
        direct = fit_heads(same, select(same.gap, objective, seed=0).weight[None], ridge=5.0).heads[0]
        assert np.abs(d @ (direct - expected)).max() < 2e-3


def test_p_counts_ties_and_the_true_labels_themselves():
    assert permutation_p(3.0, [1.0, 2.0, 3.0, 4.0]) == 3 / 5
    assert permutation_p(9.0, np.zeros(199)) == 1 / 200
    assert np.isnan(permutation_p(float("nan"), [1.0]))


def p_of_world(seed, *, taste, repeats, objective=FULL, n_train=30, n_test=40):
    """Return p of excess and gain in one simulated country."""
    rng = np.random.default_rng(seed)
    d, user, head = people(rng, n_train, taste=taste)
    test, test_user, _ = people(rng, n_test, taste=taste)
    features = PreferenceFeatures.build(d, head)
    exchange, start = LabelExchange.build(features.gap, user), test @ head
    turned = np.array([np.zeros(len(d), dtype=bool), *(exchange.draw(rng) for _ in range(repeats))])
    gaps = start + (ExchangedFits(features, objective, ridge=20.0, seed=0).heads(turned) - head) @ test.T
    excess = np.array(FlipRuler.build(start, test_user).each_run(gaps))
    gain = (gaps > 0).mean(axis=1)
    return permutation_p(excess[0], excess[1:]), permutation_p(gain[0], gain[1:])


def test_a_country_with_a_taste_of_its_own_is_found():
    taste = np.array([0.8, -0.8, 0, 0, 0.5, 0])
    found = np.array([p_of_world(seed, taste=taste, repeats=99) for seed in range(10)])
    assert np.median(found[:, 0]) <= 0.02 and np.median(found[:, 1]) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("objective", [FULL, SCPO], ids=lambda one: one.method)
def test_without_a_taste_p_is_below_five_percent_in_five_percent_of_the_worlds(objective):
    found = np.array([p_of_world(seed, taste=0.0, repeats=99, objective=objective) for seed in range(400)])
    below = np.mean(found <= 0.05, axis=0)
    print(f"{objective.method}: P(p <= .05) is {below[0]:.3f} (excess), {below[1]:.3f} (gain) over {len(found)} worlds")
    assert ((below >= 0.03) & (below <= 0.07)).all()
