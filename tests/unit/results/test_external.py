"""Models from elsewhere among the settings of a study: counted by hand, and deciding nothing."""

import numpy as np
import pytest
from hand.scored import _gap as gap_of
from hand.scored import crowd, finished_runs, hand_scored

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.evaluation import CountryModel
from scpo.methods import known_method
from scpo.results import MEAN, bias_table, over_steering_table, setting_table, steering_points
from scpo.results.bias import bias_document
from scpo.results.external import OBJECTIVE
from scpo.results.frontier_document import frontier_document

CONFIG = EvaluationConfig(resamples=100)
PERFECT = {"CHL": "++++ ++++", "NZL": "++++ ---+", "ZAF": "+++- ---+"}


def elsewhere(country, gap, name="theirs"):
    return CountryModel(country, OBJECTIVE, (f"external:{name}-{country}",), np.atleast_2d(gap), external=name)


def test_it_is_counted_on_the_same_pairs_and_is_never_on_the_front_or_chosen():
    scored = hand_scored()
    table = setting_table(scored, finished_runs(scored), CONFIG, externals=[elsewhere("CHL", gap_of(PERFECT))])
    (row,) = table[table["external"].notna()].to_dict("records")
    # All of Chile's 8 pairs and all 4 the global model has wrong; of New Zealand's 8 it has 5, of South Africa's 4.
    assert (row["country"], row["method"], row["external"]) == ("CHL", "external", "theirs")
    assert (row["all_value"], row["true_value"], row["others_value"]) == (1.0, 1.0, 9 / 16)
    assert row["gain_value"] == 1 / 2 and row["runs"] == ["external:theirs-CHL"]
    assert np.isnan([row[name] for name in ("tau", "beta", "n_seeds", "seeds_expected", "n_train", "n_kept")]).all()
    assert not row["on_frontier"] and not row["chosen"] and not row["control"]
    with_it, without = (
        setting_table(scored, finished_runs(scored), CONFIG, externals=more)
        for more in ((), (elsewhere("CHL", gap_of(PERFECT)),))
    )
    ours = without[without["external"].isna()].reset_index(drop=True)
    assert ours[["country", "method", "on_frontier", "chosen", "gain_holm"]].equals(
        with_it[["country", "method", "on_frontier", "chosen", "gain_holm"]]
    )


def test_one_country_s_model_takes_no_mean_away_and_one_of_every_country_has_a_mean_of_its_own():
    scored, runs = crowd()
    gap = scored.test_pairs["gap"].to_numpy()
    countries = ["AUS", "CHL", "MEX", "NZL", "ZAF"]
    table = setting_table(scored, runs, CONFIG, externals=[elsewhere("CHL", -gap)])
    means = table[table["country"] == MEAN]
    assert set(means["method"]) == {"global", "full", "scpo"} and (means["n_countries"] == 5).all()
    table = setting_table(scored, runs, CONFIG, externals=[elsewhere(country, -gap) for country in countries])
    (mean,) = table[(table["country"] == MEAN) & table["external"].notna()].to_dict("records")
    single = table[(table["country"] != MEAN) & table["external"].notna()]
    assert mean["all_value"] == pytest.approx(single["all_value"].mean()) and mean["true_value"] == 1.0
    assert sorted(mean["runs"]) == [f"external:theirs-{country}" for country in countries]


def test_it_is_no_worst_group_and_has_no_verdict_on_over_steering():
    scored, runs = crowd()
    turned = elsewhere("CHL", -scored.test_pairs["gap"].to_numpy())
    document = bias_document(scored, runs, CONFIG, externals=[turned])
    assert document["rows"] == bias_document(scored, runs, CONFIG)["rows"]
    worst = min(row["difference"]["value"] for row in document["external"])
    assert worst < document["worst_group"]["difference"]["value"] < 0
    steering = over_steering_table(scored, runs, CONFIG, externals=[turned])
    plain = over_steering_table(scored, runs, CONFIG)
    assert steering["over_holm"].iloc[:-1].equals(plain["over_holm"]) and np.isnan(steering["over_holm"].iloc[-1])
    points = steering_points(setting_table(scored, runs, CONFIG, externals=[turned]), steering)
    assert len(points) == len(steering) and points["external"].notna().sum() == 1


def test_two_models_of_one_country_are_two_settings():
    scored, runs = crowd()
    gap = scored.test_pairs["gap"].to_numpy()
    two = [elsewhere("CHL", gap, "one"), elsewhere("CHL", -gap, "other")]
    cells = bias_table(scored, runs, CONFIG, externals=two)
    assert cells[cells["external"].notna()].groupby("external").size().to_dict() == {"one": 5, "other": 5}
    points = frontier_document(scored, runs, CONFIG, externals=two)["external"]
    assert [(point["setting"], point["gain"]["value"]) for point in points[:1]] == [("one", 0.0)]
    assert points[1]["true_country"]["value"] == 1.0


def test_a_study_of_nothing_but_models_from_elsewhere_is_shown():
    scored, _ = crowd()
    gap = scored.test_pairs["gap"].to_numpy()
    table = setting_table(scored, [], CONFIG, externals=[elsewhere("CHL", -gap), elsewhere("ZAF", -gap)])
    assert set(table["country"]) == {"CHL", "ZAF", MEAN} and not table["chosen"].any()


def test_nobody_can_ask_for_a_finetune_of_it():
    with pytest.raises(InputError, match="scpo model add"):
        known_method("external")
