"""Distances between communities in simulated worlds whose true distances are known."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.community import CommunityPairs, common_pairs
from scpo.measures.divergence import disagreement_with_global, divergence

N_FEATURES = 12
CONFIG = EvaluationConfig(resamples=200)


def community(name, taste, *, n_users, head, rng, pairs_each=25, user_spread=0.4, stretch=1.0):
    """People who prefer by a logistic model around their community's taste."""
    differences = []
    for _ in range(n_users):
        own = taste + rng.normal(scale=user_spread, size=N_FEATURES)
        shown = rng.normal(size=(pairs_each, N_FEATURES)) * stretch
        prefers_first = rng.random(pairs_each) < 1 / (1 + np.exp(-shown @ own))
        differences.append(np.where(prefers_first[:, None], shown, -shown))
    stacked = np.vstack(differences)
    users = np.repeat([f"{name}-{number}" for number in range(n_users)], pairs_each)
    return CommunityPairs(name=name, differences=stacked, gap=stacked @ head, user_id=users)


def world(tastes, *, n_users, seed):
    rng = np.random.default_rng(seed)
    head = np.mean(tastes, axis=0)
    sizes = np.broadcast_to(n_users, len(tastes))
    return head, [
        community(f"C{number}", taste, n_users=int(size), head=head, rng=rng)
        for number, (taste, size) in enumerate(zip(tastes, sizes, strict=True))
    ]


def true_distances(tastes):
    shown = np.random.default_rng(99).normal(size=(20000, N_FEATURES))
    sign = np.sign(shown @ np.array(tastes).T)
    return (sign[:, :, None] != sign[:, None, :]).mean(axis=0)


def values(found, what="value"):
    return np.array([[getattr(cell, what) for cell in row] for row in found.distance])


def squared(root):
    return math.copysign(root**2, root)


def test_measured_distances_follow_the_true_ones():
    rng = np.random.default_rng(0)
    common = rng.normal(scale=0.4, size=N_FEATURES)
    tastes = [common + rng.normal(scale=scale, size=N_FEATURES) for scale in np.linspace(0, 0.6, 7)]
    head, communities = world(tastes, n_users=60, seed=1)
    found = divergence(communities, head, config=CONFIG)
    below = np.tril_indices(7, -1)
    measured, truth = values(found)[below], true_distances(tastes)[below]
    assert spearmanr(measured, truth).statistic >= 0.9
    assert (values(found, "low")[below] <= measured).all() and (measured <= values(found, "high")[below]).all()
    far = truth > np.quantile(truth, 0.7)
    assert (values(found, "low")[below][far] > 0).all()
    assert (measured[far] > max(one.high for one in found.noise_floor)).all()


@pytest.mark.parametrize("sizes", [(30, 30), (10, 60)])
def test_two_samples_of_one_population_are_at_distance_zero_on_average(sizes):
    taste = np.random.default_rng(2).normal(scale=0.5, size=N_FEATURES)
    measured, covered, inside = [], 0, 0
    for seed in range(15):
        _, pair = world([taste, taste], n_users=sizes, seed=seed)
        # the global model is somewhere else: what both share must cancel
        head = taste + np.random.default_rng(seed).normal(scale=0.4, size=N_FEATURES)
        pair = [CommunityPairs(one.name, one.differences, one.differences @ head, one.user_id) for one in pair]
        found = divergence(pair, head, config=EvaluationConfig(resamples=100, seed=seed))
        cell = found.distance[0][1]
        measured.append(squared(cell.value))
        covered += cell.low <= 0 <= cell.high
        inside += cell.value <= max(one.high for one in found.noise_floor)
    assert abs(np.mean(measured)) < 2.5 * np.std(measured) / math.sqrt(15)
    assert covered >= 13
    assert inside >= 13


def test_two_halves_of_one_community_are_at_distance_zero_on_average():
    taste = np.random.default_rng(3).normal(scale=0.5, size=N_FEATURES)
    head, communities = world([taste] * 8, n_users=24, seed=4)
    found = divergence(communities, head, config=CONFIG)
    floors = np.array([squared(one.value) for one in found.noise_floor])
    assert abs(floors.mean()) < 2.5 * floors.std() / math.sqrt(8)
    assert all(one.low < 0 < one.high for one in found.noise_floor)


def test_other_questions_are_not_other_tastes():
    rng = np.random.default_rng(5)
    taste, other = rng.normal(scale=0.5, size=(2, N_FEATURES))
    head = (taste + other) / 2
    stretch = np.where(np.arange(N_FEATURES) % 2, 1.6, 0.6)
    same, asked, differs = (
        community("same", taste, n_users=60, head=head, rng=rng),
        community("asked", taste, n_users=60, head=head, rng=rng, stretch=stretch),
        community("differs", other, n_users=60, head=head, rng=rng),
    )
    found = values(divergence([same, asked, differs], head, config=CONFIG))
    assert abs(found[0, 1]) < 0.35 * found[0, 2]


def test_the_matrix_is_symmetric_with_zeros_and_repeats_with_its_seed():
    tastes = np.random.default_rng(6).normal(scale=0.4, size=(3, N_FEATURES))
    head, communities = world(tastes, n_users=12, seed=7)
    found = divergence(communities, head, config=CONFIG)
    assert (values(found) == values(found).T).all()
    assert (np.diag(values(found)) == 0).all()
    assert divergence(communities, head, config=CONFIG).to_json() == found.to_json()
    assert found.distance[0][1].n_users == 24
    assert found.distance[0][1].n_pairs == 600


def test_too_few_users_have_no_distance_and_few_have_no_interval():
    taste = np.full(N_FEATURES, 0.5)
    head, communities = world([taste, taste, taste], n_users=(3, 5, 20), seed=8)
    found = divergence(communities, head, config=CONFIG)
    assert math.isnan(found.distance[0][2].value)
    assert math.isfinite(found.distance[1][2].value)
    assert math.isnan(found.distance[1][2].low)
    assert math.isnan(found.noise_floor[1].value)
    assert math.isfinite(found.noise_floor[2].high)
    document = found.to_json()
    assert document["distance"][0][2]["value"] is None
    assert document["n_users"] == [3, 5, 20]
    assert set(document) == {"countries", "n_users", "distance", "noise_floor", "to_global", "p", "holm"}
    assert document["p"] == document["holm"] == [[None] * 3] * 3, "only one community has ten users"


def test_people_without_any_taste_have_no_distance():
    head, communities = world([np.zeros(N_FEATURES), np.full(N_FEATURES, 0.5)], n_users=20, seed=11)
    rng = np.random.default_rng(0)
    flip = rng.choice([-1.0, 1.0], size=communities[0].gap.size)
    noise = CommunityPairs(
        "noise", communities[0].differences * flip[:, None], communities[0].gap * flip, communities[0].user_id
    )
    found = divergence([noise, communities[1]], head, config=CONFIG)
    cell = found.distance[0][1]
    assert math.isnan(cell.value) or cell.high > 0.3 or math.isnan(cell.low)
    assert found.noise_floor[0].high >= 0.3


def test_sharper_preferences_of_the_same_direction_are_no_distance():
    rng = np.random.default_rng(12)
    taste, other = rng.normal(scale=0.5, size=(2, N_FEATURES))
    head = (taste + other) / 2
    same, sharp, differs = (
        community(name, own, n_users=60, head=head, rng=rng)
        for name, own in (("same", taste), ("sharp", 3 * taste), ("differs", other))
    )
    found = values(divergence([same, sharp, differs], head, config=CONFIG))
    assert abs(found[0, 1]) < 0.35 * found[0, 2]


def test_a_community_without_pairs_is_unknown_and_no_community_is_an_error():
    head, communities = world([np.zeros(N_FEATURES)], n_users=10, seed=9)
    empty = CommunityPairs("none", np.empty((0, N_FEATURES)), np.empty(0), np.empty(0, dtype=str))
    found = divergence([*communities, empty], head, config=CONFIG)
    assert math.isnan(found.distance[0][1].value)
    assert math.isnan(found.to_global[1].value)
    with pytest.raises(InputError, match="pairs"):
        divergence([empty], head, config=CONFIG)


def test_disagreement_with_the_global_model_is_the_share_of_negative_gaps():
    found = disagreement_with_global([-1.0, 0.0, 2.0, -0.5], ["a", "a", "b", "b"], CONFIG)
    assert (found.value, found.n_pairs, found.n_users) == (0.5, 4, 2)


def test_common_pairs_come_equally_from_all_communities():
    head, communities = world([np.zeros(N_FEATURES)] * 3, n_users=(4, 10, 40), seed=10)
    drawn = common_pairs(communities, at_most=240)
    assert drawn.gap.size == 240
    assert drawn.gap == pytest.approx(drawn.differences @ head)
    assert [sum(user.startswith(f"C{number}-") for user in drawn.user_id) for number in range(3)] == [80, 80, 80]
