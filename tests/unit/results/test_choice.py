"""How sure a choice is, in the world of 24 pairs whose resamples can be counted by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hand.scored import finished_runs, hand_scored

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.results import MEAN, band_table, choice_table, setting_choices, setting_table
from scpo.results.frontier_document import frontier_document

CONFIG = EvaluationConfig(resamples=20_000)
FILTERED = ObjectiveConfig(method="filter")


@pytest.fixture(scope="module")
def scored():
    return hand_scored()


@pytest.fixture(scope="module")
def choices(scored):
    return setting_choices(scored, finished_runs(scored), CONFIG)


@pytest.fixture(scope="module")
def table(choices, scored):
    known = choice_table(choices)
    methods = {run.run_id: run.config.objective.method for run in finished_runs(scored)}
    return known.assign(method=[methods[runs[0]] for runs in known["runs"]]).set_index(["country", "method"])


def test_two_users_have_three_resamples_and_all_follows_from_them(table):
    # CHL has users a and b with four pairs each, drawn as aa, ab, bb with chances 1/4, 1/2, 1/4.
    # full: 3.5 and 2 right; filter and weight: 2 and 2; true-country: full 1.5 and 0 of 2, filter all, weight none.
    # aa and ab: full is best, and filter has the higher recovered share. bb: all have 1/2, filter recovers most.
    assert table.loc[("CHL", "full"), "selection_frequency"] == pytest.approx(3 / 4, abs=0.015)
    assert table.loc[("CHL", "filter"), "selection_frequency"] == pytest.approx(1 / 4, abs=0.015)
    assert table.loc[("CHL", "weight"), "selection_frequency"] == 0
    assert table.loc[("CHL", "full"), "front_frequency"] == pytest.approx(3 / 4, abs=0.015)
    assert table.loc[("CHL", "filter"), "front_frequency"] == 1
    # Only in aa has the chosen one more than on both users: 7/8 instead of 11/16, and 3/4 recovered instead of 3/8.
    chosen = table.loc[("CHL", "full")]
    assert chosen["all_optimism"] == pytest.approx(math.sqrt(2) * 3 / 16 / 4, abs=0.004)
    assert chosen["all_corrected"] == pytest.approx(11 / 16 - chosen["all_optimism"])
    assert chosen["true_optimism"] == pytest.approx(math.sqrt(2) * 3 / 8 / 4, abs=0.008)
    assert table.loc["CHL"].drop("full")["all_optimism"].isna().all()


def test_of_one_setting_there_is_no_choice_to_be_lucky_with(choices):
    found = choices["ZAF"]
    assert (found.choice.frequency, found.on_front.tolist()) == (1, [1])
    assert found.choice.all_optimism == pytest.approx(0, abs=0.005)


def test_the_mean_is_over_the_settings_that_countries_share(choices):
    found = choices[MEAN]
    assert len(found.runs) == 1 and len(found.runs[0]) == 3  # full: two seeds of CHL, one of ZAF
    assert found.choice.all_value == pytest.approx((11 / 16 + 7 / 8) / 2)
    assert found.n_users == 4


def test_the_choices_are_those_of_the_table_under_every_rule(scored):
    runs = finished_runs(scored)
    for rule, eps in (("max_all_country", 0.01), ("max_true_country", 0.2), ("knee", 0.01)):
        settings = setting_table(scored, runs, CONFIG, rule=rule, eps=eps)
        judged = setting_choices(scored, runs, CONFIG, rule=rule, eps=eps)
        assert set(judged) == {"CHL", "ZAF", MEAN}
        for country, one in judged.items():
            row = settings[(settings["country"] == country) & settings["chosen"]].iloc[0]
            assert list(one.runs[one.choice.chosen]) == row["runs"]
            assert (one.choice.all_value, one.choice.true_value) == (row["all_value"], row["true_value"])


def test_the_band_holds_the_front_and_falls_to_the_right(choices):
    band = band_table(choices)
    mine = band[band["country"] == "CHL"]
    assert mine["true_value"].iloc[[0, -1]].tolist() == [0, 1]
    assert (mine["band_low"] <= mine["band_high"]).all()
    assert (np.diff(mine["band_high"]) <= 0).all()
    # At 0 the front is the best all-country accuracy: 1/2, 11/16 or 7/8.
    assert mine.iloc[0][["band_low", "band_high"]].tolist() == [0.5, 0.875]


def test_one_user_says_nothing_about_others(scored):
    pairs = scored.dataset.pairs
    lonely = pairs.assign(user_id=pairs["user_id"].replace({"CHL-test2": "CHL-test1"}))
    alone = replace(scored, dataset=replace(scored.dataset, pairs=lonely))
    found = setting_choices(alone, finished_runs(alone), CONFIG)
    assert found["CHL"].choice.chosen is not None and math.isnan(found["CHL"].choice.frequency)


def test_the_document_says_of_each_choice_how_sure_it_is(scored):
    document = frontier_document(scored, finished_runs(scored), CONFIG)
    chosen = document["chosen"]["CHL"]
    assert chosen["corrected"] == pytest.approx(chosen["all_country"] - chosen["optimism"])
    assert chosen["selection_frequency"] == pytest.approx(3 / 4, abs=0.015)
    of = {(p["country"], p["method"], p["seed"]): p["front_frequency"] for p in document["points"]}
    assert of["CHL", "full", 0] == of["CHL", "full", 1] == pytest.approx(3 / 4, abs=0.015)
    assert of["CHL", "weight", 0] == 0


def test_of_equal_settings_the_document_chooses_the_one_that_ran_first(scored):
    runs = finished_runs(scored)
    weight = next(run for run in runs if run.config.objective.method == "weight")
    twin = replace(weight, run_id="twin", config=weight.config.model_copy(update={"objective": FILTERED}))
    for pair in ([weight, twin], [twin, weight]):
        chosen = frontier_document(scored, pair, CONFIG)["chosen"]["CHL"]
        assert chosen["runs"] == [pair[0].run_id] and chosen["selection_frequency"] == 1
