"""Survey answers in the store: pictures of countries and questions, and models against countries."""

import json
import math

import numpy as np
import pytest
from hand import survey
from hand.survey import N_FEW, N_QUESTIONS, add_survey, finished_run, score_as, score_by_run

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.results.closeness import closeness_document, closeness_table, run_differences
from scpo.results.model_opinions import GLOBAL, UNIFORM, load_opinionated, opinions_fingerprint
from scpo.results.survey import answer_table, load_surveyed, question_table, related_countries, spread_table
from scpo.store.cache import Store
from scpo.store.models import run_model_key

CONFIG = EvaluationConfig(resamples=200)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def surveyed(store):
    add_survey(store)
    return load_surveyed(store, "answers")


def distance(p, q):
    """By entropies, and not by relative entropies as in the engine."""

    def bits(share):
        return -sum(x * math.log2(x) for x in share if x > 0)

    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return math.sqrt(bits(middle) - (bits(p) + bits(q)) / 2)


def test_non_answers_that_are_left_out_are_stated(store, surveyed):
    table = question_table(surveyed, "CHL", "NZL")
    assert len(table) == N_QUESTIONS and table["question_id"].iloc[0] == "q00"
    assert table["distance"].iloc[0] == pytest.approx(1.0)
    assert table[["first_left_out", "second_left_out"]].to_numpy() == pytest.approx(survey.REFUSED)
    counted = question_table(load_surveyed(store, "answers", non_answers=True), "CHL", "NZL")
    assert counted["first_left_out"].tolist() == [0.0] * N_QUESTIONS
    assert {len(answers) for answers in counted["answers"]} == {4}


def test_the_questions_that_divide_a_group_come_first_with_each_country_s_distance(surveyed):
    group = ["AUS", "CHL", "NZL", "ZAF"]
    table = spread_table(surveyed, group, most=3)
    assert table["question_id"].nunique() == 3 and table["question_id"].iloc[0] == "q00"
    first = table[table["question_id"] == "q00"].set_index("country")
    answers = [survey.shares(country, 0) for country in group]
    mean = [sum(column) / 4 for column in zip(*answers, strict=True)]
    by_hand = [distance(one, mean) for one in answers]
    assert first.loc[group, "distance"].tolist() == pytest.approx(by_hand)
    assert first["question_distance"].iloc[0] == pytest.approx(sum(by_hand) / 4)
    assert set(first["n_countries"]) == {4}


def test_questions_that_too_few_of_a_group_answered_are_not_ranked(surveyed):
    table = spread_table(surveyed, ["AUS", "ISR"], most=50)
    assert table["question_id"].nunique() == N_FEW and set(table["country"]) == {"AUS", "ISR"}
    assert spread_table(surveyed, ["AUS", "CHL", "ISR"], most=50)["question_id"].nunique() == N_QUESTIONS


def test_a_question_s_answers_are_those_of_the_countries_that_answered(surveyed):
    table = answer_table(surveyed, "q11", ["CHL", "ISR", "NZL"])
    assert table["country"].drop_duplicates().tolist() == ["CHL", "NZL"]
    assert table.loc[table["country"] == "NZL", "share"].tolist() == pytest.approx([0.1, 0.8, 0.1])
    assert table["left_out"].tolist() == pytest.approx([0.1] * 6)
    assert answer_table(surveyed, "q11", ["ISR"]).empty


def test_a_picture_begins_with_the_paper_s_countries_then_the_comparable_ones(store, surveyed):
    assert related_countries(surveyed, most=1) == ["CHL", "ZAF", "NZL", "AUS", "ISR"]
    few = survey.answer_rows()
    few = few.assign(country=few["country"].replace({"CHL": "FRA", "ISR": "DEU"}))
    survey.add_answers(store, "others", few)
    others = load_surveyed(store, "others")
    assert related_countries(others, most=4) == ["ZAF", "NZL", "AUS", "FRA"]
    assert related_countries(others, most=9) == ["ZAF", "NZL", "AUS", "FRA", "DEU"]


def judged(store):
    """Score with the global model as Chile, with a run as New Zealand; another run has not scored."""
    info = add_survey(store)
    score_as(store, info, "CHL")
    run = finished_run(store, "NZL")
    score_by_run(store, info, run, as_country="NZL")
    return run, finished_run(store, "CHL", seed=1)


def test_a_run_that_answers_as_a_country_is_closer_to_it_by_the_whole_distance(store):
    run, silent = judged(store)
    surveyed = load_surveyed(store, "answers")
    found = load_opinionated(store, surveyed, "rm", temperature=1.0)
    assert found.not_scored == [silent]
    table = run_differences(surveyed, found.models, "NZL", CONFIG).set_index("method")
    assert table.index.tolist() == [UNIFORM, "full"] and table.loc["full", "run"] == run
    apart = (distance((1, 0, 0), (0, 1, 0)) + 11 * distance((0.8, 0.1, 0.1), (0.1, 0.8, 0.1))) / 12
    assert table.loc["full", "diff_value"] == pytest.approx(apart, abs=1e-5)
    assert table.loc["full", "closeness_value"] == pytest.approx(1.0, abs=1e-5)


def test_models_are_corrected_together_at_one_country(store):
    judged(store)
    surveyed = load_surveyed(store, "answers")
    models = load_opinionated(store, surveyed, "rm", temperature=1.0).models
    table = run_differences(surveyed, models, "NZL", CONFIG)
    low, high = sorted(table["p"])
    assert sorted(table["holm"]) == pytest.approx([min(1, 2 * low), min(1, max(2 * low, high))])
    alone = closeness_table(surveyed, models, ["NZL"], CONFIG)
    assert GLOBAL in set(alone["method"]) and GLOBAL not in set(table["method"])


def test_the_ends_of_the_thick_bar_are_those_of_the_same_table_asked_at_80_percent(store):
    judged(store)
    surveyed = load_surveyed(store, "answers")
    models = load_opinionated(store, surveyed, "rm", temperature=1.0).models
    wide, narrow = (
        run_differences(surveyed, models, "AUS", EvaluationConfig(resamples=200, level=level)) for level in (0.95, 0.8)
    )
    for what in ("closeness", "global", "uniform", "diff"):
        for end in ("low", "high"):
            inner, asked = wide[f"{what}_inner_{end}"].to_numpy(), narrow[f"{what}_{end}"].to_numpy()
            assert np.isfinite(inner).any() and np.array_equal(inner, asked, equal_nan=True)
    assert (wide["diff_high"] - wide["diff_low"] > wide["diff_inner_high"] - wide["diff_inner_low"]).all()


def test_the_document_has_a_row_for_each_of_the_table_s(store):
    run, silent = judged(store)
    surveyed = load_surveyed(store, "answers")
    found = load_opinionated(store, surveyed, "rm", temperature=1.0)
    document = closeness_document(surveyed, found, ["CHL", "NZL"], CONFIG, model="rm", temperature=1.0)
    assert json.loads(json.dumps(document, allow_nan=False)) == document and document["not_scored"] == [silent]
    table = closeness_table(surveyed, found.models, ["CHL", "NZL"], CONFIG)
    assert [(row["method"], row["tested_on"]) for row in document["rows"]] == [
        (method, country) for method in (UNIFORM, GLOBAL, "full") for country in ("CHL", "NZL")
    ]
    for row, (_, cells) in zip(document["rows"], table.iterrows(), strict=True):
        assert row["closeness"]["value"] == cells["closeness_value"]
        assert row["closeness"]["n_questions"] == cells["closeness_n_questions"] == N_QUESTIONS
        assert row["run"] == (run if row["method"] == "full" else None) and row["difference"]["n_pairs"] is None
    of_global = [row["difference"] for row in document["rows"] if row["method"] == GLOBAL]
    assert [(one["value"], one["p"]) for one in of_global] == [(None, None)] * 2
    (of_uniform, _) = [row["from_uniform"] for row in document["rows"] if row["method"] == UNIFORM]
    assert (of_uniform["value"], of_uniform["low"], of_uniform["high"]) == (0, 0, 0)


def test_a_chosen_run_that_was_trained_on_the_survey_is_judged_on_its_test_questions(store):
    info = add_survey(store)
    score_as(store, info, "CHL")
    trained = finished_run(store, "NZL", dataset_key=info.key)
    grandchild = finished_run(store, "NZL", model_key=run_model_key(trained))
    for run in (trained, grandchild):
        score_by_run(store, info, run, as_country="NZL")
        surveyed = load_surveyed(store, "answers")
        found = load_opinionated(store, surveyed, f"run:{run}", temperature=1.0)
        (chosen,) = [model for model in found.models if model.method == GLOBAL]
        assert chosen.test_questions_only
        assert np.isfinite(chosen.distribution).all(axis=1).sum() == surveyed.tests.sum()
    (other,) = [m for m in load_opinionated(store, surveyed, "rm", temperature=1.0).models if m.method == GLOBAL]
    assert not other.test_questions_only


def test_the_fingerprint_changes_when_a_run_scores_or_finishes(store):
    info = add_survey(store)
    assert opinions_fingerprint(store, "answers", "rm") == ""
    score_as(store, info, "CHL")
    run = finished_run(store, "NZL")
    before = opinions_fingerprint(store, "answers", "rm")
    score_by_run(store, info, run, as_country="NZL")
    scored = opinions_fingerprint(store, "answers", "rm")
    finished_run(store, "CHL", seed=1)
    assert len({"", before, scored, opinions_fingerprint(store, "answers", "rm")}) == 4


def test_a_country_without_answers_is_refused_by_name(surveyed):
    with pytest.raises(InputError, match="USA"):
        spread_table(surveyed, ["USA", "CHL"], most=3)
