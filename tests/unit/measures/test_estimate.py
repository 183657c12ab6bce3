"""The object that every number is shown and stored as."""

import json
import math

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures.accuracy import accuracy
from scpo.measures.estimate import LEVELS, Estimate, columns, estimate, unknown
from scpo.measures.intervals import Interval
from scpo.measures.question_means import question_means

USERS = np.repeat([f"u{number}" for number in range(12)], 10)
GAP, OTHER = np.random.default_rng(0).normal(0.3, 1, size=(2, 120))


def by_hand(**changes) -> Estimate:
    ends = (Interval(0.9, 0.1, 0.4), Interval(0.95, 0.05, 0.45), Interval(0.8, 0.15, 0.35))
    return Estimate(**({"value": 0.25, "intervals": ends, "n_pairs": 20, "n_users": 4} | changes))


def test_the_ends_are_those_of_the_asked_level_and_the_others_are_there_too():
    found = by_hand()
    assert (found.level, found.low, found.high) == (0.9, 0.1, 0.4)
    assert (found.at(0.8), found.at(0.95)) == (Interval(0.8, 0.15, 0.35), Interval(0.95, 0.05, 0.45))
    with pytest.raises(InputError, match=r"no interval of level 0\.5 here, only of 0\.9, 0\.95, 0\.8"):
        found.at(0.5)


@pytest.mark.parametrize("level", [0.95, 0.8, 0.9])
def test_all_levels_come_out_of_one_error(level):
    number = accuracy(GAP, USERS)
    found = estimate(number, level=level)
    assert [one.level for one in found.intervals] == [level, *(one for one in LEVELS if one != level)]
    for other in LEVELS:
        alone = estimate(number, level=other)
        assert (found.at(other).low, found.at(other).high) == (alone.low, alone.high)
    assert found.at(0.95).low < found.at(0.8).low < found.value < found.at(0.8).high < found.at(0.95).high
    assert not found.is_difference and math.isnan(found.p)


def test_a_difference_is_tested_at_the_level_where_its_interval_ends_at_zero():
    number = accuracy(GAP, USERS).minus(accuracy(OTHER, USERS))
    found = estimate(number, level=0.95)
    assert found.is_difference and found.value == pytest.approx(np.mean(GAP > 0) - np.mean(OTHER > 0))
    edge = estimate(number, level=1 - found.p)
    assert min(abs(edge.low), abs(edge.high)) < 1e-6


def test_the_document_has_the_contract_s_keys_in_their_order_and_null_for_unknown():
    assert list(by_hand().to_json().items()) == [
        ("value", 0.25), ("low", 0.1), ("high", 0.4), ("level", 0.9), ("n_pairs", 20), ("n_users", 4),
    ]  # fmt: skip
    tested = by_hand(is_difference=True, p=0.04).to_json()
    assert list(tested)[6:] == ["p"] and tested["p"] == 0.04
    assert by_hand(is_difference=True).to_json()["p"] is None
    assert [unknown(0.9).to_json()[key] for key in ("value", "low", "high", "n_pairs")] == [None, None, None, 0]


def test_questions_are_counted_as_questions():
    values = np.random.default_rng(1).uniform(0.2, 0.6, size=(12, 1))
    (found,) = question_means(values, level=0.95)
    document = found.to_json()
    assert (document["n_pairs"], document["n_users"], document["n_questions"]) == (None, None, 12)
    assert set(columns("distance_", found)) == {
        f"distance_{name}" for name in ("value", "low", "high", "inner_low", "inner_high", "n_questions")
    }


def test_a_share_of_users_is_read_as_it_was_written_at_its_asked_level():
    for one in (by_hand(), by_hand(value=math.nan)):
        read = Estimate.from_json(json.loads(json.dumps(one.to_json())))
        assert read.to_json() == one.to_json() and read.intervals == (one.intervals[0],)


def test_columns_hold_the_asked_ends_and_those_of_the_thick_bar():
    assert columns("gain_", by_hand()) == {
        "gain_value": 0.25, "gain_low": 0.1, "gain_high": 0.4, "gain_inner_low": 0.15, "gain_inner_high": 0.35,
        "gain_n_pairs": 20, "gain_n_users": 4,
    }  # fmt: skip


def test_what_is_fixed_by_construction_has_no_width_and_is_not_tested():
    found = by_hand(is_difference=True, p=0.2).fixed(0.0)
    assert found.value == 0 and {(one.low, one.high) for one in found.intervals} == {(0.0, 0.0)}
    assert math.isnan(found.p) and found.counts() == {"n_pairs": 20, "n_users": 4}
