"""Picks and policies over the real responses of a turn: by hand, by laws, and on worlds whose truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError
from scpo.measures.behaviour import BEST_OF_N, RANDOM, Turns
from scpo.measures.estimate import estimate


def turns_of(*pairs):
    """Turns of (chosen, rejected, interaction, user)."""
    return Turns.build(*zip(*pairs, strict=True))


FOUR = turns_of((0, 1, "i", "u"), (0, 2, "i", "u"), (1, 3, "i", "u"), (2, 3, "i", "u"), (0, 3, "i", "u"))
"""One turn: 0 above 1 and 2, which are equal, above 3."""


def test_win_share_is_the_share_of_others_liked_less_and_ties_count_half():
    assert dict(zip(FOUR.row.tolist(), FOUR.win.tolist(), strict=True)) == {0: 1.0, 1: 0.5, 2: 0.5, 3: 0.0}


def test_a_couple_judged_twice_counts_once_with_its_mean_verdict():
    turns = turns_of((0, 1, "i", "u"), (1, 0, "i", "u"), (0, 2, "i", "u"))
    assert dict(zip(turns.row.tolist(), turns.win.tolist(), strict=True)) == {0: 0.75, 1: 0.5, 2: 0.25}


def test_responses_that_no_chain_of_pairs_connects_are_different_turns():
    turns = turns_of((0, 1, "i", "u"), (2, 3, "i", "u"), (4, 5, "i", "v"), (4, 6, "i", "v"))
    assert turns.size.tolist() == [2, 2, 3] and turns.user.tolist() == [0, 0, 1]


def test_rewards_come_back_from_gaps_up_to_a_constant_per_turn():
    # 0 > 1, 1 > 2, 2 > 3: no pair holds 0 and 3, the chain does.
    turns = turns_of((0, 1, "i", "u"), (1, 2, "i", "u"), (2, 3, "i", "u"), (8, 9, "j", "v"))
    true = np.array([3.0, -1.0, 0.5, 4.0, 0, 0, 0, 0, 1.0, 7.0])
    gap = [true[0] - true[1], true[1] - true[2], true[2] - true[3], true[8] - true[9]]
    found = turns.rewards([gap, [-one for one in gap]])
    first, second = true[[0, 1, 2, 3]], true[[8, 9]]
    expected = np.concatenate([first - first.mean(), second - second.mean()])
    assert turns.row.tolist() == [0, 1, 2, 3, 8, 9]
    np.testing.assert_allclose(found, [expected, -expected], atol=1e-12)


def test_gaps_of_another_number_of_pairs_are_refused():
    with pytest.raises(InputError, match="each of the 5 pairs"):
        FOUR.rewards([0.1, 0.2])
    with pytest.raises(InputError, match="no pairs"):
        Turns.build([], [], [], [])


def test_policy_divergence_and_expectation_of_a_toy_turn_by_hand():
    turns = turns_of((0, 1, "i", "u"))
    policy = turns.policy(np.array([[math.log(9), 0.0]]), 2.0)  # e^(log 9 / 2) = 3: three to one
    np.testing.assert_allclose(policy, [[0.75, 0.25]])
    by_hand = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    np.testing.assert_allclose(turns.divergence(policy), [[by_hand]])
    np.testing.assert_allclose(turns.summed(policy * turns.win), [[0.75]])


def test_the_ends_are_uniform_and_the_pick_and_equal_rewards_share_the_pick():
    reward = np.array([[1.0, 2.0, 2.0, -4.0]])
    assert FOUR.policy(reward, RANDOM).tolist() == [[0.25] * 4]
    assert FOUR.policy(reward, BEST_OF_N).tolist() == [[0, 0.5, 0.5, 0]]
    assert FOUR.divergence(FOUR.policy(reward, RANDOM)).tolist() == [[0.0]]
    np.testing.assert_allclose(FOUR.divergence(FOUR.policy(reward, BEST_OF_N)), [[math.log(2)]])
    other = FOUR.policy(np.array([[9.0, 2.0, 2.0, -4.0]]), BEST_OF_N)
    assert FOUR.changed(FOUR.policy(reward, BEST_OF_N), other).tolist() == [[1.0]]
    assert FOUR.changed(other, other).tolist() == [[0.0]]


@given(
    st.lists(st.floats(-50, 50), min_size=4, max_size=4),
    st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=2, unique=True),
)
def test_a_smaller_b_never_lowers_reward_or_divergence_and_neither_exceeds_best_of_n(rewards, values):
    reward, (b, larger) = np.array([rewards]), sorted(values)
    near, far, end = (FOUR.policy(reward, one) for one in (larger, b, BEST_OF_N))
    for measured in (FOUR.divergence, lambda policy: FOUR.summed(policy * reward)):
        assert measured(near)[0, 0] <= measured(far)[0, 0] + 1e-9
        assert measured(far)[0, 0] <= measured(end)[0, 0] + 1e-4  # rewards closer than a tie share the pick
    assert FOUR.divergence(far)[0, 0] <= math.log(4) + 1e-12
    np.testing.assert_allclose(far.sum(), 1.0)


def test_a_random_response_has_one_half_in_every_turn_whatever_the_ties():
    np.testing.assert_allclose(FOUR.summed(FOUR.win) / FOUR.size, 0.5)


def test_means_count_every_turn_alike_and_every_user_once():
    turns = turns_of(*[(2 * i, 2 * i + 1, f"i{i}", "heavy" if i < 3 else f"u{i}") for i in range(5)])
    number = turns.mean(np.array([1.0, 1.0, 0.0, 0.0, np.nan]))
    assert (number.value, number.n_pairs, number.n_users) == (0.5, 4, 2)
    np.testing.assert_allclose(sorted(number.without.tolist()), sorted([0.0, 2 / 3, 0.5]))


def world(*, n_users=40, n_turns=12, size=4, seed=0):
    """Turns whose persons score responses by a latent taste; also the taste of all and the country's own part."""
    rng = np.random.default_rng(seed)
    shape = (n_users * n_turns, size)
    common, own, noise = rng.normal(size=shape), rng.normal(size=shape), 0.5 * rng.gumbel(size=shape)
    liked = common + 0.4 * own + noise
    pairs = []
    for turn in range(shape[0]):
        rows = np.arange(size) + turn * size
        for i in range(size):
            for j in range(size):
                if liked[turn, i] > liked[turn, j]:
                    pairs.append((rows[i], rows[j], f"t{turn}", f"u{turn // n_turns}"))
    return turns_of(*pairs), pairs, liked, common, own


@pytest.fixture(scope="module")
def made():
    return world()


def picked(made, reward):
    turns, pairs, *_ = made
    flat = np.asarray(reward).ravel()
    gap = np.array([flat[chosen] - flat[rejected] for chosen, rejected, *_ in pairs])
    policy = turns.policy(turns.rewards(gap), BEST_OF_N)
    return turns.mean(turns.summed(policy * turns.win)[0])


def test_the_reward_that_is_the_persons_own_liking_gives_the_best_possible_pick(made):
    assert picked(made, made[2]).value == 1.0


def test_the_win_share_of_a_reward_is_what_counting_turn_by_turn_gives(made):
    liked, common = made[2], made[3]
    best = common.argmax(axis=1)
    below = [np.mean(np.delete(liked[i], k) < liked[i, k]) for i, k in enumerate(best)]
    assert picked(made, common).value == pytest.approx(np.mean(below))


def test_a_reward_that_knows_nothing_gives_the_random_pick_within_its_interval(made):
    inside = 0
    for seed in range(60):
        found = estimate(picked(made, np.random.default_rng(seed).normal(size=made[2].shape)), level=0.95)
        inside += found.low <= 0.5 <= found.high
    assert inside >= 53


def test_a_head_that_follows_the_countrys_own_taste_alone_picks_what_people_like_less(made):
    common, own = made[3], made[4]
    steered, over_steered, start = (picked(made, one) for one in (common + 0.4 * own, own - 0.5 * common, common))
    gain, loss = (estimate(one.minus(start), level=0.95) for one in (steered, over_steered))
    assert gain.low > 0 > loss.high
