"""Distances of answers, a model's opinions and their closeness, against numbers computed by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.model_opinions import closeness, opinion_distribution, uniform_distribution
from scpo.measures.question_means import question_means
from scpo.measures.survey import (
    answers_of,
    couple_distance,
    couples,
    distance,
    distance_to_mean,
    dividing_questions,
    leaf_order,
    least_answering,
    shared_questions,
)

CONFIG = EvaluationConfig(resamples=1000)
HALF_AGAINST_CERTAIN = math.sqrt(0.75 * math.log2(4 / 3) + 0.25 * 2 - 0.5)
"""(1, 0) and (1/2, 1/2): entropy of the middle (3/4, 1/4) less half a bit."""

shares = arrays(np.float64, 4, elements=st.floats(0, 1)).filter(lambda row: row.sum() > 0.01)


def table(*rows):
    """Opinions from (question, country, shares); a share with a minus sign is that of a non-answer."""
    columns = [
        (question, country, index, abs(share), math.copysign(1, share) > 0)
        for question, country, values in rows
        for index, share in enumerate(values)
    ]
    return pd.DataFrame(columns, columns=["question_id", "country", "option_index", "share", "is_answer"])


def test_the_distance_of_a_certain_and_an_undecided_country():
    assert round(HALF_AGAINST_CERTAIN, 6) == 0.557923
    assert distance([1, 0], [0.5, 0.5]) == pytest.approx(HALF_AGAINST_CERTAIN)


def test_equal_answers_are_0_apart_and_answers_without_a_common_option_1():
    found = distance([[0.2, 0.8, 0], [0, 0.5, 0.5]], [[0.2, 0.8, 0], [1, 0, 0]])
    assert found.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("absent", [[0.0, 0.0], [math.nan, math.nan]])
def test_a_distance_to_no_answers_is_unknown(absent):
    assert math.isnan(distance(absent, [0.5, 0.5])) and math.isnan(distance([0.5, 0.5], absent))


@given(first=shares, second=shares, third=shares)
def test_the_distance_is_a_metric_within_0_and_1_and_never_unknown(first, second, third):
    ab, bc, ac = distance(first, second), distance(second, third), distance(first, third)
    assert 0 <= ab <= 1 and ab == pytest.approx(distance(second, first))
    assert ac <= ab + bc + 1e-7


def test_a_share_at_the_lower_end_of_the_number_range_counts_as_none():
    least = np.nextafter(0, 1)
    assert distance([0.5, 0.5, least], [1, 0, 0]) == pytest.approx(distance([0.5, 0.5, 0], [1, 0, 0]))
    assert distance([0, least], [least, 0]) == 1.0


def test_distributions_that_differ_by_rounding_are_0_apart_and_not_unknown():
    p = np.random.default_rng(0).dirichlet(np.ones(7), size=2000)
    found = distance(p, p * (1 + 1e-16))
    assert np.isfinite(found).all() and found.max() < 1e-7


def test_a_model_s_opinion_is_the_softmax_over_the_offered_options():
    reward = np.array([[math.log(2), 0.0, 99.0], [5.0, 5.0, 5.0]])
    offered = np.array([[True, True, False], [True, True, True]])
    found = opinion_distribution(reward, offered, temperature=1.0)
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3, 0], [1 / 3, 1 / 3, 1 / 3]])
    colder = opinion_distribution(reward, offered, temperature=0.5)
    np.testing.assert_allclose(colder[0], [4 / 5, 1 / 5, 0])


def test_a_model_without_a_reward_for_an_offered_option_has_no_opinion():
    reward = np.array([[1.0, math.nan, 0.0], [1.0, 1.0, math.nan], [1.0, 1.0, 1.0]])
    offered = np.array([[True, True, False], [True, True, False], [False, False, False]])
    found = opinion_distribution(reward, offered, temperature=1.0)
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_must_be_above_0(temperature):
    with pytest.raises(InputError, match="temperature must be above 0"):
        opinion_distribution(np.zeros((1, 2)), np.ones((1, 2), dtype=bool), temperature=temperature)


def test_rewards_and_options_of_different_shapes_are_refused():
    with pytest.raises(InputError, match="same shape"):
        opinion_distribution(np.zeros((1, 2)), np.ones((2, 1), dtype=bool), temperature=1.0)


def test_non_answers_are_left_out_and_the_rest_sums_to_1_unless_they_count():
    rows = table(("q", "CHL", [0.3, 0.2, -0.5]))
    np.testing.assert_allclose(answers_of(rows).of("CHL"), [[0.6, 0.4, 0.0]])
    np.testing.assert_allclose(answers_of(rows, non_answers=True).of("CHL"), [[0.3, 0.2, 0.5]])


def test_a_country_of_which_no_answer_is_left_has_none():
    found = answers_of(table(("q", "CHL", [0.0, 0.0, -1.0]), ("q", "PER", [0.5, 0.5, -0.0])))
    assert np.isnan(found.of("CHL")).all()
    assert found.n_questions == {"CHL": 0, "PER": 1}


def test_a_question_with_one_answer_offers_no_choice_and_counts_nowhere():
    rows = table(("q", "CHL", [0.4, -0.6]), ("q", "PER", [0.9, -0.1]), ("r", "CHL", [0.5, 0.5]))
    found = answers_of(rows)
    assert found.n_without_choice == 1 and found.n_questions == {"CHL": 1, "PER": 0}
    assert answers_of(rows, non_answers=True).n_without_choice == 0


def test_an_unknown_country_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="no answers from NZL: there are from CHL"):
        answers_of(table(("q", "CHL", [0.4, 0.6]))).of("NZL")


SURVEY = table(
    ("q1", "AUS", [1, 0]), ("q1", "CHL", [0, 1]), ("q1", "PER", [1, 0]),
    ("q2", "AUS", [1, 0]), ("q2", "CHL", [0.5, 0.5]),
    ("q3", "AUS", [0.3, 0.7]), ("q3", "CHL", [0.3, 0.7]), ("q3", "PER", [0.3, 0.7]),
    ("q4", "PER", [0.1, 0.9]),
)  # fmt: skip


def test_a_couple_s_distance_is_the_mean_over_the_questions_both_answered():
    found = couple_distance(answers_of(SURVEY), "AUS", "CHL", CONFIG)
    assert found.value == pytest.approx((1 + HALF_AGAINST_CERTAIN + 0) / 3)
    assert found.counts() == {"n_questions": 3} and 0 <= found.low <= found.value <= found.high <= 1


def test_couples_are_ranked_by_distance_where_they_share_enough_questions():
    found = couples(answers_of(SURVEY), CONFIG, least=2)
    assert [(c.first, c.second, c.distance.counts()["n_questions"]) for c in found] == [
        ("AUS", "CHL", 3), ("CHL", "PER", 2), ("AUS", "PER", 2),
    ]  # fmt: skip
    assert [c.distance.value for c in found] == pytest.approx([(1 + HALF_AGAINST_CERTAIN) / 3, 0.5, 0.0])
    assert [(c.first, c.second) for c in couples(answers_of(SURVEY), CONFIG, least=3)] == [("AUS", "CHL")]
    assert couples(answers_of(SURVEY), CONFIG, countries=["PER", "AUS"], least=2)[0].second == "PER"
    assert couples(answers_of(SURVEY), CONFIG) == []


def test_many_couples_are_measured_as_each_alone():
    answers = answers_of(SURVEY)
    for couple in couples(answers, CONFIG, least=1):
        alone = couple_distance(answers, couple.first, couple.second, CONFIG)
        assert couple.distance == alone


def test_the_questions_that_divide_a_couple_come_first():
    found = dividing_questions(answers_of(SURVEY), "CHL", "AUS")
    assert found["question_id"].tolist() == ["q1", "q2", "q3"]
    assert found["distance"].tolist() == pytest.approx([1, HALF_AGAINST_CERTAIN, 0])


def test_closeness_is_1_less_the_distance_and_unknown_where_a_side_is():
    answers = answers_of(SURVEY)
    undecided = uniform_distribution(answers.offered)
    found = closeness(answers, "AUS", undecided)
    assert found[:2] == pytest.approx([1 - HALF_AGAINST_CERTAIN] * 2) and math.isnan(found[3])
    assert np.isnan(closeness(answers, "AUS", np.full(answers.offered.shape, math.nan))).all()


def test_the_interval_over_questions_is_that_of_a_mean():
    values = np.random.default_rng(3).uniform(0.2, 0.6, size=60)
    (found,) = question_means(values[:, None], level=0.95)
    expected = stats.t.interval(0.95, 59, loc=values.mean(), scale=stats.sem(values))
    assert (found.value, found.counts()) == (pytest.approx(values.mean()), {"n_questions": 60})
    assert (found.low, found.high) == pytest.approx(expected, abs=0.004)


def test_questions_that_do_not_count_change_nothing_but_the_draw():
    values = np.random.default_rng(4).uniform(0.2, 0.6, size=400)
    half = np.where(np.arange(400) % 2, values, math.nan)
    (found,) = question_means(half[:, None], level=0.95)
    counted = values[1::2]
    expected = stats.t.interval(0.95, 199, loc=counted.mean(), scale=stats.sem(counted))
    assert found.counts() == {"n_questions": 200} and (found.low, found.high) == pytest.approx(expected, abs=0.004)


def test_differences_are_paired():
    rng = np.random.default_rng(5)
    hard = rng.uniform(0.1, 0.9, size=50)  # questions differ far more than models
    better = rng.normal(0.02, 0.01, size=50)
    one, other = question_means(np.stack([hard + better, hard], axis=1), level=0.95)
    (difference,) = question_means(better[:, None], level=0.95, is_difference=True)
    assert one.low < other.high  # apart, they cannot be told from each other
    assert difference.low > 0 and difference.p < 0.001
    assert difference.value == pytest.approx(one.value - other.value)


def test_one_question_has_no_interval_and_none_has_no_value():
    only = np.full((5, 2), math.nan)
    only[2, 0] = 0.25
    one, none = question_means(only, level=0.95)
    assert one.value == 0.25 and one.counts() == {"n_questions": 1} and math.isnan(one.low)
    assert math.isnan(none.value) and none.counts() == {"n_questions": 0}
    assert none.to_json() == {
        "value": None, "low": None, "high": None, "level": 0.95, "n_pairs": None, "n_users": None, "n_questions": 0,
    }  # fmt: skip


def test_a_single_row_of_values_is_refused():
    with pytest.raises(InputError, match=r"n_questions, n_numbers.*got \(4,\)"):
        question_means(np.zeros(4), level=0.95)


def three_countries():
    """Two questions; the second was not asked in the third country."""
    return answers_of(
        table(
            ("q1", "AAA", (1.0, 0.0)), ("q1", "BBB", (1.0, 0.0)), ("q1", "CCC", (0.0, 1.0)),
            ("q2", "AAA", (0.5, 0.5)), ("q2", "BBB", (0.5, 0.5)),
        )
    )  # fmt: skip


def test_shared_questions_are_counted_per_couple():
    assert shared_questions(three_countries()).tolist() == [[2, 2, 1], [2, 2, 1], [1, 1, 1]]


def test_the_distance_to_the_mean_goes_over_the_countries_that_answered():
    found = distance_to_mean(three_countries(), ["AAA", "BBB", "CCC"])
    mean = np.array([2 / 3, 1 / 3])
    assert found[:, 0] == pytest.approx(distance([[1, 0], [1, 0], [0, 1]], mean))
    assert found[:2, 1] == pytest.approx([0.0, 0.0]) and math.isnan(found[2, 1])


def test_the_mean_of_two_halves_is_as_far_from_both():
    found = distance_to_mean(three_countries(), ["AAA", "CCC"])[:, 0]
    assert found == pytest.approx([HALF_AGAINST_CERTAIN] * 2)


@pytest.mark.parametrize(("n_countries", "least"), [(2, 2), (3, 2), (5, 3), (9, 5), (16, 5)])
def test_a_question_must_be_answered_by_half_of_the_countries_or_by_five(n_countries, least):
    assert least_answering(n_countries) == least


def test_close_countries_stand_side_by_side():
    place = np.array([0.0, 9.0, 1.0, 10.0])
    found = leaf_order(np.abs(place[:, None] - place[None, :]))
    assert abs(found.index(0) - found.index(2)) == abs(found.index(1) - found.index(3)) == 1
    assert sorted(found) == [0, 1, 2, 3]


def test_an_order_needs_neither_all_distances_nor_any():
    far = np.array([[0, 0.1, math.nan], [0.1, 0, 0.9], [math.nan, 0.9, 0]])
    assert leaf_order(far) in ([0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0])
    assert sorted(leaf_order(np.full((4, 4), math.nan))) == [0, 1, 2, 3]
    assert leaf_order(np.zeros((1, 1))) == [0] and leaf_order(np.zeros((2, 2))) == [0, 1]
