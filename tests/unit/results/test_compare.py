"""Sides of a comparison, its tables and its document, against hand-made runs and another module's numbers."""

import numpy as np
import pandas as pd
import pytest
from hand.scored import crowd, finished_runs, hand_scored

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.results.compare import comparison_table, config_differences, left_out, verdict_table
from scpo.results.frontier import MEAN, setting_table
from scpo.results.sides import find_side, offered_sides

CONFIG = EvaluationConfig(resamples=200)
FULL, FILTER, WEIGHT, SCPO = "full|-|-", "filter|0.7|-", "weight|-|1.1", "scpo|0.7|1.1"


@pytest.fixture(scope="module")
def hand():
    scored = hand_scored()
    return scored, offered_sides(scored, finished_runs(scored))


@pytest.fixture(scope="module")
def crowded():
    scored, runs = crowd()
    return scored, runs, offered_sides(scored, runs)


def only(table: pd.DataFrame, **wanted) -> pd.Series:
    """Return the one row with these values."""
    mask = np.logical_and.reduce([table[name] == value for name, value in wanted.items()])
    (place,) = np.flatnonzero(mask)
    return table.iloc[place]


def test_what_can_be_compared_is_the_global_model_settings_models_of_countries_and_runs(hand):
    _, offered = hand
    assert [key for key, side in offered.items() if side.kind == "setting"] == [FILTER, FULL, WEIGHT]
    assert offered[FULL].trained_for == ("CHL", "ZAF") and len(offered[FULL].runs) == 3
    assert offered["CHL|full|-|-"].gap.shape == (2, 24)
    assert offered["global"].trained_for is None
    assert sum(side.kind == "run" for side in offered.values()) == 5


@pytest.mark.parametrize("named", ["full", "full|-|-", "full,-,-"])
def test_a_setting_is_named_by_its_method_and_as_many_numbers_as_are_needed(hand, named):
    assert find_side(named, hand[1]).key == FULL


def test_a_run_is_named_by_the_beginning_of_its_id(hand):
    _, offered = hand
    run = next(key for key, side in offered.items() if side.kind == "run")
    assert find_side(run[:10], offered).key == run


def test_what_is_not_there_is_refused_with_what_is(hand):
    with pytest.raises(InputError, match=r"'scpo': there are global, filter\|0.7\|-, full"):
        find_side("scpo", hand[1])


def test_counts_are_those_of_the_hand(hand):
    scored, offered = hand
    table = verdict_table(scored.evaluation(CONFIG), [offered["ZAF|full|-|-"], offered["global"]])
    found = only(table, country="ZAF", subset="all_country")
    assert found[["both_right", "only_first", "only_second", "both_wrong"]].tolist() == [3, 4, 1, 0]
    assert found[["users_both_right", "users_only_first", "users_only_second"]].tolist() == [1, 2, 1]
    assert found["mcnemar_p"] == pytest.approx(12 / 32)
    wrong = only(table, country="ZAF", subset="true_country")
    assert wrong[["both_right", "only_first", "only_second", "both_wrong"]].tolist() == [0, 4, 0, 0]
    total = only(table, country="all", subset="all_country")
    assert (total["n_pairs"], total["only_first"], total["only_second"]) == (24, 4, 1)


def test_a_setting_s_verdict_is_that_of_its_mean_gap(hand):
    """Seed 0 has the fourth pair of Chile wrong by .72, seed 1 right by .72: at a mean of 0 it is not right."""
    scored, offered = hand
    table = verdict_table(scored.evaluation(CONFIG), [offered[FULL], offered["global"]])
    assert only(table, country="CHL", subset="all_country")["only_first"] == 1


def test_a_setting_judges_each_pair_by_its_own_country_s_model_as_a_mean_over_seeds(hand):
    scored, offered = hand
    country = scored.test_pairs["country"].to_numpy()
    gap = offered[FULL].mean_gap(scored.evaluation(CONFIG).rows)
    chile = offered["CHL|full|-|-"].gap
    assert gap[country == "CHL"] == pytest.approx(((chile[0] + chile[1]) / 2)[country == "CHL"])
    assert gap[country == "ZAF"] == pytest.approx(offered["ZAF|full|-|-"].gap[0][country == "ZAF"])
    assert np.isnan(gap[country == "NZL"]).all()


def test_two_settings_are_paired_where_both_have_a_model_and_the_rest_is_named(hand):
    scored, offered = hand
    evaluation = scored.evaluation(CONFIG)
    table = comparison_table(evaluation, [offered[FULL], offered[FILTER]])
    assert set(table["country"]) == {"CHL"}
    assert left_out(offered[FULL], offered[FILTER], evaluation) == ["NZL", "ZAF"]
    row = only(table, subset="all_country")
    assert row["diff_value"] == pytest.approx((5 / 8 + 6 / 8) / 2 - 4 / 8)
    assert row["too_few_users"] and np.isnan(row["holm"])


def test_runs_of_one_country_are_tested_on_all_and_home_is_theirs(hand):
    scored, offered = hand
    runs = [key for key, side in offered.items() if side.kind == "run" and side.trained_for == ("CHL",)]
    table = comparison_table(scored.evaluation(CONFIG), [offered[runs[0]], offered[runs[1]]])
    everything = table[table["subset"] == "all_country"]
    assert everything.set_index("country")["home"].to_dict() == {"CHL": True, "NZL": False, "ZAF": False}


def test_against_the_global_model_the_numbers_are_those_of_the_table_of_settings(crowded):
    scored, runs, offered = crowded
    table = comparison_table(scored.evaluation(CONFIG), [offered[SCPO], offered["global"]])
    settings = setting_table(scored, runs, CONFIG)
    settings = settings[settings["method"] == "scpo"].set_index("country")
    mine = table[table["subset"] == "all_country"].set_index("country")
    for country in (*mine.index.drop(MEAN), MEAN):
        theirs, row = settings.loc[country], mine.loc[country]
        for ours, column in (("diff_value", "gain_value"), ("diff_low", "gain_low"), ("diff_high", "gain_high")):
            assert row[ours] == pytest.approx(theirs[column]), country
        assert row["holm"] == pytest.approx(theirs["gain_holm"], nan_ok=True), country
    excess = table[table["subset"] == "excess"].set_index("country")
    assert excess["first_value"].to_dict() == pytest.approx(settings["excess_value"].to_dict())


def test_swapping_two_settings_changes_signs_and_no_verdict(crowded):
    scored, _, offered = crowded
    evaluation = scored.evaluation(CONFIG)
    forth = comparison_table(evaluation, [offered[SCPO], offered[FULL]])
    back = comparison_table(evaluation, [offered[FULL], offered[SCPO]])
    assert (-back["diff_value"]).tolist() == pytest.approx(forth["diff_value"].tolist())
    for column in ("p", "holm"):
        assert back[column].tolist() == pytest.approx(forth[column].tolist(), nan_ok=True)


def test_swapping_with_the_global_model_changes_no_verdict_either(crowded):
    scored, _, offered = crowded
    evaluation = scored.evaluation(CONFIG)
    forth = comparison_table(evaluation, [offered[SCPO], offered["global"]])
    back = comparison_table(evaluation, [offered["global"], offered[SCPO]])
    assert back["holm"].tolist() == pytest.approx(forth["holm"].tolist(), nan_ok=True)


def test_more_sides_make_larger_families(crowded):
    scored, _, offered = crowded
    evaluation = scored.evaluation(CONFIG)
    two = comparison_table(evaluation, [offered[SCPO], offered[FULL]])
    three = comparison_table(evaluation, [offered[SCPO], offered[FULL], offered["global"]])
    asked = {"subset": "all_country", "second": FULL}
    for country, single, both in (("CHL", 4, 8), (MEAN, 1, 2)):  # Mexico has too few users for a test
        before, after = (only(table, country=country, **asked) for table in (two, three))
        assert (before["n_family"], after["n_family"]) == (single, both)
        assert after["holm"] >= before["holm"]
        assert after["diff_low"] == before["diff_low"]


def test_fewer_than_two_or_more_than_four_are_refused(crowded):
    scored, _, offered = crowded
    for sides in ([offered[SCPO]], [offered[SCPO]] * 5):
        with pytest.raises(InputError, match="2 to 4"):
            comparison_table(scored.evaluation(CONFIG), sides)


def test_models_of_no_common_country_are_refused(hand):
    scored, offered = hand
    with pytest.raises(InputError, match="no common community"):
        comparison_table(scored.evaluation(CONFIG), [offered[WEIGHT], offered_without_chile(offered)])


def offered_without_chile(offered):
    """Return the setting `full` with its South African model alone."""
    full = offered[FULL]
    kept = tuple(model for model in full.models if model.trained_for != "CHL")
    return type(full)(full.key, full.kind, full.name, kept, full.configs)


def test_only_what_was_asked_differently_is_listed(hand):
    _, offered = hand
    found = config_differences([offered[FULL], offered["CHL|full|-|-"], offered[f"CHL|{WEIGHT}"]])
    assert found == {
        "country": [["CHL", "ZAF"], "CHL", "CHL"],
        "objective.method": ["full", "full", "weight"],
        "objective.beta": [None, None, 1.1],
        "seed": [[0, 1], [0, 1], 0],
    }
