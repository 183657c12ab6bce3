"""Who gains and who pays: cells against their own masks, verdicts on constructed models."""

import math

import numpy as np
import pytest

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.measures.bias import bias_rows, worst_group
from scpo.measures.clustered import mean_over_countries
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.intervals import holm, p_value
from scpo.measures.over_steering import over_steering

FULL, FILTER, SCPO = (ObjectiveConfig(method=method) for method in ("full", "filter", "scpo"))


@pytest.fixture(scope="module")
def pairs():
    """Three groups of 20, 15 and 4 users with 12 pairs each; half of the pairs split users from the global model."""
    rng = np.random.default_rng(0)
    sizes = {"CHL": 20, "ZAF": 15, "NZL": 4}
    user = np.repeat([f"{name}{number:02d}" for name, size in sizes.items() for number in range(size)], 12)
    country = np.array([name[:3] for name in user], dtype=object)
    ruler = rng.normal(0.4, 1.0, size=user.size)
    return user, country, ruler


@pytest.fixture(scope="module")
def evaluation(pairs):
    user, country, ruler = pairs
    config = EvaluationConfig(resamples=1000)
    return Evaluation.build(global_gap=ruler, user_id=user, country=country, config=config)


def model(gap, trained_for="CHL", objective=SCPO, runs=("r0",)):
    return CountryModel(trained_for=trained_for, objective=objective, runs=runs, gap=np.atleast_2d(gap))


def flipped(ruler, where, *, share, seed=0):
    """The global gaps with a random share of the marked pairs turned round."""
    turn = where & (np.random.default_rng(seed).random(ruler.size) < share)
    return np.where(turn, -ruler, ruler)


def test_each_cell_is_the_difference_of_two_accuracies_on_that_groups_pairs(pairs, evaluation):
    _, country, ruler = pairs
    gaps = np.random.default_rng(1).normal(size=(3, ruler.size))
    rows = bias_rows([model(gaps, runs=("a", "b", "c"))], evaluation)
    assert [row.tested_on for row in rows] == ["CHL", "NZL", "ZAF"]
    for row in rows:
        mine = country == row.tested_on
        expected = np.mean(gaps[:, mine] > 0) - np.mean(ruler[mine] > 0)
        assert row.difference.value == pytest.approx(expected)
        assert row.difference.n_pairs == mine.sum()
        assert row.too_few_users == (row.tested_on == "NZL")


def test_home_and_away_are_families_of_their_own_and_small_groups_are_not_tested(pairs, evaluation):
    ruler = pairs[2]
    rng = np.random.default_rng(2)
    models = [
        model(ruler + rng.normal(size=ruler.size), trained_for=country, objective=objective)
        for objective in (FULL, SCPO)
        for country in ("CHL", "ZAF")
    ]
    rows = bias_rows(models, evaluation)
    assert all(math.isnan(row.difference.p) and math.isnan(row.holm_p) for row in rows if row.tested_on == "NZL")
    for objective in (FULL, SCPO):
        matrix = [row for row in rows if row.objective == objective and row.tested_on != "NZL"]
        for family in (True, False):
            mine = [row for row in matrix if (row.trained_for == row.tested_on) == family]
            assert len(mine) == 2
            by_hand = holm([row.difference.p for row in mine])
            assert [row.holm_p for row in mine if row.difference.value < 0] == pytest.approx(
                [p for p, row in zip(by_hand, mine, strict=True) if row.difference.value < 0]
            )


def test_a_gain_is_not_surer_than_the_mean_of_its_setting_and_a_loss_needs_no_mean(pairs, evaluation):
    _, country, ruler = pairs
    gains = np.where((country == "CHL") & (ruler < 0), -ruler, ruler)  # all of CHL's lost pairs are won at home
    loses = np.where((country == "ZAF") & (ruler > 0), -ruler, ruler)  # ... and all others are lost at home in ZAF
    rows = bias_rows([model(gains), model(loses, trained_for="ZAF")], evaluation)
    home = {row.trained_for: row for row in rows if row.trained_for == row.tested_on}
    mean = mean_over_countries(
        [
            evaluation.accuracy(np.atleast_2d(gap), place).minus(evaluation.accuracy(ruler, place))
            for gap, place in ((gains, "CHL"), (loses, "ZAF"))
        ]
    )
    assert home["CHL"].difference.p < 1e-6 and home["CHL"].holm_p == pytest.approx(p_value(mean)) and p_value(mean) > 0
    assert home["ZAF"].holm_p < 1e-6


def test_what_was_not_seen_says_how_small_a_loss_could_have_been_seen(pairs, evaluation):
    (row, *_) = bias_rows([model(flipped(pairs[2], pairs[2] < 9, share=0.1))], evaluation)
    half = (row.difference.high - row.difference.low) / 2  # t at 97.5 % times the error
    assert half < row.smallest_visible < 2 * half


def test_the_worst_group_is_the_lowest_difference_among_groups_with_enough_users(pairs, evaluation):
    _, country, ruler = pairs
    harmed = flipped(ruler, (country == "NZL") & (ruler > 0), share=1.0)
    harmed = np.where(country == "ZAF", flipped(harmed, ruler > 0, share=0.5), harmed)
    rows = bias_rows([model(harmed)], evaluation)
    lowest = min(rows, key=lambda row: row.difference.value)
    assert lowest.tested_on == "NZL"
    worst = worst_group(rows)
    assert worst is not None and worst.tested_on == "ZAF"
    assert worst.holm_p < 0.05
    assert worst_group(row for row in rows if row.tested_on == "NZL") is None


def test_the_global_model_itself_neither_gains_nor_pays(pairs, evaluation):
    rows = bias_rows([model(pairs[2])], evaluation)
    assert all(row.difference.value == 0.0 for row in rows)
    assert all((row.difference.p, row.holm_p) == (1.0, 1.0) for row in rows if not row.too_few_users)
    (found,) = over_steering([model(pairs[2])], evaluation)
    assert found.verdict == "unknown"  # there is no model of all pairs to compare it with
    assert (found.recovered.value, found.excess.value) == (0.0, 0.0)


def test_a_model_that_recovers_by_flipping_more_and_knowing_less_is_called_over_steered(pairs, evaluation):
    ruler = pairs[2]
    full = flipped(ruler, ruler < 0, share=0.45)
    blind = flipped(ruler, ruler < 9, share=0.8)  # flips pairs without knowing which are wrong
    careful = flipped(ruler, ruler < 0, share=0.4, seed=3)
    models = [model(full, objective=FULL), model(blind, objective=FILTER), model(careful)]
    found = over_steering(models, evaluation)
    assert [one.verdict for one in found] == ["unknown", "over_steering", "none"]
    assert found[0].against_full is None and found[0].excess_against_full is None
    own = pairs[1] == "CHL"
    steered = found[1]
    assert steered.recovered.value == pytest.approx(np.mean(blind[own & (ruler < 0)] > 0)) and steered.recovered.low > 0
    assert steered.against_full is not None and steered.recovered_against_full is not None
    assert steered.against_full.value == pytest.approx(np.mean(blind[own] > 0) - np.mean(full[own] > 0))
    assert steered.recovered_against_full.low > 0 and steered.excess_against_full.high < 0
    assert (found[2].p, steered.holm_p) == (1.0, pytest.approx(2 * steered.p))


def test_only_models_that_were_trained_alike_are_compared(pairs, evaluation):
    ruler = pairs[2]
    other = CountryModel("CHL", FULL, ("f",), np.atleast_2d(flipped(ruler, ruler < 0, share=0.45)), training="long")
    found = over_steering([other, model(flipped(ruler, ruler < 9, share=0.8), objective=FILTER)], evaluation)
    assert found[1].verdict == "unknown" and found[1].excess_against_full is None


def test_without_an_interval_the_verdict_is_unknown():
    evaluation = Evaluation.build(
        global_gap=[-1.0, 1.0], user_id=["a", "a"], country=["CHL", "CHL"], config=EvaluationConfig(resamples=100)
    )
    (found,) = over_steering([model([1.0, -1.0])], evaluation)
    assert found.verdict == "unknown"
    assert found.too_few_users
    assert math.isnan(found.against_global.p)
    assert found.to_json()["against_global"]["p"] is None


def test_json_has_the_contracts_keys(pairs, evaluation):
    row = bias_rows([model(pairs[2] + 1, runs=("one", "two"))], evaluation)[0].to_json()
    assert {"run", "trained_for", "tested_on", "difference", "holm_p"} <= set(row)
    assert (row["run"], row["runs"], row["method"]) == ("one", ["one", "two"], "scpo")
    assert {"value", "low", "high", "level", "n_pairs", "n_users"} <= set(row["difference"])


def test_a_country_without_test_pairs_is_an_error_that_names_the_others(pairs, evaluation):
    with pytest.raises(InputError, match=r"MEX.*CHL"):
        over_steering([model(pairs[2], trained_for="MEX")], evaluation)
