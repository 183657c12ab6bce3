"""The permutation test of couples in simulated worlds: its level, its power, and what it must not mistake."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scpo.measures.community import CommunityPairs
from scpo.measures.intervals import holm
from scpo.measures.permutation import CoupleTests, couple_p, couple_tests

N_FEATURES = 12


def community(name, taste, head, rng, *, n_users=20, pairs_each=20, user_spread=0.4, stretch=1.0):
    """People who prefer by a logistic model around their community's taste."""
    differences = []
    for _ in range(n_users):
        own = taste + rng.normal(scale=user_spread, size=taste.size)
        shown = rng.normal(size=(pairs_each, taste.size)) * stretch
        prefers_first = rng.random(pairs_each) < 1 / (1 + np.exp(-shown @ own))
        differences.append(np.where(prefers_first[:, None], shown, -shown))
    stacked = np.vstack(differences)
    users = np.repeat([f"{name}-{number}" for number in range(n_users)], pairs_each)
    return CommunityPairs(name=name, differences=stacked, gap=stacked @ head, user_id=users)


def couple(seed, *, difference, sizes=(20, 20), sharper=1.0, stretch=1.0, n_features=N_FEATURES, pairs_each=20):
    """Two communities whose tastes are `difference` standard deviations apart in each feature."""
    rng = np.random.default_rng([seed, n_features])
    scale = math.sqrt(N_FEATURES / n_features)
    taste = rng.normal(scale=0.5 * scale, size=n_features)
    other = sharper * (taste + difference * rng.normal(scale=0.5 * scale, size=n_features))
    head = taste + rng.normal(scale=0.4 * scale, size=n_features)
    spread = {"user_spread": 0.4 * scale, "pairs_each": pairs_each}
    one = community("A", taste, head, rng, n_users=sizes[0], **spread)
    return one, community("B", other, head, rng, n_users=sizes[1], stretch=stretch, **spread), head


def rejected(repeats, *, deals=199, **world):
    """Return the share of worlds in which the test says at 5 % that the communities differ."""
    found = [couple_p(*couple(seed, **world), deals=deals, seed=seed) for seed in range(repeats)]
    return np.mean(np.array(found) <= 0.05)


def three(seed=0, n_users=(12, 12, 12)):
    rng = np.random.default_rng(seed)
    tastes = rng.normal(scale=0.5, size=(3, N_FEATURES))
    tastes[1] = tastes[0]
    head = tastes.mean(axis=0)
    sizes = zip("ABC", tastes, n_users, strict=True)
    return [community(name, taste, head, rng, n_users=size) for name, taste, size in sizes], head


def test_two_samples_of_one_population_are_called_different_at_the_stated_rate():
    assert rejected(120, difference=0.0, sizes=(12, 20)) <= 0.1


def test_communities_that_differ_are_found():
    assert rejected(40, difference=1.0) >= 0.8


def test_people_who_are_only_surer_of_the_same_taste_do_not_differ():
    assert rejected(60, difference=0.0, sharper=2.5) <= 0.12


def test_other_questions_are_not_other_tastes():
    stretch = np.where(np.arange(N_FEATURES) % 2, 1.6, 0.6)
    assert rejected(60, difference=0.0, stretch=stretch) <= 0.12


def test_p_is_a_share_of_deals_that_repeats_with_its_seed_and_ignores_the_order_of_the_two():
    one, other, head = couple(0, difference=0.3)
    p = couple_p(one, other, head, deals=99, seed=4)
    assert p * 100 == pytest.approx(round(p * 100)) and 0.01 <= p <= 1
    assert p == couple_p(other, one, head, deals=99, seed=4)
    assert couple_p(*couple(0, difference=3.0), deals=99) == 0.01


def test_names_of_features_and_their_unit_do_not_matter():
    one, other, head = couple(1, difference=0.4)
    turned = [replace(c, differences=7 * c.differences[:, ::-1]) for c in (one, other)]
    assert couple_p(*turned, head[::-1] / 7, deals=99) == couple_p(one, other, head, deals=99)


def test_the_family_is_every_community_with_ten_users_and_a_couple_does_not_depend_on_the_others():
    communities, head = three(n_users=(12, 9, 30))
    found = couple_tests(communities, head, seed=1)
    assert found.countries == ("A", "C") and found.deals == 1999
    assert found.p[0, 1] == found.p[1, 0] == found.holm[0, 1] and np.isnan(np.diag(found.p)).all()
    p, adjusted = found.of(["B", "C", "A"])
    assert np.isnan(p[0]).all() and np.isnan(adjusted[:, 0]).all() and p[1, 2] == found.p[0, 1]
    every = couple_tests(three(n_users=(12, 12, 30))[0], head, seed=1)
    assert every.p[0, 2] != every.holm[0, 2] or every.holm[0, 2] == 1


def test_holm_counts_every_couple_and_progress_is_told():
    communities, head = three()
    told = []
    found = couple_tests(communities, head, on_progress=lambda done, total: told.append((done, total)))
    upper = np.triu_indices(3, 1)
    assert found.holm[upper] == pytest.approx(holm(found.p[upper]))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert found.holm[0, 1] > 0.05 and found.holm[0, 2] < 0.05 and found.holm[1, 2] < 0.05
    again = CoupleTests.from_json(found.to_json())
    assert np.array_equal(again.p, found.p, equal_nan=True) and again.deals == found.deals


def test_too_few_users_or_no_pairs_have_no_p():
    one, other, head = couple(0, difference=1.0, sizes=(1, 5))
    empty = CommunityPairs("E", np.empty((0, N_FEATURES)), np.empty(0), np.empty(0, dtype=str))
    assert math.isnan(couple_p(one, other, head)) and math.isnan(couple_p(empty, other, head))
    assert couple_tests([empty, other], head).countries == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "world"),
    [
        ("thirty users each", {"sizes": (30, 30), "pairs_each": 25}),
        ("ten and sixty users", {"sizes": (10, 60)}),
        ("ten and twelve users", {"sizes": (10, 12)}),
        ("more features than pairs of one", {"sizes": (10, 18), "n_features": 384}),
        ("surer people", {"sizes": (30, 30), "sharper": 2.5}),
        ("other questions", {"sizes": (30, 30), "stretch": np.where(np.arange(N_FEATURES) % 2, 1.6, 0.6)}),
    ],
)
def test_the_level_is_five_percent(kind, world):
    """Up to three standard errors above 5 %, of 400 worlds 3.3 points. Exchangeable samples have at most 5 %."""
    repeats = 400 if world.get("n_features", N_FEATURES) == N_FEATURES else 150
    share = rejected(repeats, difference=0.0, **world)
    print(f"level, {kind}: {share:.3f}")
    assert share <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "least", "world"),
    [
        ("thirty users each", 0.62, {"sizes": (30, 30), "pairs_each": 25, "difference": 0.5}),
        ("thirty users each, further", 0.9, {"sizes": (30, 30), "pairs_each": 25, "difference": 0.8}),
        ("ten and sixty users", 0.62, {"sizes": (10, 60), "difference": 0.8}),
        ("more features than pairs of one", 0.62, {"sizes": (20, 35), "n_features": 384, "difference": 2.0}),
    ],
)
def test_differences_of_these_sizes_are_found(kind, least, world):
    share = rejected(150 if "n_features" not in world else 60, **world)
    print(f"power, {kind}: {share:.2f}")
    assert share >= least
