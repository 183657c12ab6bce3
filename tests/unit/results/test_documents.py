"""The JSON documents of the command line: the contract's keys, and numbers that can be counted by hand."""

import json

import numpy as np
import pytest
from hand.scored import finished_runs, hand_scored

from scpo.config import EvaluationConfig
from scpo.results.bias import bias_document
from scpo.results.frontier_document import frontier_document

CONFIG = EvaluationConfig(resamples=400)
ESTIMATE = {"value", "low", "high", "level", "n_pairs", "n_users"}
POINT = {
    "run", "study", "country", "method", "tau", "beta", "seed", "n_train", "n_kept", "all_country", "true_country",
    "others", "preview", "on_frontier",
}  # fmt: skip


@pytest.fixture(scope="module")
def scored():
    return hand_scored()


@pytest.fixture(scope="module")
def runs(scored):
    return finished_runs(scored)


@pytest.fixture(scope="module")
def frontier(scored, runs):
    return frontier_document(scored, runs, CONFIG, study="s")


def point(document, country, method, seed):
    (found,) = [p for p in document["points"] if (p["country"], p["method"], p["seed"]) == (country, method, seed)]
    return found


def test_documents_are_json_without_nan(scored, runs, frontier):
    for document in (frontier, bias_document(scored, runs, CONFIG)):
        assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_point_has_the_keys_of_the_contract_and_estimates_theirs(frontier):
    assert set(frontier) >= {"points", "chosen", "rule"} and len(frontier["points"]) == 5
    for found in frontier["points"]:
        assert set(found) >= POINT
        for name in ("all_country", "true_country", "others"):
            assert set(found[name]) >= ESTIMATE
        assert found["study"] == "s" and found["preview"] is False


def test_a_point_is_one_run_with_its_own_counted_shares(frontier):
    # Each seed on its own: 5 of 8 and 6 of 8 right, 1 of 4 and 2 of 4 of the pairs the global model had wrong.
    values = [
        [point(frontier, "CHL", "full", seed)[name]["value"] for name in ("all_country", "true_country", "others")]
        for seed in (0, 1)
    ]
    assert values == [[5 / 8, 1 / 4, 10 / 16], [6 / 8, 2 / 4, 10 / 16]]
    found = point(frontier, "CHL", "full", 0)
    assert (found["n_train"], found["n_kept"]) == (4, 3)
    assert [found[name]["n_pairs"] for name in ("all_country", "true_country", "others")] == [8, 4, 16]
    assert [found[name]["n_users"] for name in ("all_country", "true_country", "others")] == [2, 2, 4]


def test_the_front_is_decided_on_seed_means_and_marks_every_seed(frontier):
    marks = {(p["country"], p["method"], p["seed"]): p["on_frontier"] for p in frontier["points"]}
    assert marks == {
        ("CHL", "full", 0): True,
        ("CHL", "full", 1): True,
        ("CHL", "filter", 0): True,
        ("CHL", "weight", 0): False,
        ("ZAF", "full", 0): True,
    }


def test_the_chosen_setting_is_named_with_all_its_runs_and_its_mean(frontier, runs):
    chosen = frontier["chosen"]["CHL"]
    assert chosen["method"] == "full"
    assert chosen["all_country"] == pytest.approx(11 / 16) and chosen["true_country"] == pytest.approx(3 / 8)
    expected = [r.run_id for r in runs if r.config.country == "CHL" and r.config.objective.method == "full"]
    assert chosen["runs"] == expected and len(expected) == 2


def test_the_rule_and_its_tolerance_are_in_the_document(scored, runs):
    document = frontier_document(scored, runs, CONFIG, rule="max_true_country", eps=0.2)
    assert document["chosen"]["CHL"]["method"] == "filter"
    assert document["rule"] == "max_true_country(eps=0.2)"


def test_only_the_asked_countries_have_points(scored, runs):
    document = frontier_document(scored, runs, CONFIG, countries=["ZAF"])
    assert {p["country"] for p in document["points"]} == {"ZAF"} == set(document["chosen"])


def test_without_runs_the_documents_are_empty_and_valid(scored):
    assert frontier_document(scored, [], CONFIG) == {"points": [], "chosen": {}, "rule": "max_all_country"}
    lists = ("rows", "over_steering", "between_communities", "others", "length", "calibration", "facets", "groups")
    assert bias_document(scored, [], CONFIG) == {name: [] for name in lists} | {"worst_group": None}


def test_a_bias_row_has_the_keys_of_the_contract_and_a_paired_difference(scored, runs):
    document = bias_document(scored, runs, CONFIG)
    assert set(document) >= {"rows", "over_steering", "worst_group"} and len(document["rows"]) == 12
    for row in document["rows"]:
        assert set(row) >= {"run", "trained_for", "tested_on", "difference", "holm_p"}
        assert set(row["difference"]) >= ESTIMATE
        assert row["won"] - row["lost"] == pytest.approx(8 * row["difference"]["value"])
        change = row["after"]["value"] - row["before"]["value"]
        assert change == pytest.approx(row["difference"]["value"])
    values = {(r["trained_for"], r["method"], r["tested_on"]): r["difference"]["value"] for r in document["rows"]}
    assert values[("CHL", "full", "CHL")] == pytest.approx(3 / 16)
    assert values[("CHL", "full", "NZL")] == pytest.approx(-2 / 8)
    assert values[("CHL", "filter", "ZAF")] == pytest.approx(-4 / 8)  # had 4 of 8, has none


def test_with_two_users_per_country_no_group_is_called_the_worst(scored, runs):
    assert bias_document(scored, runs, CONFIG)["worst_group"] is None


def test_a_user_without_a_country_and_training_users_count_nowhere(scored, runs):
    document = frontier_document(scored, runs, CONFIG)
    assert {p["all_country"]["n_pairs"] + p["others"]["n_pairs"] for p in document["points"]} == {24}
    assert np.isfinite([p["all_country"]["value"] for p in document["points"]]).all()
