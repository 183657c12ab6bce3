"""Methods at the same movement: a method that weighs as the reference does keeps its lambda."""

import numpy as np
import pytest
from scipy.optimize import minimize

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.measures.checks.matched_budget import flip_rates, matched_ridges
from scpo.method.heads import PreferenceFeatures
from scpo.method.objective import select

N_FEATURES, N_USERS, EACH = 6, 20, 20
FOLD = np.repeat(np.arange(N_USERS) % 5, EACH)
RIDGE = 60.0


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    head = rng.normal(scale=0.7, size=N_FEATURES)
    shown = rng.normal(size=(N_USERS * EACH, N_FEATURES))
    taste = head + rng.normal(scale=0.6, size=N_FEATURES)
    first = rng.random(len(shown)) < 1 / (1 + np.exp(-shown @ taste))
    return PreferenceFeatures.build(np.where(first[:, None], shown, -shown), head)


def weights(features, *objectives):
    return np.array([select(features.gap, one, seed=0).weight for one in objectives])


def matched(features, *objectives):
    ones = np.ones(features.gap.size)
    return matched_ridges(features, FOLD, weights(features, *objectives), reference=ones, ridge=RIDGE)


def test_flips_are_counted_on_people_the_model_has_not_seen(features):
    rows, gap, flipped = features.rows, features.gap, 0
    for fold in range(5):
        seen = fold != FOLD

        def loss(shift, seen=seen):
            margin = gap[seen] + rows[seen] @ shift
            return np.logaddexp(0, -margin).sum() + RIDGE / 2 * shift @ shift

        shift = minimize(loss, np.zeros(rows.shape[1]), options={"gtol": 1e-8}).x
        flipped += int(np.count_nonzero((gap[~seen] + rows[~seen] @ shift > 0) != (gap[~seen] > 0)))
    found = flip_rates(features, FOLD, np.ones((1, gap.size)), np.array([RIDGE]))
    assert flipped > 10
    assert found[0] == pytest.approx(flipped / gap.size)


def test_weight_with_an_endless_beta_is_full(features):
    found = matched(features, ObjectiveConfig(method="full"), ObjectiveConfig(method="weight", beta=1e12))
    assert found.ridge.tolist() == [RIDGE, RIDGE]
    assert found.flips.tolist() == found.unmatched.tolist() == [found.target, found.target]


def test_methods_that_move_further_are_pulled_back_and_others_let_go(features):
    found = matched(features, ObjectiveConfig(method="filter", tau=0.7), ObjectiveConfig(method="weight", beta=1.1))
    assert found.flips == pytest.approx([found.target] * 2, abs=2 / features.gap.size)
    assert found.unmatched[0] > found.target + 0.02 and found.ridge[0] > 1.5 * RIDGE
    assert found.unmatched[1] < found.target - 0.02 and found.ridge[1] < RIDGE / 1.5
    again = flip_rates(features, FOLD, weights(features, ObjectiveConfig(method="filter", tau=0.7)), found.ridge[:1])
    assert again[0] == found.flips[0]


def test_a_method_that_cannot_move_so_far_has_no_ridge(features):
    ones, nothing = np.ones(features.gap.size), np.zeros((1, features.gap.size))
    found = matched_ridges(features, FOLD, nothing, reference=ones, ridge=RIDGE)
    assert np.isnan(found.ridge[0]) and found.flips[0] == 0 < found.target


@pytest.mark.parametrize(
    ("fold", "columns", "message"), [(FOLD[:-1], 400, "as many folds"), (FOLD, 399, "weights"), (0 * FOLD, 400, "two")]
)
def test_folds_and_weights_that_do_not_fit_are_refused(features, fold, columns, message):
    with pytest.raises(InputError, match=message):
        matched_ridges(features, fold, np.ones((1, columns)), reference=np.ones(400), ridge=RIDGE)
