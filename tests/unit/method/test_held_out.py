"""Held-out previews: each pair is ranked by a last layer that was fitted without its fold."""

import numpy as np
import pytest

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.heads import PreferenceFeatures, fit_heads, project
from scpo.method.held_out import held_out_gaps
from scpo.method.objective import select
from scpo.methods import PREVIEWED

OBJECTIVES = [ObjectiveConfig(method=method, tau=0.7, beta=1.1) for method in PREVIEWED]


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    differences, head = rng.normal(size=(60, 12)), rng.normal(size=12)
    return differences, head, rng.integers(0, 3, size=60)


def test_a_pair_is_ranked_by_a_fit_on_the_pairs_of_the_other_folds(pairs):
    differences, head, fold = pairs
    found = held_out_gaps(PreferenceFeatures.build(differences, head), OBJECTIVES, fold, ridge=2.0, seed=3)
    for number in range(3):
        rest, held = fold != number, fold == number
        features = PreferenceFeatures.build(differences[rest], head)
        weight = np.array([select(features.gap, one, seed=3).weight for one in OBJECTIVES])
        fit = fit_heads(features, weight, ridge=2.0)
        np.testing.assert_allclose(found[:, held], fit.gaps(project(features, differences[held])), atol=1e-5)


def test_labels_of_a_fold_do_not_move_the_model_that_judges_it(pairs):
    differences, head, fold = pairs
    turned = np.where((fold == 1)[:, None], -differences, differences)
    first, second = (
        held_out_gaps(PreferenceFeatures.build(one, head), OBJECTIVES[:1], fold, ridge=2.0)
        for one in (differences, turned)
    )
    np.testing.assert_allclose(second[:, fold == 1], -first[:, fold == 1], atol=1e-5)
    assert np.abs(second[:, fold != 1] - first[:, fold != 1]).max() > 0.01


@pytest.mark.parametrize("fold", [np.zeros(60, dtype=int), np.arange(59)])
def test_too_few_folds_are_refused(pairs, fold):
    differences, head, _ = pairs
    with pytest.raises(InputError, match="folds"):
        held_out_gaps(PreferenceFeatures.build(differences, head), OBJECTIVES, fold, ridge=1.0)
