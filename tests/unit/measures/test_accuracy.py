"""Accuracies and paired differences: hand computations, laws, and the words for what is missing."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.data.tables import METRICS, validate
from scpo.errors import InputError
from scpo.measures.accuracy import (
    accuracy,
    accuracy_estimate,
    accuracy_table,
)
from scpo.measures.clustered import mean_over_countries
from scpo.measures.estimate import Estimate, estimate
from scpo.measures.excess import FlipRuler
from scpo.measures.intervals import holm
from scpo.measures.resampling import UserResamples


def people(n_users: int, pairs_each: int, *, prefix: str = "user") -> np.ndarray:
    return np.repeat([f"{prefix}{number:03d}" for number in range(n_users)], pairs_each)


def drawn(users: np.ndarray, *, seed: int = 0, resamples: int = 2000) -> UserResamples:
    return UserResamples.draw(users, resamples=resamples, seed=seed)


def paired_difference(gap, other_gap, users: np.ndarray, *, level: float) -> Estimate:
    return estimate(accuracy(gap, users).minus(accuracy(other_gap, users)), level=level)


def test_accuracy_of_four_pairs_by_hand_counts_the_tie_as_wrong():
    users = np.array(["a", "a", "b", "b"])
    found = accuracy([1.0, -1.0, 0.0, 2.0], users)
    assert (found.value, found.n_pairs, found.n_users, found.n_ties) == (0.5, 4, 2, 1)


def test_true_country_counts_only_pairs_where_the_global_model_disagrees():
    users = np.array(["a", "a", "b", "b", "c"])
    found = accuracy_estimate(
        [1.0, -1.0, 5.0, 2.0, -3.0],
        users,
        level=0.95,
        subset="true_country",
        global_gap=[-1.0, -2.0, 0.0, 3.0, -0.1],
    )
    assert found.value == pytest.approx(1 / 3)
    assert (found.n_pairs, found.n_users) == (3, 2)


def test_the_global_model_is_zero_by_construction_on_true_country_pairs():
    users = people(5, 4)
    gap = np.tile([-1.0, 1.0, -2.0, 0.5], 5)
    found = accuracy_estimate(gap, users, level=0.95, subset="true_country", global_gap=gap)
    assert (found.value, found.low, found.high, found.n_pairs) == (0.0, 0.0, 0.0, 10)


def test_another_model_at_zero_keeps_the_clopper_pearson_upper_end_with_users_as_trials():
    users = people(10, 3)
    found = accuracy_estimate(np.full(30, -1.0), users, level=0.95)
    assert found.low == 0
    assert found.high == pytest.approx(0.3085, abs=1e-4)  # published 95 % limit for 0 of 10


def test_the_mean_over_seeds_is_the_mean_of_the_accuracies():
    users = people(6, 5)
    gaps = np.random.default_rng(3).normal(size=(3, 30))
    found = accuracy(gaps, users)
    single = [accuracy(one, users) for one in gaps]
    assert found.value == pytest.approx(np.mean([one.value for one in single]))
    assert found.without == pytest.approx(np.mean([one.without for one in single], axis=0))


def test_the_number_without_a_user_is_the_accuracy_of_the_others():
    users = np.array(["b", "a", "b", "c", "c", "c"])
    right = np.array([1, 0, 0, 1, 1, 0])
    found = accuracy(right - 0.5, users)
    assert found.without == pytest.approx([right[users != user].mean() for user in "abc"])


def test_order_of_pairs_does_not_change_anything():
    users, rng = people(8, 6), np.random.default_rng(0)
    gap, ruler = rng.normal(size=(2, 48))
    order = rng.permutation(48)
    same = [
        accuracy_estimate(
            gap[index],
            users[index],
            level=0.8,
            subset="true_country",
            global_gap=ruler[index],
        )
        for index in (np.arange(48), order)
    ]
    assert same[0] == same[1]


def test_no_pairs_is_nan_and_one_user_has_no_interval():
    users = np.array(["a", "a"])
    empty = accuracy_estimate([1, 1], users, level=0.9, subset="true_country", global_gap=[1, 1])
    assert math.isnan(empty.value)
    assert (empty.n_pairs, empty.n_users) == (0, 0)
    one = accuracy_estimate([1.0, -1.0], users, level=0.9)
    assert one.value == 0.5
    assert math.isnan(one.low) and math.isnan(one.high)
    difference = paired_difference([1.0, -1.0], [1.0, 1.0], users, level=0.9)
    assert difference.value == -0.5
    assert math.isnan(difference.p)
    assert difference.to_json()["p"] is None


def test_json_has_the_contracts_keys_and_null_for_unknown():
    users = np.array(["a", "a"])
    found = accuracy_estimate([1.0, -1.0], users, level=0.9)
    assert found.to_json() == {"value": 0.5, "low": None, "high": None, "level": 0.9, "n_pairs": 2, "n_users": 1}


def test_users_without_such_a_pair_do_not_count():
    users = people(4, 2)
    ruler = np.array([-1.0, -1.0, -1.0, 1.0] + [1.0] * 4)
    number = accuracy(np.tile([1.0, -1.0], 4), users, subset="true_country", global_gap=ruler)
    assert (number.n_users, number.n_pairs, number.degrees) == (2, 3, 1)


def test_a_difference_of_equal_models_is_zero_and_says_how_many_users_could_still_differ():
    users = people(9, 4)
    gap = np.random.default_rng(1).normal(size=36)
    found = paired_difference(gap, gap * 3, users, level=0.95)
    assert (found.value, found.p) == (0.0, 1.0)
    assert (found.low, found.high) == pytest.approx((-0.3363, 0.3363), abs=1e-4)  # 1 - 0.025 ** (1 / 9)


def test_pairing_makes_a_difference_sharper_than_two_separate_intervals():
    rng, users = np.random.default_rng(2), people(12, 20)
    skill = np.repeat(rng.normal(scale=1.5, size=12), 20)
    first = skill + rng.normal(size=240)
    second = first - 0.3
    paired = paired_difference(first, second, users, level=0.95)
    alone = [accuracy_estimate(gap, users, level=0.95) for gap in (first, second)]
    assert paired.high - paired.low < 0.6 * max(one.high - one.low for one in alone)
    assert paired.low > 0


def test_differences_are_antisymmetric():
    rng, users = np.random.default_rng(4), people(10, 7)
    first, second = rng.normal(size=(2, 70))
    there = paired_difference(first, second, users, level=0.9)
    back = paired_difference(second, first, users, level=0.9)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
    assert back.p == pytest.approx(there.p)


def test_two_countries_with_equally_many_users_are_resampled_independently():
    first, second = drawn(people(30, 1, prefix="a")), drawn(people(30, 1, prefix="b"))
    assert abs(np.corrcoef(first.times[:, 0], second.times[:, 0])[0, 1]) < 0.1


def test_the_mean_over_countries_weighs_countries_equally_and_adds_their_variances():
    rng = np.random.default_rng(5)
    parts = []
    for name, n_users in (("a", 10), ("b", 40)):
        users = people(n_users, 8, prefix=name)
        parts.append(accuracy(rng.normal(0.3, 1, size=users.size), users))
    mean = mean_over_countries(parts)
    assert mean.value == pytest.approx((parts[0].value + parts[1].value) / 2)
    assert mean.error**2 == pytest.approx((parts[0].error ** 2 + parts[1].error ** 2) / 4)
    assert 9 < mean.degrees < 49
    found = estimate(mean, level=0.95)
    assert (found.n_users, found.n_pairs) == (50, 400)
    assert found.low < found.value < found.high


def test_the_mean_over_one_country_is_that_country():
    users = people(9, 5)
    number = accuracy(np.random.default_rng(6).normal(size=45), users)
    assert estimate(mean_over_countries([number]), level=0.9) == estimate(number, level=0.9)


def test_a_country_without_pairs_makes_the_mean_unknown_instead_of_vanishing():
    users = people(5, 2)
    known = accuracy(np.tile([1.0, -1.0], 5), users)
    absent = accuracy(np.ones(10), users, subset="true_country", global_gap=np.ones(10))
    mean = estimate(mean_over_countries([known, absent]), level=0.95)
    change = estimate(mean_over_countries([one.minus(one) for one in (known, absent)]), level=0.95)
    assert math.isnan(mean.value) and math.isnan(mean.low) and math.isnan(change.value) and math.isnan(change.p)


def test_design_effect_is_the_cluster_size_when_users_are_all_or_nothing():
    users = people(400, 10)
    gap = np.repeat(np.where(np.arange(400) % 2, 1.0, -1.0), 10)
    assert accuracy(gap, users).design_effect == pytest.approx(10, rel=0.1)


def test_design_effect_is_about_one_when_pairs_are_independent():
    users = people(500, 8)
    gap = np.random.default_rng(7).normal(size=4000)
    assert accuracy(gap, users).design_effect == pytest.approx(1, abs=0.2)


def test_holm_on_a_published_example():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_does_not_count_what_was_not_tested():
    adjusted = holm([[0.01, math.nan], [math.nan, 0.04]])
    assert adjusted.ravel() == pytest.approx([0.02, math.nan, math.nan, 0.04], nan_ok=True)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_the_p_value_and_bonferroni(p):
    adjusted = holm(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1) + 1e-12).all()


def test_the_table_has_the_data_dictionarys_rows_for_each_community():
    rng = np.random.default_rng(8)
    users = np.concatenate([people(6, 4, prefix="z"), people(7, 4, prefix="c"), people(2, 3, prefix="x")])
    country = np.array(["ZAF"] * 24 + ["CHL"] * 28 + [None] * 6, dtype=object)
    gap, ruler = rng.normal(size=(2, 58))
    rows = accuracy_table(gap, global_gap=ruler, user_id=users, country=country, level=0.95)
    table = validate(pd.DataFrame(rows), METRICS, "metrics")
    assert table[["tested_on", "subset"]].to_numpy().tolist() == [
        [place, number] for place in ("CHL", "ZAF") for number in ("all_country", "true_country", "excess")
    ]
    mine = country == "ZAF"
    assert table["value"][3] == pytest.approx((gap[mine] > 0).mean())
    assert table["value"][4] == pytest.approx((gap[mine & (ruler < 0)] > 0).mean())
    assert table["value"][5] == pytest.approx(FlipRuler.build(ruler[mine], users[mine]).excess(gap[mine]).value)


@pytest.mark.parametrize(
    ("gap", "options"),
    [
        ([1.0, 2.0], {}),
        ([1.0, math.nan, 2.0], {}),
        ([1.0, 2.0, 3.0], {"subset": "true_country"}),
        ([1.0, 2.0, 3.0], {"subset": "true_country", "global_gap": [1.0]}),
    ],
)
def test_malformed_gaps_are_an_error(gap, options):
    users = np.array(["a", "b", "c"])
    with pytest.raises(InputError, match=r"gap"):
        accuracy_estimate(gap, users, level=0.95, **options)


def test_unpaired_numbers_cannot_be_subtracted():
    users = people(4, 2)
    gap = np.tile([1.0, -1.0], 4)
    with pytest.raises(InputError, match="paired"):
        accuracy(gap, users).minus(accuracy(gap, people(4, 2, prefix="other")))
