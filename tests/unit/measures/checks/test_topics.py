"""Distances with topics matched: weights by hand, and worlds in which taste depends on the topic alone."""

import math

import numpy as np
import pytest

from scpo.config import EvaluationConfig
from scpo.measures.checks.topics import MOST_WEIGHT, community_fits, distance, overlap, to_strata_of
from scpo.measures.community import CommunityPairs, common_pairs, shared_ridge
from scpo.measures.divergence import divergence

N_FEATURES = 8
ASKED = ((0.6, 0.3, 0.1), (0.1, 0.3, 0.6))
"""Shares of three topics in two communities."""


def community(name, asked, tastes, head, rng, *, n_users=40, pairs_each=20):
    """People who ask about topics and choose by the topic's taste, each a little in their own way."""
    differences, topics = [], []
    for _ in range(n_users):
        topic = rng.choice(len(tastes), p=rng.dirichlet(3 * np.array(asked)), size=pairs_each)
        own = tastes[topic] + rng.normal(scale=0.3, size=N_FEATURES)
        shown = rng.normal(size=(pairs_each, N_FEATURES))
        first = rng.random(pairs_each) < 1 / (1 + np.exp(-np.einsum("nf,nf->n", shown, own)))
        differences.append(np.where(first[:, None], shown, -shown))
        topics.append(topic)
    stacked = np.vstack(differences)
    users = np.repeat([f"{name}-{number}" for number in range(n_users)], pairs_each)
    return CommunityPairs(name, stacked, stacked @ head, users), np.concatenate(topics).astype(str)


def both_distances(seed, *, difference=0.0):
    """Return the plain and the matched distance of two communities with the same tastes, but for a difference."""
    return distances(seed, ("plain", "matched"), difference=difference)


def distances(seed, kinds, *, difference=0.0):
    """Return some of the two."""
    rng = np.random.default_rng(seed)
    tastes = rng.normal(scale=0.6, size=(3, N_FEATURES))
    head = tastes.mean(axis=0) + rng.normal(scale=0.2, size=N_FEATURES)
    other = tastes + difference * rng.normal(size=N_FEATURES)
    (first, topic), (second, others) = (
        community(name, asked, taste, head, rng)
        for name, asked, taste in zip("AB", ASKED, (tastes, other), strict=True)
    )
    common, ridge = common_pairs([first, second], at_most=300, seed=seed), shared_ridge([first, second])
    shared = overlap(topic, others)
    weighted = {"plain": (None, None), "matched": (shared.first, shared.second)}
    found = []
    for weights in (weighted[kind] for kind in kinds):
        fits = [
            community_fits(pairs, head, common, ridge=ridge, seed=[seed, number], weight=weight)
            for number, (pairs, weight) in enumerate(zip((first, second), weights, strict=True))
        ]
        found.append(distance(*fits, level=0.95).estimate)
    return found


def covers_zero(one):
    return one.low <= 0 <= one.high


def test_overlap_weights_make_both_mixtures_the_smaller_shares():
    first, second = np.array(list("aaab")), np.array(list("abbb"))
    found = overlap(first, second)
    assert found.share == pytest.approx(0.5)
    assert found.first == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert found.second == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    mixture = [found.first[first == name].sum() for name in "ab"]
    assert mixture == pytest.approx([found.second[second == name].sum() for name in "ab"])


def test_no_pair_weighs_more_than_ten_and_what_the_other_does_not_ask_weighs_nothing():
    found = overlap(np.array(["a"] + ["b"] * 99), np.array(["a"] + ["c"] * 99))
    assert found.share == pytest.approx(0.01)
    assert found.first[0] == MOST_WEIGHT and (found.first[1:] == 0).all()
    nothing = overlap(np.array(["a"]), np.array(["b"]))
    assert (nothing.share, nothing.first[0], nothing.second[0]) == (0, 0, 0)


def test_other_peoples_pairs_get_the_topics_and_the_number_of_the_country():
    others, country = np.array(list("aaaaaabbc")), np.array(list("abbb"))
    weight = to_strata_of(others, country)
    assert weight.sum() == pytest.approx(4)
    assert [weight[others == name].sum() for name in "abc"] == pytest.approx([1, 3, 0])
    assert (to_strata_of(np.array(["x"]), country) == 0).all()


def test_communities_that_ask_alike_keep_the_distance_of_the_divergence():
    rng = np.random.default_rng(1)
    tastes, head = rng.normal(scale=0.6, size=(2, 1, N_FEATURES)), rng.normal(size=N_FEATURES)
    pairs = [community(name, (1.0,), taste, head, rng, n_users=24)[0] for name, taste in zip("AB", tastes, strict=True)]
    config = EvaluationConfig(seed=3)
    expected = divergence(pairs, head, config=config).distance[0][1]
    common, ridge = common_pairs(pairs, seed=3), shared_ridge(pairs)
    found = distance(
        *(
            community_fits(one, head, common, ridge=ridge, seed=[3, number], weight=np.ones(one.gap.size))
            for number, one in enumerate(pairs)
        ),
        level=0.95,
    )
    assert found.estimate.value == pytest.approx(expected.value, abs=1e-4)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-3)
    assert found.fewest_users == 24 and found.p < 0.05 and found.estimate.low > 0


def test_nothing_in_common_has_no_distance():
    rng = np.random.default_rng(2)
    head = rng.normal(size=N_FEATURES)
    pairs, _ = community("A", (1.0,), head[None, :], head, rng, n_users=10)
    none = community_fits(pairs, head, pairs, ridge=1e-3, seed=[0], weight=np.zeros(pairs.gap.size))
    found = distance(none, community_fits(pairs, head, pairs, ridge=1e-3, seed=[1]), level=0.95)
    assert math.isnan(found.estimate.value) and math.isnan(found.p) and found.fewest_users == 0


def test_a_distance_that_is_only_one_of_topics_vanishes():
    plain, matched = zip(*(both_distances(seed) for seed in range(8)), strict=True)
    assert sum(map(covers_zero, matched)) >= 7
    assert sum(map(covers_zero, plain)) <= 5, "unmatched, topics look like taste"


def test_a_distance_of_taste_stays():
    found = [both_distances(seed, difference=1.0)[1] for seed in range(6)]
    assert sum(one.low > 0 for one in found) >= 4 and min(one.value for one in found) > 0.1


@pytest.mark.slow
def test_matched_distances_cover_zero_in_two_hundred_worlds():
    rate = np.mean([covers_zero(*distances(seed, ("matched",))) for seed in range(200)])
    before = np.mean([covers_zero(*distances(seed, ("plain",))) for seed in range(40)])
    print(f"taste depends on topic only: matched distance covers 0 in {rate:.1%} of 200 worlds, unmatched {before:.1%}")
    assert rate >= 0.93
    assert before <= 0.6
