"""Findings of a world of 24 pairs, small enough to count by hand.

Three countries with two test users each and four pairs per user; a pattern is one character per test pair, ``+`` if the
model ranks it as the person did and ``-`` if not. A setting's numbers follow from counting characters.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand.scored import COUNTRIES, PATTERNS, crowd, finished_runs, hand_scored

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.measures.clustered import mean_over_countries
from scpo.measures.estimate import estimate
from scpo.measures.excess import chance_of_wrong
from scpo.results import (
    MEAN,
    bias_table,
    country_table,
    group_runs,
    over_steering_table,
    setting_rows,
    setting_table,
    to_global_table,
)
from scpo.results.communities import shared_countries
from scpo.results.community_pairs import BINS
from scpo.store.scored import FinishedRun
from scpo.store.studies import StudyPlan, StudyRecord

CONFIG = EvaluationConfig(resamples=400)


@pytest.fixture(scope="module")
def scored():
    return hand_scored()


@pytest.fixture(scope="module")
def table(scored):
    return setting_table(scored, finished_runs(scored), CONFIG).set_index(["country", "method"])


def test_a_global_row_says_how_the_global_model_does(table):
    # CHL "++-- ++--": 4 of 8; ZAF "+++- ---+": 4 of 8; NZL "++++ ++++": 8 of 8.
    assert [table.loc[(c, "global"), "all_value"] for c in ("CHL", "ZAF")] == [0.5, 0.5]
    for country in ("CHL", "ZAF"):
        row = table.loc[(country, "global")]
        assert row["true_value"] == 0 and (row["all_n_pairs"], row["true_n_pairs"], row["all_n_users"]) == (8, 4, 2)
        assert np.isnan(row["gain_value"]) and row["n_seeds"] == 0


def test_accuracies_are_means_over_seeds_of_counted_shares(table):
    # full CHL: seed 0 "+++- ++--" 5 of 8, lost pairs (3rd, 4th, 7th, 8th) "+- --" 1 of 4;
    #           seed 1 "++++ ++--" 6 of 8, lost pairs "++ --" 2 of 4.
    row = table.loc[("CHL", "full")]
    assert row["all_value"] == pytest.approx((5 / 8 + 6 / 8) / 2)
    assert row["true_value"] == pytest.approx((1 / 4 + 2 / 4) / 2)
    assert (row["n_seeds"], row["seeds"], row["seeds_expected"]) == (2, [0, 1], 2)
    # filter CHL: "--++ --++" gives up what the global model had right and wins all it had wrong.
    assert (table.loc[("CHL", "filter"), "all_value"], table.loc[("CHL", "filter"), "true_value"]) == (0.5, 1.0)


def test_the_gain_is_the_difference_to_the_global_model(table):
    assert table.loc[("CHL", "full"), "gain_value"] == pytest.approx(11 / 16 - 1 / 2)
    assert table.loc[("CHL", "filter"), "gain_value"] == pytest.approx(0)
    assert table.loc[("ZAF", "full"), "gain_value"] == pytest.approx(7 / 8 - 4 / 8)


def test_the_other_countries_are_pooled_over_their_pairs(table):
    # full CHL on ZAF "+++- ---+" and NZL "+-++ +-++": 4 + 6 of 16, the same for both seeds.
    row = table.loc[("CHL", "full")]
    assert row["others_value"] == pytest.approx(10 / 16)
    assert (row["others_n_pairs"], row["others_n_users"]) == (16, 4)


def test_an_interval_holds_its_value_and_where_users_do_not_differ_it_is_that_of_so_many_users(table):
    assert table["all_low"].notna().all()
    assert (table["all_low"] <= table["all_value"] + 1e-12).all()
    assert (table["all_value"] <= table["all_high"] + 1e-12).all()
    # Both users of CHL have half of the global model's pairs right: 1 of 2, Clopper-Pearson.
    row = table.loc[("CHL", "global")]
    assert (row["all_low"], row["all_high"]) == pytest.approx((0.0126, 0.9874), abs=1e-4)


def test_with_two_users_a_change_has_an_interval_and_no_p(table):
    row = table.loc[("CHL", "full")]
    assert np.isnan([row["gain_p"], row["gain_holm"]]).all() and row["gain_low"] < row["gain_value"] < row["gain_high"]
    assert row["too_few_users"]


def test_the_excess_is_the_recovered_share_less_what_flips_of_the_same_pairs_recover(scored, table):
    # full CHL flips (seed 0) the 3rd pair and (seed 1) the 3rd and 4th; four pairs are wrong, each flip counts
    # 1 - its chance of being wrong.
    gap = scored.test_pairs.loc[scored.test_pairs["country"] == "CHL", "gap"].to_numpy()
    chance = chance_of_wrong(gap)
    by_hand = (2 * (1 - chance[2]) + (1 - chance[3])) / 2 / 4
    row = table.loc[("CHL", "full")]
    assert row["excess_value"] == pytest.approx(by_hand)
    assert row["blind_value"] == pytest.approx(3 / 8 - by_hand)
    still = table.loc[("CHL", "global")]
    assert (still["excess_value"], still["excess_low"], still["excess_high"], still["blind_value"]) == (0, 0, 0, 0)


def test_the_front_holds_what_no_setting_of_the_same_country_beats(table):
    # (true, all): full (3/8, 11/16) and filter (1, 1/2) do not beat each other; weight (0, 1/2) is beaten by both.
    assert table.loc[("CHL", "full"), "on_frontier"] and table.loc[("CHL", "filter"), "on_frontier"]
    assert not table.loc[("CHL", "weight"), "on_frontier"]
    assert not table.loc[("CHL", "global"), "on_frontier"]


@pytest.mark.parametrize(
    ("rule", "eps", "chosen"),
    [("max_all_country", 0.01, "full"), ("max_true_country", 0.01, "full"), ("max_true_country", 0.2, "filter")],
)
def test_the_rule_chooses_one_setting_per_country(scored, rule, eps, chosen):
    table = setting_table(scored, finished_runs(scored), CONFIG, rule=rule, eps=eps)
    mine = table[table["country"] == "CHL"]
    assert mine.loc[mine["chosen"], "method"].tolist() == [chosen]


def test_the_mean_row_weighs_countries_equally_and_an_odd_run_has_none(table):
    row = table.loc[(MEAN, "full")]
    assert row["all_value"] == pytest.approx((11 / 16 + 7 / 8) / 2)
    assert row["gain_value"] == pytest.approx((3 / 16 + 3 / 8) / 2)
    assert (MEAN, "filter") not in table.index  # ZAF has no filter run
    assert row["seeds"] == [0, 1] and row["n_seeds"] == 1  # ZAF has one seed only
    assert (row["name"], row["n_countries"], row["n_countries_shown"]) == ("Mean over 2 countries", 2, 2)


def test_means_are_over_the_countries_that_settings_share_while_a_study_runs():
    done = {"full": "ABCDEFG", "filter": "ABCDE", "weight": "ABCDE", "odd": "G"}
    assert shared_countries(done.values(), "ABCDEFG") == list("ABCDE")
    assert shared_countries([*done.values(), "ABCDEF", "BCDEF"], "ABCDEFG") == list("BCDE")
    assert shared_countries([], "AB") == ["A", "B"]


def test_only_the_asked_countries_are_shown_and_averaged(scored):
    table = setting_table(scored, finished_runs(scored), CONFIG, countries=["CHL"])
    assert set(table["country"]) == {"CHL"}


def test_the_mean_alone_is_the_same_as_beside_its_countries(scored):
    runs = finished_runs(scored)
    whole, mean = (pd.DataFrame(setting_rows(scored, runs, CONFIG, only_mean=only)) for only in (False, True))
    beside = whole[whole["country"] == MEAN].reset_index(drop=True)
    tested = ["gain_holm", "n_family"]  # a slider tests nothing
    pd.testing.assert_frame_equal(mean.drop(columns=tested), beside.drop(columns=tested))
    assert mean[tested].isna().all(axis=None)
    single = setting_rows(scored, runs, CONFIG, countries=["CHL"], only_mean=True)
    assert {row["country"] for row in single} == {"CHL"}  # one country has no mean


def test_no_selection_changes_a_verdict():
    scored, runs = crowd()
    every, three = (
        setting_table(scored, runs, CONFIG, countries=countries).set_index(["country", "method"])
        for countries in (None, ["AUS", "CHL", "MEX"])
    )
    assert {country for country, _ in three.index} == {"AUS", "CHL", "MEX", MEAN}
    same = ["gain_value", "gain_p", "gain_holm", "n_family", "gain_visible", "excess_value", "excess_low"]
    home = three[three.index.get_level_values("country") != MEAN]
    pd.testing.assert_frame_equal(home[same], every.loc[home.index, same])
    assert every.loc[("AUS", "scpo"), "n_family"] == 4 and np.isnan(every.loc[("MEX", "scpo"), "gain_holm"])
    # The mean over all five has the verdict; one over chosen countries has a number and none.
    assert np.isnan(three.loc[(MEAN, "scpo"), "gain_holm"]) and not np.isnan(three.loc[(MEAN, "scpo"), "gain_p"])
    assert every.loc[(MEAN, "scpo"), "gain_holm"] == every.loc[(MEAN, "scpo"), "gain_p"]
    assert three.loc[(MEAN, "scpo"), "n_family"] == 5 and three.loc[(MEAN, "scpo"), "name"] == "Mean over 3 countries"


def test_the_table_and_the_matrix_say_the_same_of_a_home_cell():
    scored, runs = crowd()
    table = setting_table(scored, runs, CONFIG).set_index(["country", "method"])
    cells = bias_table(scored, runs, CONFIG)
    home = cells[cells["trained_for"] == cells["tested_on"]].set_index(["trained_for", "method"])
    assert len(home) == 10 and home["holm"].notna().sum() == 8
    for place, cell in home.iterrows():
        assert table.loc[place, "gain_holm"] == pytest.approx(cell["holm"], nan_ok=True)


def test_the_mean_holds_the_variance_between_seeds():
    scored, runs = crowd()
    one_seed = [run for run in runs if run.config.seed == 0]
    both, one = (
        setting_table(scored, some, CONFIG).set_index(["country", "method"]).loc[(MEAN, "scpo")]
        for some in (runs, one_seed)
    )
    assert (both["n_seeds"], one["n_seeds"]) == (2, 1)
    models = [model for model in group_runs(runs) if model.objective.method == "scpo"]
    evaluation = scored.evaluation(CONFIG)
    parts = [evaluation.accuracy(model.gap, model.trained_for) for model in models]
    each = [evaluation.each_run(model.gap, model.trained_for) for model in models]
    with_seeds = estimate(mean_over_countries(parts, seeds=each), level=0.95)
    without = estimate(mean_over_countries(parts), level=0.95)
    assert (both["all_low"], both["all_high"]) == pytest.approx((with_seeds.low, with_seeds.high))
    assert with_seeds.high - with_seeds.low > without.high - without.low


def test_without_runs_the_asked_countries_have_their_global_row(scored):
    table = setting_table(scored, [], CONFIG, countries=["CHL"])
    assert table[["country", "method", "all_value"]].to_numpy().tolist() == [["CHL", "global", 0.5]]
    assert setting_table(scored, [], CONFIG).empty


def test_runs_that_differ_in_the_seed_only_are_one_setting_also_under_another_name_of_the_model(scored):
    runs = finished_runs(scored)
    renamed = [
        SimpleNamespace(**{**vars(run), "config": run.config.model_copy(update={"model": "path/to/rm"})})
        if run.config.seed == 1
        else run
        for run in runs
    ]
    settings = [(model.trained_for, model.objective.method, len(model.runs)) for model in group_runs(renamed)]
    assert settings == [("CHL", "filter", 1), ("CHL", "full", 2), ("CHL", "weight", 1), ("ZAF", "full", 1)]


def test_two_trainings_of_one_objective_are_two_settings_and_a_mean_of_neither_mixes_them(scored):
    runs = finished_runs(scored)
    longer = [
        SimpleNamespace(
            **{
                **vars(run),
                "run_id": run.run_id + "x",
                "gap": -run.gap,
                "config": run.config.model_copy(
                    update={"training": run.config.training.model_copy(update={"steps": 99})}
                ),
            }
        )
        for run in runs
        if run.config.objective.method == "full"
    ]
    table = setting_table(scored, [*runs, *longer], CONFIG)
    values = sorted(table.loc[(table["country"] == MEAN) & (table["method"] == "full"), "all_value"])
    right = (11 / 16 + 7 / 8) / 2
    assert values == pytest.approx([1 - right, right])


def test_the_verdict_on_over_steering_stands_for_every_setting_and_is_open_with_two_users(scored):
    found = over_steering_table(scored, finished_runs(scored), CONFIG)
    assert found["country"].tolist() == ["CHL", "CHL", "CHL", "ZAF"]
    assert found["over_p"].isna().all() and not found["over_steering"].any()
    # filter CHL flips all eight pairs, full the 3rd and half of the 4th.
    change = found["excess_full_value"].iloc[0]
    table = setting_table(scored, finished_runs(scored), CONFIG).set_index(["country", "method"])["excess_value"]
    assert change == pytest.approx(table[("CHL", "filter")] - table[("CHL", "full")])


def test_the_bias_table_has_every_trained_country_on_every_tested_one(scored):
    table = bias_table(scored, finished_runs(scored), CONFIG)
    assert len(table) == 4 * 3
    found = table.set_index(["trained_for", "method", "tested_on"])["diff_value"]
    assert found[("CHL", "full", "CHL")] == pytest.approx(11 / 16 - 1 / 2)
    assert found[("CHL", "full", "ZAF")] == pytest.approx(0)
    assert found[("CHL", "full", "NZL")] == pytest.approx(6 / 8 - 1)  # NZL pays
    assert (table["n_pairs"] == 8).all() and (table["n_users"] == 2).all()


def test_the_country_table_counts_people_pairs_and_disagreement(scored):
    table = country_table(scored, CONFIG).set_index("country")
    assert table.loc["CHL", ["train_users", "test_users", "train_pairs", "test_pairs"]].tolist() == [1, 2, 4, 8]
    assert table.loc["ZAF", "name"] == "South Africa"
    assert table["value"].to_dict() == {"CHL": 0.5, "NZL": 1.0, "ZAF": 0.5}
    assert table["disagree_value"].to_dict() == {"CHL": 0.5, "NZL": 0.0, "ZAF": 0.5}


def test_pairs_without_a_country_and_of_training_users_are_no_test_pairs(scored):
    assert len(scored.pairs) == 3 * 12 + 4
    assert len(scored.test_pairs) == 24 == sum(len(pattern.replace(" ", "")) for pattern in PATTERNS["global"].values())


def test_the_way_to_the_global_model_counts_all_pairs_of_a_community(scored):
    table = to_global_table(scored, list(COUNTRIES), CONFIG).set_index("country")
    # Four training pairs per community have a small positive gap; CHL and ZAF have 4 of 8 test pairs with gap < 0.
    assert table["value"].to_dict() == {"CHL": 4 / 12, "NZL": 0.0, "ZAF": 4 / 12}
    assert (table["n_pairs"] == 12).all() and (table["n_users"] == 3).all() and table["too_few_users"].all()
    own = scored.pairs[scored.pairs["country"] == "CHL"]
    bins = table.loc["CHL", [f"bin_{i}" for i in range(BINS)]].to_numpy(dtype=float)
    assert bins.sum() == pytest.approx(1) and bins[: BINS // 2].sum() == pytest.approx(4 / 12)
    assert table.loc["CHL", "median"] == own["p_glo"].median() and table.loc["ZAF", "name"] == "South Africa"


TABLES = {
    "settings": (
        lambda scored, config: setting_table(scored, finished_runs(scored), config),
        ("all_", "true_", "others_", "gain_"),
    ),
    "communities": (country_table, ("", "disagree_")),
    "bias": (lambda scored, config: bias_table(scored, finished_runs(scored), config), ("diff_",)),
    "to global": (lambda scored, config: to_global_table(scored, list(COUNTRIES), config), ("",)),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_ends_of_the_thick_bar_are_those_of_the_same_table_asked_at_80_percent(scored, name):
    build, prefixes = TABLES[name]
    wide, narrow = (build(scored, EvaluationConfig(resamples=400, level=level)) for level in (0.95, 0.8))
    for prefix in prefixes:
        for end in ("low", "high"):
            inner, asked = wide[f"{prefix}inner_{end}"].to_numpy(), narrow[f"{prefix}{end}"].to_numpy()
            assert np.isfinite(inner).any() and np.array_equal(inner, asked, equal_nan=True)
        width = wide[f"{prefix}high"] - wide[f"{prefix}low"]
        assert (width - (wide[f"{prefix}inner_high"] - wide[f"{prefix}inner_low"]) > -1e-12)[width.notna()].all()


def study_of(runs, *, seeds=(0, 1), countries=("AUS", "CHL", "MEX", "NZL", "ZAF")) -> StudyRecord:
    """The study that asks for the settings `full` and `scpo` of some runs."""
    config = runs[0].config
    return StudyRecord(
        name="s", dataset="hand", dataset_key=config.dataset_key, model="rm", model_key=config.model_key,
        plan=StudyPlan(methods=("full", "scpo"), seeds=seeds), countries=list(countries),
        training=config.training, runs=[], created_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


def test_the_study_says_how_many_seeds_and_countries_are_to_come_and_an_odd_run_is_complete():
    scored, runs = crowd()
    early = [run for run in runs if run.config.seed == 0 and run.config.country in ("AUS", "CHL", "NZL")]
    objective = ObjectiveConfig(method="filter", tau=0.5)
    odd = [FinishedRun("odd", early[0].config.model_copy(update={"objective": objective}), 4, 3, early[0].gap)]
    table = setting_table(scored, [*early, *odd], CONFIG, studies=[study_of(runs)])
    by_place = table.set_index(["country", "method"])
    assert set(by_place.loc["AUS", "seeds_expected"].to_dict().items()) == {
        ("global", 0), ("full", 2), ("scpo", 2), ("filter", 1),
    }  # fmt: skip
    mean = by_place.loc[(MEAN, "scpo")]
    assert (mean["name"], mean["n_countries"], mean["n_countries_shown"]) == ("Mean over 3 of 5 countries", 3, 5)
    assert (MEAN, "filter") not in by_place.index
    two = setting_table(scored, early, CONFIG, countries=["AUS", "CHL"], studies=[study_of(runs)])
    assert two.loc[two["country"] == MEAN, "name"].unique().tolist() == ["Mean over 2 countries"]


def test_a_study_of_another_training_asks_for_nothing_here():
    scored, runs = crowd()
    other = study_of(runs).model_copy(update={"training": runs[0].config.training.model_copy(update={"steps": 99})})
    table = setting_table(scored, runs, CONFIG, studies=[other])
    assert set(table.loc[table["method"] != "global", "seeds_expected"]) == {2}
