"""The sample's survey: shares of the four replies follow the sample's own tastes, and distances come out in order."""

import json
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from scpo.config import EvaluationConfig
from scpo.data.sources import SOURCES, read_source
from scpo.data.sources.global_opinions.load import NON_ANSWERS
from scpo.data.sources.reading import Reading
from scpo.data.sources.sample.generate import generate_sample
from scpo.data.sources.sample.opinions import ASKED, generate_opinions
from scpo.data.sources.sample.text import ATTRIBUTES
from scpo.data.tables import OPINIONS, PAIRS, USERS, UTTERANCES, Tables, validate
from scpo.measures.survey import LEAST_SHARED, answers_of, couples, distance


@pytest.fixture(scope="module")
def survey() -> Tables:
    return generate_opinions()


@pytest.fixture(scope="module")
def truth() -> dict:
    return generate_sample().truth


def test_equal_seeds_give_equal_surveys_and_other_seeds_do_not(survey):
    again, other = generate_opinions(), generate_opinions(seed=1)
    assert again.opinions.equals(survey.opinions) and again.truth == survey.truth
    assert not other.opinions["share"].equals(survey.opinions["share"])


def test_tables_follow_the_data_dictionary_and_the_truth_survives_json(survey):
    validate(survey.opinions, OPINIONS, "opinions")
    validate(survey.utterances, UTTERANCES, "utterances")
    validate(survey.pairs, PAIRS, "pairs")
    assert set(survey.users) <= set(USERS.columns)
    assert json.loads(json.dumps(survey.truth)) == survey.truth


def test_every_question_has_four_different_replies_and_a_non_answer_that_sum_to_one(survey):
    each = survey.opinions.groupby(["question_id", "country"])
    assert (each["option"].nunique() == 5).all() and (each["is_answer"].sum() == 4).all()
    assert each["share"].sum().between(0.9997, 1.0003).all()
    refused = survey.opinions[~survey.opinions["is_answer"]]
    assert set(refused["option"]) <= NON_ANSWERS and refused["share"].between(0.001, 0.15).all()
    assert survey.opinions["option"].str.fullmatch(r"[A-Z].*[.?!]|DK/Refused").all()
    assert survey.opinions["question"].nunique() == survey.opinions["question_id"].nunique() == 42


def test_countries_are_those_of_the_sample_and_some_were_not_asked(survey, truth):
    answers = answers_of(survey.opinions)
    assert list(answers.countries) == truth["countries"] == survey.truth["countries"]
    answered = np.isfinite(answers.share[:, :, 0])
    assert 0.05 < 1 - answered.mean() < 0.25 and (answered.sum(axis=1) < 42).all()
    shared = answered.astype(int) @ answered.T
    assert shared.min() >= LEAST_SHARED


def test_shares_are_those_of_choices_under_the_countrys_weights(survey, truth):
    """The expected share of a reply, by hand from the weights of the sample's truth."""
    options = survey.opinions.drop_duplicates("question_id").set_index("question_id")
    for question, country in ((options.index[0], "CHL"), (options.index[20], "USA"), (options.index[41], "NZL")):
        weights = np.add(truth["common_weights"], truth["country_deviations"][country])
        one, other = (weights[ATTRIBUTES.index(name)] for name in survey.truth["attributes"][question])
        odds = np.exp([-one - other, -one + other, one - other, one + other])
        assert survey.truth["expected"][question][country] == pytest.approx(odds / odds.sum())


def test_observed_shares_differ_from_expected_ones_as_finite_numbers_of_people_do(survey):
    rows = survey.opinions[survey.opinions["is_answer"]]
    whole = rows.groupby(["question_id", "country"])["share"].transform("sum")
    places = zip(rows["question_id"], rows["country"], rows["option_index"], strict=True)
    expected = np.array([survey.truth["expected"][question][country][i] for question, country, i in places])
    z = (rows["share"] / whole - expected) / np.sqrt(expected * (1 - expected) / np.mean(ASKED))
    assert abs(z.mean()) < 0.1 and 0.9 < z.std() < 1.2


def test_distances_of_answers_have_the_order_of_the_true_distances(survey, truth):
    found = couples(answers_of(survey.opinions), EvaluationConfig())
    assert len(found) == len(list(combinations(truth["countries"], 2)))
    place = {country: i for i, country in enumerate(truth["countries"])}
    measured = [one.distance.value for one in found]
    true = [truth["distance"][place[one.first]][place[one.second]] for one in found]
    assert spearmanr(measured, true).statistic > 0.85
    expected = [
        np.mean([distance(shares[one.first], shares[one.second]) for shares in survey.truth["expected"].values()])
        for one in found
    ]
    assert spearmanr(measured, expected).statistic > 0.95


def test_the_row_of_the_source_promises_questions_and_generated_data():
    row = SOURCES["sample-opinions"]
    assert (row.synthetic, row.unit, row.takes) == (True, "question", frozenset())
    loaded = read_source(Reading("sample-opinions", None, {}, None, 10))
    assert loaded.location == "generated, seed 0" and loaded.tables.opinions is not None
