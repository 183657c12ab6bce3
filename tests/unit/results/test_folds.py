"""Previews choose on training users: whose labels decide, and what is said where there are too few of them."""

import numpy as np
import pandas as pd
import pytest

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures
from scpo.results.folds import HeldOut, averaged, hold_out, mark_choice_on_folds

FULL, FILTER = ObjectiveConfig(method="full"), ObjectiveConfig(method="filter", tau=0.6)


def people(n_users: int, *, pairs: int = 20) -> tuple[PreferenceFeatures, np.ndarray]:
    """Return pairs of users who all want the opposite of the global model in one of eight features."""
    rng = np.random.default_rng(0)
    head = np.ones(8)
    taste = np.where(np.arange(8) == 0, -2.0, 1.0)
    differences = rng.normal(size=(n_users * pairs, 8))
    differences *= np.where(rng.random(len(differences)) < 1 / (1 + np.exp(-2 * differences @ taste)), 1, -1)[:, None]
    return PreferenceFeatures.build(differences, head), np.repeat([f"u{i}" for i in range(n_users)], pairs)


def test_what_helps_new_users_has_the_higher_accuracy_and_is_chosen():
    features, users = people(20)
    still, moved = (
        hold_out(features, users, [FULL], ridge=1e9, name="X"),
        hold_out(features, users, [FULL, FILTER], ridge=1.0, name="X"),
    )
    assert still.accuracy[0] == pytest.approx([(features.gap > 0).mean(), 0])
    assert moved.accuracy[0, 0] > still.accuracy[0, 0] + 0.05
    assert (moved.folds, moved.n_users, moved.n_pairs) == (5, 20, 400)
    best = moved.objectives[int(moved.accuracy[:, 0].argmax())]
    assert moved.choose(rule="max_all_country", eps=0.01) == best
    assert moved.words == "chosen by five folds of training users, reported on test users"


def test_fewer_users_make_fewer_folds_and_one_user_makes_none():
    assert hold_out(*people(3), [FULL], ridge=1.0, name="X").folds == 3
    with pytest.raises(InputError, match=r"South Africa has 1 training user, and a choice by folds .* takes two"):
        hold_out(*people(1), [FULL], ridge=1.0, name="South Africa")


def test_the_mean_counts_every_country_alike():
    one = HeldOut((FULL, FILTER), np.array([[0.6, 0.1], [0.5, 0.4]]), 5, 20, 400)
    other = HeldOut((FULL, FILTER), np.array([[0.6, 0.3], [0.8, np.nan]]), 3, 3, 60)
    mean = averaged([one, other])
    np.testing.assert_allclose(mean.accuracy, [[0.6, 0.2], [0.65, np.nan]])
    assert (mean.folds, mean.n_users, mean.n_pairs) == (3, 23, 460)
    assert mean.choose(rule="max_all_country", eps=0.01) == FULL  # filter has no true-country accuracy


def test_the_ring_follows_the_training_users_and_the_front_the_test_users():
    nan = np.nan
    table = pd.DataFrame(
        {
            "country": ["CHL"] * 3 + ["ZAF"],
            "method": ["global", "full", "filter", "full"],
            "tau": [nan, nan, 0.6, nan],
            "beta": [nan] * 4,
            "all_value": [0.5, 0.9, 0.6, 0.7],
            "true_value": [0.0, 0.5, 0.4, 0.2],
        }
    )
    held_out = {"CHL": HeldOut((FULL, FILTER), np.array([[0.6, 0.1], [0.7, 0.4]]), 5, 20, 400)}
    found = mark_choice_on_folds(table, held_out, rule="max_all_country", eps=0.01)
    assert found["chosen"].tolist() == [False, False, True, False]
    assert found["on_frontier"].tolist() == [False, True, False, True]
    assert found["folds_all_value"].tolist()[1:3] == [0.6, 0.7] and found["folds_all_value"].isna().sum() == 2
