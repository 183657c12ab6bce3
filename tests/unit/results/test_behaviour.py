"""What would change: tables and document on turns written by hand, and on the sample, whose truth is known."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hand.turns import responses, run_of, scored_turns

from scpo.config import EvaluationConfig
from scpo.data.sources.sample.generate import generate_sample
from scpo.errors import InputError
from scpo.results import MEAN, group_runs
from scpo.results.behaviour import (
    B,
    behaviour_document,
    behaviour_table,
    changed_turns,
    communities,
    curve_table,
    read_turn,
    writer_table,
)

CONFIG = EvaluationConfig()

ROWS = [
    ("i1", "a", "one", 90, "x"), ("i1", "a", "one two", 60, "y"), ("i1", "a", "one two three", 30, "z"),
    ("i2", "a", "yes", 80, "x"), ("i2", "a", "no no", 20, "y"),
    ("i3", "b", "left", 50, "x"), ("i3", "b", "right right", 50, "y"), ("i3", "b", "up", 10, "z"),
    ("i4", "b", "same", 40, "x"), ("i4", "b", "same", 40, "y"),
    ("i5", "c", "far", 70, "x"), ("i5", "c", "near by", 30, "y"),
]  # fmt: skip
GLOBAL = [1, 3, 2, 5, 1, 9, 8, 7, 0, 0, 2, 1]
TUNED = [3, 1, 2, 1, 5, 1, 2, 9, 0, 0, 2, 1]
COUNTRY = {"a": "CHL", "b": "CHL", "c": "NZL"}


@pytest.fixture(scope="module")
def scored():
    return scored_turns(responses(ROWS), COUNTRY, np.array(GLOBAL))


@pytest.fixture(scope="module")
def runs(scored):
    return [
        run_of(scored, "CHL", TUNED),
        run_of(scored, "CHL", GLOBAL, seed=1),
        run_of(scored, "NZL", -np.array(TUNED)),
        run_of(scored, "NZL", -np.array(TUNED), seed=1),
    ]


def row(table, country, method):
    (found,) = table[(table["country"] == country) & (table["method"] == method)].to_dict("records")
    return found


def test_the_picks_of_a_community_are_those_counted_by_hand(scored, runs):
    table = behaviour_table(scored, runs, CONFIG)
    before, after = row(table, "CHL", "global"), row(table, "CHL", "scpo")
    # Global picks: "one two" (1/2), "yes" (1), "left" (3/4: above one, equal to one); i4 has no preference.
    assert (before["n_turns"], before["n_users"], before["picked_value"]) == (3, 2, pytest.approx(2.25 / 3))
    assert before["best_value"] == pytest.approx((1 + 1 + 0.75) / 3)
    # The first seed picks "one" (1), "no no" (0), "up" (0); the second is the global model again.
    assert after["picked_value"] == pytest.approx((1 / 3 + 2.25 / 3) / 2)
    assert (after["changed_value"], after["gain_value"]) == (0.5, pytest.approx((1 / 3 - 2.25 / 3) / 2))
    assert after["over_random_value"] == pytest.approx(after["picked_value"] - 0.5)
    assert after["below_best_value"] == pytest.approx(after["picked_value"] - after["best_value"])
    assert before["score_value"] == pytest.approx((60 + 80 + 50) / 300)
    assert after["score_gain_value"] == pytest.approx(((90 + 20 + 10) - (60 + 80 + 50)) / 2 / 300)
    assert before["score_random_value"] == pytest.approx((60 + 50 + 110 / 3) / 300)
    assert before["score_best_value"] == pytest.approx((90 + 80 + 50) / 300)
    assert (before["words_value"], after["words_gain_value"]) == (pytest.approx(4 / 3), pytest.approx(0))
    assert before["characters_value"] == pytest.approx((7 + 3 + 4) / 3)
    assert math.isnan(before["gain_value"]) and math.isnan(before["changed_value"])


def test_the_mean_weighs_communities_alike_and_few_users_have_no_p(scored, runs):
    table = behaviour_table(scored, runs, CONFIG)
    parts = [row(table, code, "scpo")["gain_value"] for code in ("CHL", "NZL")]
    mean = row(table, MEAN, "scpo")
    assert mean["gain_value"] == pytest.approx(np.mean(parts)) and mean["countries"] == ["CHL", "NZL"]
    assert table["too_few_users"].all() and table.loc[table["country"] != MEAN, "gain_holm"].isna().all()


def test_what_stands_in_no_pair_is_counted(scored):
    rows = [*ROWS, ("i1", "a", "one", 20, "w")]  # the same text as the best: no pair with it, but with the others
    found = communities(scored)
    assert found["CHL"].left_out == {"candidates": 0, "turns": 1} and found["NZL"].left_out["turns"] == 0
    tied = [("j", "a", "p", 50, "x"), ("j", "a", "q", 20, "y"), ("j", "a", "p", 20, "z")]  # z: equal text, equal score
    table = scored_turns(responses([*rows, *tied]), COUNTRY, np.arange(len(rows) + 3))
    assert communities(table)["CHL"].left_out == {"candidates": 1, "turns": 1}


def test_survey_answers_are_refused_with_a_sentence(scored, runs):
    survey = scored_turns(responses(ROWS), COUNTRY, np.array(GLOBAL), source="global-opinions")
    with pytest.raises(InputError, match="survey answers"):
        behaviour_table(survey, runs, CONFIG)


def test_without_scores_the_win_share_comes_from_the_preferences_and_scores_are_unknown(scored, runs):
    bare = scored_turns(responses(ROWS), COUNTRY, np.array(GLOBAL))
    bare.dataset.utterances["score"] = np.nan
    with_scores, without = (behaviour_table(one, runs, CONFIG) for one in (scored, bare))
    pd.testing.assert_series_equal(with_scores["picked_value"], without["picked_value"])
    assert without["score_value"].isna().all() and with_scores["score_value"].notna().all()


def test_curves_begin_at_random_and_end_at_the_pick(scored, runs):
    curves, table = curve_table(scored, runs, level=0.95), behaviour_table(scored, runs, CONFIG)
    for _, found in curves.groupby("curve"):
        about = (found["country"].iloc[0], found["method"].iloc[0])
        first, last = found.iloc[0], found.iloc[-1]
        assert found["b"].tolist() == list(B) and first["kl_value"] == 0 == first["reward_value"]
        assert (first["picked_value"], first["picked_low"], first["picked_high"]) == (0.5, 0.5, 0.5)
        expected = row(table, *about)
        for end in ("value", "low", "high"):
            np.testing.assert_allclose(last[f"picked_{end}"], expected[f"picked_{end}"], rtol=1e-12)
        assert (np.diff(found["kl_value"]) >= -1e-12).all() and (np.diff(found["reward_value"]) >= -1e-12).all()
        peak = found["picked_value"].max()
        assert found["fall_value"].iloc[0] == pytest.approx(last["picked_value"] - peak)


def test_changed_turns_are_those_of_most_runs_the_worst_first_with_their_texts(scored, runs):
    twice = [runs[0], run_of(scored, "CHL", TUNED, seed=1)]
    found = changed_turns(scored, group_runs(twice))
    assert found["interaction_id"].tolist() == ["i2", "i3", "i1"]
    assert found["gain"].tolist() == [-1.0, -0.75, 0.5] and found["agreeing"].tolist() == [2, 2, 2]
    prompt, before, after = read_turn(scored, found.iloc[0])
    assert (prompt, before.response, after.response) == ("prompt of i2", "yes", "no no")
    assert (before.writer, before.win, before.score, after.score) == ("x", 1.0, 0.8, 0.2)
    assert changed_turns(scored, group_runs(runs[:2])).empty  # one of two seeds is not most


def test_writers_are_ranked_by_all_judges_on_the_same_pairs(scored, runs):
    found = writer_table(scored, group_runs([runs[0]]), level=0.95)
    assert found["writer"].iloc[0] == "x" and found["n_pairs"].sum() == 2 * len(scored.country_pairs("CHL"))
    assert found["people_value"].is_monotonic_decreasing and found["people_rank_best"].isna().all()
    same = writer_table(scored, group_runs([run_of(scored, "CHL", GLOBAL)]), level=0.95)
    np.testing.assert_allclose(same["tuned_value"], same["global_value"])
    nameless = scored_turns(responses(ROWS, model_name=None), COUNTRY, np.array(GLOBAL))
    assert writer_table(nameless, group_runs([runs[0]]), level=0.95).empty


def test_the_document_is_json_without_nan_and_says_what_the_tables_say(scored, runs):
    document = behaviour_document(scored, runs, CONFIG, writers_of=group_runs(runs))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert set(document) == {"rows", "curves", "writers", "changed_turns", "turns"}
    (found,) = [one for one in document["rows"] if (one["country"], one["method"]) == ("CHL", "scpo")]
    assert found["picked"]["n_turns"] == 3 and found["picked"]["n_pairs"] is None and found["random"] == 0.5
    assert len(found["runs"]) == 2 and found["holm_p"] is None and found["gain"]["p"] is None
    (curve,) = [one for one in document["curves"] if (one["country"], one["method"]) == ("CHL", "scpo")]
    assert curve["points"][0]["b"] is None and curve["points"][-1]["b"] == 0
    chl = {"country": "CHL", "n_turns": 3, "n_candidates": {"2": 1, "3": 2}, "n_scored": 3}
    assert document["turns"][0] == chl | {"left_out": {"candidates": 0, "turns": 1}}
    assert behaviour_document(scored, [], CONFIG) == {key: [] for key in document}


@pytest.fixture(scope="module")
def sample():
    """The sample's people with the true utility of every response as the global model's reward."""
    tables = generate_sample(n_users=240, seed=3)
    truth = tables.truth
    levels = np.array(
        [[1] * len(truth["attributes"]) if one is None else list(map(int, one)) for one in truth["levels"]]
    )
    country = dict(zip(tables.users["user_id"], tables.users["country"], strict=True))
    weights = {c: np.array(truth["common_weights"]) + np.array(d) for c, d in truth["country_deviations"].items()}
    own = {c: (levels - 1) @ w for c, w in weights.items()}
    common = (levels - 1) @ np.array(truth["common_weights"])
    scored = scored_turns(tables.utterances, country, common)
    return scored, own


def test_on_the_sample_the_oracle_reaches_the_best_and_chance_the_random_pick(sample):
    scored, own = sample
    score = scored.utterances["score"].to_numpy()
    noise = np.random.default_rng(0).normal(size=score.size)
    runs = [run_of(scored, code, score, method="full") for code in own]
    runs += [run_of(scored, code, noise, method="filter") for code in own]
    table = behaviour_table(scored, runs, CONFIG)
    for code in own:
        oracle = row(table, code, "full")
        assert oracle["picked_value"] == pytest.approx(oracle["best_value"])
        assert oracle["score_value"] == pytest.approx(oracle["score_best_value"])
        assert oracle["below_best_value"] == pytest.approx(0)
    mean = row(table, MEAN, "filter")
    assert mean["over_random_low"] < 0 < mean["over_random_high"]
    assert mean["score_value"] == pytest.approx(mean["score_random_value"], abs=0.01)


def test_on_the_sample_the_measured_score_of_picks_is_that_of_counting_and_true_tastes_gain(sample):
    scored, own = sample
    runs = [run_of(scored, code, reward) for code, reward in own.items()]
    table = behaviour_table(scored, runs, CONFIG)
    code = "CHL"
    utterances = scored.utterances.assign(reward=own[code])
    paired = scored.country_pairs(code)["interaction_id"]
    totals = []
    for _, turn in utterances[utterances["interaction_id"].isin(paired)].groupby("interaction_id"):
        best = turn["reward"] >= turn["reward"].max() - 1e-6
        totals.append(turn.loc[best, "score"].mean() / 100)
    assert row(table, code, "scpo")["score_value"] == pytest.approx(np.mean(totals))
    mean = row(table, MEAN, "scpo")
    assert mean["gain_low"] > 0 and mean["over_random_low"] > 0


def test_on_the_sample_a_head_that_only_disagrees_is_liked_less_than_the_global_pick(sample):
    scored, own = sample
    common = scored.scores.reward
    runs = [run_of(scored, code, reward - 1.6 * common) for code, reward in own.items()]
    mean = row(behaviour_table(scored, runs, CONFIG), MEAN, "scpo")
    assert mean["gain_high"] < 0 and mean["gain_holm"] < 0.05


def test_the_family_is_all_communities_that_have_a_model_whatever_is_shown(sample):
    scored, own = sample
    runs = [run_of(scored, code, reward) for code, reward in own.items()]
    every, some = (behaviour_table(scored, runs, CONFIG, countries=chosen) for chosen in (None, ["CHL", "NZL"]))
    assert set(some["country"]) == {"CHL", "NZL", MEAN}
    assert row(every, "CHL", "scpo")["gain_holm"] == pytest.approx(row(some, "CHL", "scpo")["gain_holm"], nan_ok=True)
    assert math.isnan(row(some, MEAN, "scpo")["gain_holm"]) and row(every, MEAN, "scpo")["gain_holm"] < 0.05
