"""What choosing adds, against simulated truths: settings that are all alike, and one that always wins."""

import math

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures.choice import judge_choice
from scpo.measures.frontier import RULES, choose, choose_each
from scpo.measures.resampling import UserResamples

OWN = 0.1
"""Standard deviation over users of what a setting has of its own; the rest all settings share."""

LARGEST_OF_EIGHT = 1.4236
"""Expected value of the largest of eight standard normal variables."""


def simulated(share, *, n_users, rng):
    """Judge settings on simulated users."""
    share = np.asarray(share)
    right = share + rng.normal(0, 0.05, (n_users, 1)) + rng.normal(0, OWN, (n_users, share.size))
    whole = np.ones(n_users)
    resamples = UserResamples.draw(np.arange(n_users).astype(str), resamples=200, seed=int(rng.integers(1_000_000)))
    draws, value = resamples.ratio(right, whole), right.mean(axis=0)
    return judge_choice(value, value, draws, draws)


def errors(share, *, n_users):
    """Return how far the chosen setting's accuracy lies from its true one, as it is and corrected: means of 600."""
    rng = np.random.default_rng(0)
    found = [simulated(share, rng=rng, n_users=n_users) for _ in range(600)]
    truth = np.array([share[one.chosen] for one in found])
    plain, corrected = (np.array([getattr(one, name) for one in found]) for name in ("all_value", "all_corrected"))
    return (plain - truth).mean(), (corrected - truth).mean()


@pytest.mark.parametrize("n_users", [14, 30])
def test_of_settings_that_are_alike_the_best_looks_too_good_and_the_corrected_value_is_right(n_users):
    plain, corrected = errors(np.full(8, 0.63), n_users=n_users)
    luck = LARGEST_OF_EIGHT * OWN / math.sqrt(n_users)
    assert plain == pytest.approx(luck, rel=0.08)
    assert abs(corrected) < 0.15 * luck


def test_a_setting_that_always_wins_has_nothing_to_correct():
    share = np.full(8, 0.5)
    share[3] = 0.85
    found = simulated(share, n_users=30, rng=np.random.default_rng(0))
    assert found.chosen == 3 and found.frequency == 1
    plain, corrected = errors(share, n_users=30)
    assert abs(corrected - plain) < 0.002


def test_a_single_setting_is_chosen_always_and_chance_alone_moves_it():
    found = simulated(np.array([0.6]), n_users=20, rng=np.random.default_rng(1))
    assert found.selected.tolist() == [1.0]
    assert abs(found.all_optimism) < 0.01


def test_resamples_without_a_choice_count_nowhere():
    draws = np.array([[0.6, 0.4], [0.4, 0.6], [math.nan, math.nan]])
    found = judge_choice([0.5, 0.4], [0.5, 0.4], draws, draws)
    assert found.selected.tolist() == [0.5, 0.5] and found.frequency == 0.5
    # In the first resample 0.6 instead of 0.5, in the second 0.6 instead of 0.4.
    assert found.all_optimism == pytest.approx(math.sqrt(2) * 0.15)
    assert found.all_corrected == pytest.approx(0.5 - math.sqrt(2) * 0.15)


def test_where_nothing_can_be_chosen_all_is_unknown():
    unknown = np.full((3, 2), math.nan)
    found = judge_choice([math.nan] * 2, [0.5, 0.4], unknown, unknown)
    assert found.chosen is None and np.isnan([*found.selected, found.all_value, found.all_optimism]).all()
    found = judge_choice([0.5, 0.4], [0.5, 0.4], unknown, unknown)
    assert found.chosen == 0 and math.isnan(found.all_optimism) and math.isnan(found.frequency)


@pytest.mark.parametrize("rule", RULES)
def test_many_sets_at_once_are_chosen_as_each_alone(rule):
    x, y = np.random.default_rng(0).integers(0, 6, size=(2, 400, 7)) / 6
    x[np.random.default_rng(1).random(x.shape) < 0.2] = math.nan
    x[0] = math.nan
    alone = [choose(*one, rule=rule, eps=0.17) for one in zip(x, y, strict=True)]
    assert choose_each(x, y, rule=rule, eps=0.17).tolist() == [-1 if one is None else one for one in alone]


def test_draws_of_other_settings_are_refused():
    with pytest.raises(InputError, match="as many columns"):
        judge_choice([0.5], [0.5], np.zeros((3, 2)), np.zeros((3, 2)))
