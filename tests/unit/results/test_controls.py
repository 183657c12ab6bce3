"""Controls: hand-counted where nothing is fitted, simulated truths where something is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hand.scored import _gap as gap_of
from hand.scored import finished_runs, hand_scored

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.results import (
    MEAN,
    Previewer,
    PreviewError,
    control_points,
    control_rows,
    measured_controls,
    over_steering_table,
)
from scpo.results import setting_table as measured_table
from scpo.results.choice import setting_choices
from scpo.results.frontier import mark_choice
from scpo.results.frontier_document import frontier_document
from scpo.store.calibrations import AgreementRecord
from scpo.store.scored import FinishedRun, Scored

CONFIG = EvaluationConfig(resamples=200)
DIMENSIONS = 12


def with_words(scored, counts):
    """Have every response of a test pair be so many words; all others have one."""
    words = np.ones(len(scored.utterances), dtype=int)
    test = scored.test_pairs
    for side, numbers in zip(("chosen", "rejected"), counts, strict=True):
        words[test[side].to_numpy()] = numbers
    responses = pd.DataFrame({"response": [" ".join(["word"] * n) for n in words]})
    return Scored(replace(scored.dataset, utterances=responses), scored.scores)


def simulated(countries, *, n_users=24, n_pairs=16, seed=0, same=False):
    """Build a data set with features: a global head, a taste of each country's own, half of the users are for tests.

    With `same`, all countries have the same users and pairs, under other names.
    """
    rng = np.random.default_rng(seed)
    head = rng.normal(size=DIMENSIONS)
    people, parts, drawn = [], [], None
    for country in countries:
        if drawn is None or not same:
            taste = head + 1.2 * rng.normal(size=DIMENSIONS)
            d = rng.normal(size=(n_users * n_pairs, DIMENSIONS))
            drawn = np.where(d @ taste + rng.logistic(size=len(d)) > 0, 1, -1)[:, None] * d
        parts.append(drawn)
        people += [(f"{country}-{i}", country, "test" if i % 2 else "train") for i in range(n_users)]
    differences = np.concatenate(parts).astype(np.float32)
    n = len(differences)
    users = pd.DataFrame(people, columns=["user_id", "country", "split"]).astype({"country": "str"})
    pairs = users.loc[np.repeat(np.arange(len(users)), n_pairs)].reset_index(drop=True)
    pairs = pairs.assign(
        pair_id=[f"p{i}" for i in range(n)],
        interaction_id=[f"i{i}" for i in range(n)],
        chosen=np.arange(0, 2 * n, 2, dtype=np.int32),
        rejected=np.arange(1, 2 * n, 2, dtype=np.int32),
        margin=np.nan,
    )
    features = np.zeros((2 * n, DIMENSIONS), dtype=np.float32)
    features[::2] = differences
    base = hand_scored()
    scores = replace(
        base.scores, reward=(features @ head).astype(np.float32), features=features, head_weight=head.astype(np.float32)
    )
    utterances = pd.DataFrame({"response": ["one"] * (2 * n)})
    return Scored(replace(base.dataset, users=users, utterances=utterances, pairs=pairs), scores)


def previewed(previewer, countries, *methods):
    """Return previews in the place of finished runs."""
    return previewer.runs({c: [ObjectiveConfig(method=m) for m in methods] for c in countries}, ridge=2.0)


@pytest.fixture(scope="module")
def hand():
    scored = hand_scored()
    n = len(scored.test_pairs)
    # CHL: the chosen response has more words on 1st, 3rd, 4th; as many on the 2nd; fewer on the others.
    longer = np.full(n, 1)
    longer[[0, 2, 3]] = 3
    return with_words(scored, (longer, np.where(np.arange(n) == 1, 1, 2)))


@pytest.fixture(scope="module")
def rows(hand):
    controls = measured_controls(Previewer(hand, CONFIG), finished_runs(hand), ridge=1.0)
    return pd.DataFrame(control_rows(controls, hand, level=0.95)).set_index(["country", "method"])


def test_the_longer_response_is_counted_and_a_tie_is_wrong(rows):
    # CHL global "++-- ++--": right by length are the 1st, 3rd and 4th of 8; 2 of the 4 that the global model has wrong.
    row = rows.loc[("CHL", "length")]
    assert (row["all_value"], row["true_value"]) == (3 / 8, 2 / 4)
    assert (row["n_ties"], row["all_n_pairs"], row["n_models"]) == (1, 8, 0)
    assert row["gain_value"] == pytest.approx(3 / 8 - 1 / 2)
    assert row["excess_value"] + row["blind_value"] == pytest.approx(1 / 2)
    assert not row["preview"] and row["control"] and row["origin"] == "measured"


def test_other_countries_models_are_measured_here(rows, hand):
    # On CHL the model of ZAF "++-- ++--": 4 of 8, 0 of 4. On ZAF both seeds of CHL "+++- ---+": 4 of 8.
    assert (rows.loc[("CHL", "transfer"), "all_value"], rows.loc[("CHL", "transfer"), "true_value"]) == (0.5, 0.0)
    assert rows.loc[("ZAF", "transfer"), "all_value"] == 0.5
    assert rows.loc[("CHL", "transfer"), "based_on"] == "full"  # scpo was not run
    of_zaf = [run.run_id for run in finished_runs(hand) if run.config.country == "CHL"][:2]
    assert sorted(rows.loc[("ZAF", "transfer"), "runs"]) == sorted(of_zaf)
    assert ("NZL", "transfer") not in rows.index and ("NZL", "length") not in rows.index  # no runs, not shown


def test_what_was_fitted_for_some_runs_is_not_fitted_again_for_more(hand, rows, monkeypatch):
    previewer, runs = Previewer(hand, CONFIG), finished_runs(hand)
    measured_controls(previewer, runs, ridge=1.0)
    for name in ("_shuffled_heads", "_pooled_head"):
        monkeypatch.setattr(f"scpo.results.controls.{name}", lambda *_: pytest.fail("fitted again"))
    again = pd.DataFrame(control_rows(measured_controls(previewer, runs, ridge=1.0), hand, level=0.95))
    pd.testing.assert_frame_equal(again.set_index(["country", "method"]), rows)
    with pytest.raises(pytest.fail.Exception, match="fitted again"):
        measured_controls(previewer, runs, ridge=2.0)


def test_the_mean_weighs_countries_equally_and_nothing_is_in_a_family(rows):
    mine = rows.loc[(["CHL", "ZAF"], "length"), "all_value"]
    assert rows.loc[(MEAN, "length"), "all_value"] == pytest.approx(mine.mean())
    assert rows.loc[(MEAN, "length"), "name"] == "Mean over 2 countries"
    assert rows["gain_holm"].isna().all() and not rows["chosen"].any() and not rows["on_frontier"].any()


def test_what_is_selected_changes_no_number(hand, rows):
    controls = measured_controls(Previewer(hand, CONFIG), finished_runs(hand), ridge=1.0)
    alone = pd.DataFrame(control_rows(controls, hand, level=0.95, countries=["CHL"])).set_index(["country", "method"])
    assert set(alone.index.get_level_values("country")) == {"CHL"}
    numbers = ["all_value", "true_value", "excess_value", "gain_low"]
    np.testing.assert_array_equal(alone[numbers], rows.loc[alone.index, numbers])


def test_the_asked_setting_is_followed(hand):
    filtered = [
        replace(run, config=run.config.model_copy(update={"country": "ZAF"}))
        for run in finished_runs(hand)
        if run.config.objective.method == "filter"
    ]
    controls = measured_controls(
        Previewer(hand, CONFIG),
        [*finished_runs(hand), *filtered],
        ridge=1.0,
        setting=ObjectiveConfig(method="filter"),
    )
    found = {one.country: one for one in controls if one.method == "transfer"}
    assert found["CHL"].setting.method == found["ZAF"].setting.method == "filter"
    assert next(one for one in controls if one.method == "shuffled").setting.tau == 0.7


def test_one_country_alone_has_neither_a_pool_nor_a_neighbour(hand):
    alone = [run for run in finished_runs(hand) if run.config.country == "CHL"]
    controls = measured_controls(Previewer(hand, CONFIG), alone, ridge=1.0)
    assert [(one.method, one.country) for one in controls] == [("shuffled", "CHL"), ("length", "CHL")]
    assert measured_controls(Previewer(hand, CONFIG), [], ridge=1.0) == []


def test_points_say_what_rows_say(hand, rows):
    controls = measured_controls(Previewer(hand, CONFIG), finished_runs(hand), ridge=1.0)
    points = control_points(controls, level=0.95, countries=["CHL"])
    assert {point["country"] for point in points} == {"CHL"}
    for point in points:
        row = rows.loc[("CHL", point["method"])]
        assert point["all_country"]["value"] == row["all_value"] and point["preview"] == row["preview"]
        assert point["control"] is True and point["run"] is None and point["n_models"] == row["n_models"]


def test_what_is_fitted_contains_the_error_of_previews_and_what_is_only_measured_does_not(hand):
    controls = measured_controls(Previewer(hand, CONFIG), finished_runs(hand), ridge=1.0)
    unknown = dict.fromkeys(AgreementRecord.model_fields)
    counts = {name: 9 for name in unknown if name.startswith("n_")}
    error = AgreementRecord(**{**unknown, **counts, "error": 0.3, "own_error": 0.3})
    wider = pd.DataFrame(control_rows(controls, hand, level=0.95, preview_error=PreviewError(all_country=error)))
    plain = pd.DataFrame(control_rows(controls, hand, level=0.95))
    grown = (wider["all_high"] - wider["all_low"]) > (plain["all_high"] - plain["all_low"]) + 1e-9
    assert (grown == wider["preview"]).all() and wider["preview"].any()


def test_pooled_of_two_identical_countries_is_full_on_the_union():
    scored = simulated(("AAA", "BBB"), same=True)
    previewer = Previewer(scored, CONFIG)
    controls = measured_controls(previewer, previewed(previewer, ("AAA", "BBB"), "full"), ridge=2.0)
    together = scored.dataset.pairs.assign(country="AAA")
    union = Previewer(Scored(replace(scored.dataset, pairs=together), scored.scores), CONFIG)
    (whole,) = previewed(union, ("AAA",), "full")
    for one in controls:
        if one.method == "pooled":
            expected = previewer.ruler.measure(whole.gap, one.country, others=False)
            assert one.numbers.everything.value == expected.everything.value
            assert one.numbers.recovered.value == expected.recovered.value > 0
            assert one.numbers.excess.value == pytest.approx(expected.excess.value)
    assert [one.country for one in controls if one.method == "pooled"] == ["AAA", "BBB"]


def test_shuffled_labels_recover_something_and_their_excess_is_about_zero():
    countries = ("AAA", "BBB", "CCC", "DDD")
    excess, blind, known = [], [], []
    for seed in range(3):
        scored = simulated(countries, n_users=40, seed=seed)
        previewer = Previewer(scored, CONFIG)
        runs = previewed(previewer, countries, "scpo")
        controls = measured_controls(previewer, runs, ridge=2.0)
        table = pd.DataFrame(control_rows(controls, scored, level=0.95))
        mean = table[(table["country"] == MEAN) & (table["method"] == "shuffled")].iloc[0]
        excess.append(mean["excess_value"])
        blind.append(mean["true_value"])
        settings = measured_table(scored, runs, CONFIG)
        scpo = settings[(settings["country"] == MEAN) & (settings["method"] == "scpo")]["excess_value"]
        known.append(scpo.item())
    assert np.mean(blind) > 0.1
    assert abs(np.mean(excess)) < 0.03
    assert np.mean(known) > 0.1


def test_where_shuffled_was_finetuned_no_preview_stands_beside_it():
    countries = ("AAA", "BBB", "CCC")
    previewer = Previewer(simulated(countries), CONFIG)
    runs = [*previewed(previewer, countries, "scpo"), *previewed(previewer, ("AAA",), "shuffled")]
    controls = measured_controls(previewer, runs, ridge=2.0)
    assert [one.country for one in controls if one.method == "shuffled"] == ["BBB", "CCC"]


def test_a_control_is_neither_chosen_nor_on_the_front_nor_judged():
    scored = hand_scored()
    best = {"CHL": "++++ ++++", "NZL": "++++ ++++", "ZAF": "++++ ++++"}
    (first, *_) = runs = finished_runs(scored)
    config = first.config.model_copy(update={"objective": ObjectiveConfig(method="random")})
    runs = [*runs, FinishedRun(config.run_id, config, 4, 3, gap_of(best))]
    table = measured_table(scored, runs, CONFIG)
    mine = table[table["country"] == "CHL"].set_index("method")
    assert mine.loc["random", "all_value"] == 1 and mine.loc["random", "control"]
    assert not mine.loc["random", "chosen"] and not mine.loc["random", "on_frontier"]
    assert mine.loc["full", "chosen"] and not mine.loc["full", "control"]
    judged = over_steering_table(scored, runs, CONFIG)["runs"]
    assert [config.run_id] not in judged.tolist() and len(judged) == 4
    choices = setting_choices(scored, runs, CONFIG)
    assert config.run_id not in {run for one in choices.values() for mine in one.runs for run in mine}
    document = frontier_document(scored, runs, CONFIG)
    (point,) = [point for point in document["points"] if point["run"] == config.run_id]
    assert point["control"] and not point["on_frontier"] and point["front_frequency"] is None
    assert document["chosen"]["CHL"]["method"] == "full"
    only = mark_choice(table[table["method"].isin(["global", "random"])], rule="knee", eps=0.01)
    assert not only["chosen"].any()
