"""GlobalOpinionQA's real part as a data set: what the data formats, section 10, say one must find.

Run with ``SCPO_REAL_DATA`` naming the folder that holds ``global_opinions.csv``.
"""

import ast
import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from scpo.config import EvaluationConfig
from scpo.data.sources import SOURCES
from scpo.data.sources.global_opinions.pairs import load_opinion_tables
from scpo.data.splits import assign_split
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.measures.model_opinions import closeness, uniform_distribution
from scpo.measures.survey import answers_of, couple_distance, couples

FOLDER = os.environ.get("SCPO_REAL_DATA")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER, reason="SCPO_REAL_DATA names no folder with global_opinions.csv"),
]


@pytest.fixture(scope="module")
def file():
    return Path(FOLDER) / "global_opinions.csv"


@pytest.fixture(scope="module")
def tables(file):
    return load_opinion_tables(file)


@pytest.fixture(scope="module")
def raw(file):
    """Shares by question, options and label, read without the loader."""
    with file.open(encoding="utf-8", newline="") as stream:
        return {
            (row["question"], tuple(ast.literal_eval(row["options"]))): ast.literal_eval(
                row["selections"][row["selections"].index("{") : row["selections"].rindex("}") + 1]
            )
            for row in csv.DictReader(stream)
        }


def test_every_option_is_scored_once_and_every_pair_is_of_one_question(tables):
    validate(tables.utterances, UTTERANCES, "utterances")
    validate(tables.pairs, PAIRS, "pairs")
    assert len(tables.utterances) == tables.opinions.drop_duplicates(["question_id", "option_index"]).shape[0] == 4929
    question = tables.utterances["interaction_id"].to_numpy()
    assert (question[tables.pairs["chosen"]] == question[tables.pairs["rejected"]]).all()
    assert (tables.pairs["margin"] > 0).all()


def test_couples_of_answers_are_pairs_or_ties(tables):
    answers = tables.opinions[tables.opinions["is_answer"]]
    n = answers.groupby(["question_id", "country"]).size()
    report = tables.report
    assert int((n * (n - 1) // 2).sum()) == report.pairs + report.ties + report.identical_texts
    assert (report.pairs, report.ties, report.identical_texts) == (41855, 2044, 0)


@pytest.mark.parametrize(("country", "label"), [("ZAF", "S. Africa"), ("NZL", "New Zealand"), ("KOR", "S. Korea")])
def test_pairs_of_a_country_are_those_of_the_raw_shares(tables, raw, country, label):
    prompt, response = tables.utterances["prompt"].to_numpy(), tables.utterances["response"].to_numpy()
    options = {}
    for question, offered in raw:
        options.setdefault(question, []).append(offered)
    checked = 0
    for pair in tables.pairs[tables.pairs["country"] == country].itertuples():
        question, chosen, rejected = prompt[pair.chosen], response[pair.chosen], response[pair.rejected]
        of_label = [raw[question, o][label] for o in options[question] if label in raw[question, o]]
        lists = [o for o in options[question] if label in raw[question, o]]
        if len(lists) != 1:
            continue  # the second label of the country, or a text with two option lists
        share = dict(zip(lists[0], of_label[0], strict=True))
        assert share[chosen] - share[rejected] == pytest.approx(pair.margin, abs=1e-6)
        checked += 1
    assert checked > 100


def test_most_countries_have_test_questions(tables):
    users = assign_split(tables.users, SOURCES["global-opinions"].split, with_pairs=set(tables.pairs["user_id"]))
    split = tables.pairs["user_id"].map(users.set_index("user_id")["split"])
    tested = set(tables.pairs.loc[split == "test", "country"])
    questions = tables.pairs.groupby("country")["user_id"].nunique()
    assert {country for country in questions.index if questions[country] >= 15} <= tested
    assert len(questions) - len(tested) <= 2


def test_the_report_names_the_odd_labels(tables):
    notes = " ".join(tables.report.notes)
    for resolved in ("S. Africa is ZAF (76)", "Britain is GBR (135)", "S. Korea is KOR (84)", "Great Britain is GBR"):
        assert resolved in notes
    for gone in ("Northern Ireland (16)", "S. Africa (Non-national sample) (21)"):
        assert gone in notes


def test_distances_are_those_of_the_raw_shares(tables, raw):
    answers = answers_of(tables.opinions, non_answers=True)
    by_hand = [
        jensenshannon(selections["United States"], selections["Canada"], base=2)
        for selections in raw.values()
        if "United States" in selections and "Canada" in selections
    ]
    found = couple_distance(answers, "CAN", "USA", EvaluationConfig(resamples=200))
    assert found.counts()["n_questions"] == len(by_hand) >= 15
    assert found.value == pytest.approx(np.mean(by_hand), abs=1e-9)


def test_neighbours_answer_more_alike_than_strangers(tables):
    found = {(c.first, c.second): c.distance for c in couples(answers_of(tables.opinions), EvaluationConfig())}
    assert found["CAN", "USA"].high < found["PAK", "SWE"].low
    assert all(0 <= d.low <= d.value <= d.high <= 1 for d in found.values())


def test_a_model_without_opinions_is_far_from_every_country_and_not_at_0(tables):
    answers = answers_of(tables.opinions)
    for country in ("USA", "ZAF", "NZL"):
        near = np.nanmean(closeness(answers, country, uniform_distribution(answers.offered)))
        assert 0.5 < near < 0.9
