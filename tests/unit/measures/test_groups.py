"""Groups inside communities, counted by hand in a small world of two communities."""

import math

import numpy as np
import pytest

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.measures.bias import others_rows
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.groups import groups, own_models
from scpo.measures.intervals import holm

SCPO = ObjectiveConfig(method="scpo")
CONFIG = EvaluationConfig()
N = 24
"""People of each of two communities, old and young by turns; each has four pairs."""


@pytest.fixture(scope="module")
def world():
    user = np.repeat([f"{name}{number:02d}" for name in ("CHL", "ZAF", "MEX") for number in range(N)], 4)
    country = np.array([name[:3] for name in user], dtype=object)
    age = np.array([("old", "young")[int(name[3:]) % 2] for name in user], dtype=object)
    ruler = np.tile([1.0, 1.0, 1.0, -1.0], 3 * N)  # 3 of 4 right everywhere
    return user, country, age, Evaluation.build(global_gap=ruler, user_id=user, country=country, config=CONFIG)


def model(country, gap, runs=("r",)):
    return CountryModel(country, SCPO, runs, np.atleast_2d(gap))


@pytest.fixture(scope="module")
def models(world):
    """The old of Chile win their fourth pair, one in three of the young of South Africa loses one; two runs there."""
    user, country, age, evaluation = world
    ruler = evaluation.global_gap
    wins = np.where((country == "CHL") & (age == "old"), 1.0, ruler)
    first = np.tile([True, False, False, False], 3 * N) & np.isin([name[3:] for name in user], ("01", "07", "13", "19"))
    loses = np.where((country == "ZAF") & first, -1.0, ruler)
    return [model("CHL", wins), model("ZAF", np.stack([loses, ruler]), ("a", "b"))]


def test_every_pair_is_ranked_by_its_own_community_s_model_and_runs_count_the_same(world, models):
    own = own_models(models, world[3])
    chl, zaf = world[3].rows["CHL"], world[3].rows["ZAF"]
    assert own.gap.shape == (2, 3 * N * 4) and own.runs == ("r", "a", "b")
    assert (own.gap[:, chl] == models[0].gap[:, chl]).all() and (own.gap[:, zaf] == models[1].gap[:, zaf]).all()
    assert np.isnan(own.gap[:, world[3].rows["MEX"]]).all()


def test_groups_by_hand(world, models):
    found = groups(models, world[3], world[2])
    old, young = found.everywhere
    assert [(row.tested_on, row.difference.n_users, row.difference.n_pairs) for row in found.everywhere] == [
        ("old", 24, 96),
        ("young", 24, 96),
    ]
    # Twelve old people of Chile win a pair each; four young people of South Africa lose one in one run of two.
    assert (old.won, old.lost, young.won, young.lost) == (12, 0, 0, 2)
    assert old.before.value == young.before.value == 3 / 4
    assert (old.difference.value, young.difference.value) == (pytest.approx(12 / 96), pytest.approx(-2 / 96))
    assert [old.holm_p, young.holm_p] == pytest.approx(holm([old.difference.p, young.difference.p]).tolist())
    inside = {(row.trained_for, row.tested_on): row.difference.value for row in found.inside}
    assert inside == {
        ("CHL", "old"): pytest.approx(1 / 4),
        ("CHL", "young"): 0,
        ("ZAF", "old"): 0,
        ("ZAF", "young"): pytest.approx(-2 / 48),
    }
    assert found.after is not None and found.change is not None and found.before is not None
    assert (found.after.worst, found.after.best) == ("young", "old")
    assert found.after.gap.value == found.change.gap.value == pytest.approx(14 / 96) and found.before.gap.value == 0
    assert found.change.gap.low > 0 and found.change.gap.p < 0.05 and found.before.gap.p > 0.5


def test_a_community_without_a_model_an_unknown_value_and_a_small_group_are_counted_and_not_ranked(world, models):
    values = world[2].copy()
    values[world[3].rows["CHL"][:8]] = None  # two people give no answer
    values[world[3].rows["ZAF"][:12]] = "very old"  # three people
    found = groups(models, world[3], values)
    assert (found.n_users_unknown, found.n_pairs_unknown, found.too_few) == (2, 8, ("very old",))
    assert [row.too_few_users for row in found.everywhere] == [False, True, False]
    (few,) = [row for row in found.everywhere if row.tested_on == "very old"]
    assert math.isnan(few.holm_p) and not math.isnan(few.difference.low)
    assert found.change is not None and found.change.n_groups == 2
    assert sum(row.difference.n_pairs for row in found.everywhere) == 2 * N * 4 - 8


def test_one_group_with_enough_users_has_no_gap(world, models):
    found = groups(models, world[3], np.full(3 * N * 4, "everybody", dtype=object))
    assert (found.before, found.after, found.change) == (None, None, None)


def test_models_of_two_settings_are_not_put_together(world, models):
    other = CountryModel("ZAF", ObjectiveConfig(method="full"), ("x",), models[1].gap)
    with pytest.raises(InputError, match="one setting"):
        own_models([models[0], other], world[3])


def test_other_communities_have_a_mean_with_an_interval_and_the_small_ones_are_named(world):
    user, country, _, evaluation = world
    small = country.copy()
    small[evaluation.rows["MEX"][32:]] = None  # eight people stay
    evaluation = evaluation.regrouped(small)
    rng = np.random.default_rng(0)
    gap = np.where(rng.random((2, user.size)) < 0.1, -1.0, evaluation.global_gap)
    (found,) = others_rows([model("CHL", gap, ("a", "b"))], evaluation)
    zaf = np.mean(gap[:, evaluation.rows["ZAF"]] > 0) - 3 / 4
    assert (found.communities, found.too_few) == (("ZAF",), ("MEX",))
    assert found.difference.value == pytest.approx(zaf)
    alone = evaluation.accuracy(gap, "ZAF").minus(evaluation.accuracy(evaluation.global_gap, "ZAF"))
    seeds = np.var(np.mean(gap[:, evaluation.rows["ZAF"]] > 0, axis=1), ddof=1) / 2
    half = (found.difference.high - found.difference.low) / 2
    assert (
        half > 2 * np.sqrt(alone.error**2 + seeds)
        and found.holm_p == found.difference.p
        and found.to_json()["too_few"] == ["MEX"]
    )


def test_without_another_community_there_is_no_mean():
    alone = Evaluation.build(
        global_gap=[1.0, -1.0], user_id=["a", "b"], country=["CHL", "CHL"], config=EvaluationConfig()
    )
    (found,) = others_rows([model("CHL", [1.0, 1.0])], alone)
    assert found.communities == () and math.isnan(found.difference.value) and found.difference.n_pairs == 0
