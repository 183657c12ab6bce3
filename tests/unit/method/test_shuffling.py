"""Labels exchanged among users: what stays and what goes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures
from scpo.method.held_out import held_out_gaps
from scpo.method.preview import preview
from scpo.method.shuffling import USERS_PER_STRATUM, exchanged_labels, turned_features


def users_of(sizes):
    return np.repeat([f"u{i:02d}" for i in range(len(sizes))], sizes)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), n_users=st.integers(2, 12), size=st.integers(1, 9))
def test_users_with_equally_many_pairs_keep_the_share_of_disagreement(seed, n_users, size):
    gap = np.random.default_rng(seed).normal(size=n_users * size)
    turned = exchanged_labels(gap, users_of([size] * n_users), seed=seed)
    after = np.where(turned, -gap, gap)
    per_user = np.sort((after < 0).reshape(n_users, size).sum(axis=1))
    assert per_user.tolist() == np.sort((gap < 0).reshape(n_users, size).sum(axis=1)).tolist()


@pytest.mark.parametrize("n_users", [2, 3, USERS_PER_STRATUM, 3 * USERS_PER_STRATUM])
def test_nobody_keeps_their_own_labels(n_users):
    # User 0 disagrees with everything, all others with nothing: after any exchange somebody else disagrees.
    gap = np.ones((n_users, 4))
    gap[0] = -1
    for seed in range(20):
        turned = exchanged_labels(gap.ravel(), users_of([4] * n_users), seed=seed).reshape(n_users, 4)
        after = np.where(turned, -gap, gap)
        assert (after[0] > 0).all() and (after < 0).all(axis=1).sum() == 1


def test_the_judgement_goes_to_the_pair_of_the_same_rank_by_size_of_the_gap():
    gap = np.array([-0.1, 5.0, 2.0, 0.3, -7.0, 1.0])  # a disagrees on the smallest of three, b on the largest
    turned = exchanged_labels(gap, ["a", "a", "a", "b", "b", "b"], seed=0)
    assert turned.tolist() == [True, True, False, True, True, False]


def test_another_number_of_pairs_is_stretched_or_thinned():
    # a: two pairs, agrees on the small one and disagrees on the large one; b: four pairs, agrees on all.
    gap = np.array([1.0, -2.0, 1.0, 2.0, 3.0, 4.0])
    turned = exchanged_labels(gap, ["a", "a", "b", "b", "b", "b"], seed=0)
    assert turned.tolist() == [False, True, False, False, True, True]


def test_the_seed_decides_and_one_user_has_nobody_to_exchange_with():
    gap = np.random.default_rng(0).normal(size=80)
    users = users_of([8] * 10)
    first, again, other = (exchanged_labels(gap, users, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()
    assert not exchanged_labels(gap, ["one"] * 80, seed=0).any()
    assert exchanged_labels([], [], seed=0).size == 0
    with pytest.raises(InputError, match="2 gaps and 1 users"):
        exchanged_labels([1.0, 2.0], ["a"], seed=0)


def test_turned_features_are_those_of_the_turned_pairs():
    rng = np.random.default_rng(3)
    differences, head = rng.normal(size=(30, 6)), rng.normal(size=6)
    turned = rng.random(30) < 0.4
    objective = ObjectiveConfig(method="shuffled")
    found = preview(turned_features(PreferenceFeatures.build(differences, head), turned), [objective], ridge=0.5)
    sign = np.where(turned, -1.0, 1.0)[:, None]
    direct = PreferenceFeatures.build(differences * sign, head)
    wanted = preview(direct, [ObjectiveConfig(method="scpo")], ridge=0.5)
    assert found.n_kept == wanted.n_kept
    assert found.fit.heads == pytest.approx(wanted.fit.heads, abs=1e-6)


def test_no_method_is_fitted_to_the_wrong_judgements():
    features = PreferenceFeatures.build(np.eye(3), np.ones(3))
    with pytest.raises(InputError, match="shuffled cannot be fitted to users' own"):
        preview(features, [ObjectiveConfig(method="shuffled")], ridge=1.0)
    with pytest.raises(InputError, match="shuffled cannot be fitted to users' own"):
        held_out_gaps(features, [ObjectiveConfig(method="shuffled")], [0, 1, 1], ridge=1.0)
    with pytest.raises(InputError, match="scpo cannot be fitted to users' exchanged"):
        preview(turned_features(features, np.zeros(3)), [ObjectiveConfig(method="scpo")], ridge=1.0)
