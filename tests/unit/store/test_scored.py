"""Pairs that are equal to the global model are left out everywhere, and counted."""

import numpy as np
import pytest
from hand.scored import hand_scored

from scpo.errors import InputError
from scpo.store.scored import Scored
from scpo.store.scores import StoredScores


def with_equal(scored, n, by=0.0):
    """Give both responses of the first `n` pairs the same reward, up to `by`."""
    reward = scored.scores.reward.copy()
    reward[1 : 2 * n : 2] = reward[0 : 2 * n : 2] + np.float32(by)
    old = scored.scores
    return Scored(scored.dataset, StoredScores(old.key, old.info, reward, old.features, old.head_weight, old.head_bias))


def test_pairs_the_model_cannot_tell_apart_are_in_no_table_and_counted():
    whole = hand_scored()
    scored = with_equal(whole, 3)
    assert (whole.n_equal, whole.equal_note) == (0, None) and scored.n_equal == 3
    assert scored.equal_note == "3 of 40 pairs are left out: their two responses are the same to rm, as it cuts and " \
        "writes texts."  # fmt: skip
    assert len(scored.pairs) == 37 and scored.pairs["pair_id"].tolist() == whole.pairs["pair_id"].tolist()[3:]
    assert len(scored.test_pairs) == len(whole.test_pairs) - 3
    assert len(scored.country_pairs("CHL")) == len(whole.country_pairs("CHL")) - 3
    assert scored.pairs.index.tolist() == list(range(37))


def test_a_difference_of_rounding_is_none_and_a_small_one_is_one():
    assert with_equal(hand_scored(), 2, by=3e-7).n_equal == 2
    assert with_equal(hand_scored(), 2, by=1e-4).n_equal == 0


def test_what_was_computed_with_all_pairs_is_not_taken_for_what_is_computed_without():
    whole = hand_scored()
    assert with_equal(whole, 1).key != with_equal(whole, 2).key != whole.key


def test_a_model_that_gives_everything_one_reward_is_refused():
    with pytest.raises(InputError, match="same reward: check that it is a reward model, its max_length"):
        _ = with_equal(hand_scored(), 40).pairs
