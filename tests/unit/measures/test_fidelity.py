"""Fidelity of previews against simulated truth: perfect ones, blind ones, and figures by hand."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from scpo.errors import InputError
from scpo.measures.fidelity import Labels, agreement, error_over, method_means

COUNTRIES, METHODS, SETTINGS = ("CHL", "ZAF", "NZL", "AUS"), ("scpo", "filter", "weight"), 4


def world(seed=0, *, slider=0.02, noise=0.01):
    """Return runs whose methods differ much, countries some, and settings of a method a little."""
    rng = np.random.default_rng(seed)
    labels, runs = [], []
    level = {"scpo": 0.4, "filter": 0.6, "weight": 0.2}
    for country in COUNTRIES:
        base = rng.normal(0, 0.03)
        for method in METHODS:
            for setting in range(SETTINGS):
                labels.append((country, method, f"{method}-{setting}"))
                runs.append(level[method] + base + slider * setting + rng.normal(0, noise))
    return Labels.of(*zip(*labels, strict=True)), np.array(runs)


def test_a_perfect_preview_has_skill_and_rank_1_and_no_regret():
    labels, runs = world()
    found = agreement(runs, runs, labels)
    assert (found.skill, found.rank_within, found.regret, found.error) == (1, pytest.approx(1), 0, 0)
    assert (found.n_skill, found.n_rank_groups, found.n_rank_settings) == (48, 12, 48)
    assert (found.n_regret_countries, found.n_error_settings) == (4, 12)
    assert found.regret_by_chance > 0.05


@pytest.mark.parametrize("seed", range(5))
def test_a_preview_that_never_looks_has_no_skill_however_high_its_pooled_rank(seed):
    labels, runs = world(seed)
    guess = method_means(runs, labels)
    found = agreement(guess, runs, labels)
    assert found.skill == 0 and found.rank_within == 0 and found.spearman > 0.7
    noisy = agreement(guess + np.random.default_rng(100 + seed).normal(0, 0.02, guess.size), runs, labels)
    assert noisy.skill < 0


def test_previews_that_know_the_order_of_methods_only_do_not_order_the_sliders():
    labels, runs = world(slider=0.0)
    blind = [agreement(runs[np.random.default_rng(s).permutation(48)], runs, labels).rank_within for s in range(200)]
    assert abs(np.mean(blind)) < 0.03
    turned = 2 * method_means(runs, labels) - runs
    assert agreement(turned, runs, labels).rank_within == pytest.approx(-1)


def test_method_means_leave_the_country_out_and_count_every_other_one_alike():
    labels = Labels.of(["A", "A", "B", "C", "A"], ["scpo"] * 4 + ["full"], ["1", "2", "1", "1", "full"])
    found = method_means(np.array([0.1, 0.3, 0.6, 0.9, 0.5]), labels)
    np.testing.assert_allclose(found, [0.75, 0.75, (0.2 + 0.9) / 2, (0.2 + 0.6) / 2, math.nan])


def test_the_skill_is_one_minus_the_ratio_of_squared_errors_where_there_is_a_guess():
    labels = Labels.of(["A", "B", "A"], ["scpo", "scpo", "full"], ["s", "s", "f"])
    found = agreement([0.5, 0.7, 0.0], [0.4, 0.8, 0.9], labels)
    assert found.n_skill == 2 and found.skill == pytest.approx(1 - (0.01 + 0.01) / (0.16 + 0.16))
    alone = agreement([0.5], [0.4], Labels.of(["A"], ["scpo"], ["s"]))
    assert math.isnan(alone.skill) and alone.n_skill == 0


def test_below_three_settings_of_a_method_nothing_is_said_about_their_order():
    labels = Labels.of(["A"] * 4, ["scpo", "scpo", "filter", "filter"], list("abcd"))
    found = agreement([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4], labels)
    assert math.isnan(found.rank_within) and (found.n_rank_groups, found.n_rank_settings) == (0, 0)
    assert found.spearman == pytest.approx(1)


def test_the_rank_within_is_the_mean_of_scipys_over_methods_and_countries():
    labels = Labels.of(["A"] * 3 + ["B"] * 3, ["scpo"] * 6, ["1", "2", "3"] * 2)
    first, second = np.array([0.1, 0.3, 0.2, 0.5, 0.4, 0.6]), np.array([0.2, 0.3, 0.1, 0.4, 0.5, 0.6])
    expected = (spearmanr(first[:3], second[:3]).statistic + spearmanr(first[3:], second[3:]).statistic) / 2
    found = agreement(first, second, labels)
    assert found.rank_within == pytest.approx(expected) and found.n_rank_groups == 2
    assert agreement(first, second, labels, country="B").n_rank_groups == 1
    still = agreement([0.1] * 6, second, labels)
    assert still.rank_within == 0, "a preview that does not move orders nothing"
    assert agreement(first, [0.1] * 6, labels).n_rank_groups == 0, "runs that do not differ have no order"


def test_regret_is_what_is_lost_by_taking_what_the_preview_likes_best():
    labels = Labels.of(["A"] * 3 + ["B"] * 2 + ["C"], ["scpo"] * 6, list("123121"))
    found = agreement([0.9, 0.1, 0.2, 0.5, 0.5, 0.3], [0.4, 0.6, 0.5, 0.7, 0.3, 0.3], labels)
    # A: 0.6 is there, the preview takes 0.4; B: the preview cannot tell 0.7 from 0.3; C has one setting
    assert found.regret == pytest.approx((0.2 + 0.2) / 2) and found.n_regret_countries == 2
    assert found.regret_by_chance == pytest.approx((0.1 + 0.2) / 2)


def test_the_error_of_a_mean_over_countries_keeps_what_they_have_in_common():
    rng = np.random.default_rng(0)
    labels = Labels.of(np.repeat([f"C{i}" for i in range(40)], 50), ["scpo"] * 2000, [str(i) for i in range(50)] * 40)
    common, own = np.tile(rng.normal(0, 0.03, 50), 40), rng.normal(0, 0.04, 2000)
    found = agreement(0.5 + common + own, np.full(2000, 0.5), labels)
    assert found.error == pytest.approx(0.05, rel=0.1) and found.own_error == pytest.approx(0.04, rel=0.05)
    off = (common + own).reshape(40, 50).mean(axis=0)
    assert error_over(found.error, found.own_error, 40) == pytest.approx(np.sqrt(np.mean(off**2)), rel=0.1)
    assert error_over(found.error, found.own_error, 1) == pytest.approx(found.error)


def test_one_country_is_judged_against_the_others():
    labels, runs = world()
    previewed = runs + np.where(labels.country == "ZAF", 0.1, 0.0)
    found = agreement(previewed, runs, labels, country="ZAF")
    assert found.error == pytest.approx(0.1) and found.n_runs == 12 and found.skill < 0
    assert agreement(previewed, runs, labels, country="CHL").skill == 1


def test_the_pooled_rank_is_scipys_with_ties_and_runs_without_a_number_are_left_out():
    first = np.array([0.1, 0.2, 0.2, 0.5, 0.4, math.nan])
    second = np.array([0.3, 0.1, 0.4, 0.6, 0.6, 0.9])
    labels = Labels.of(list("abcdef"), ["scpo"] * 6, ["s"] * 6)
    found = agreement(first, second, labels)
    assert found.spearman == pytest.approx(spearmanr(first[:5], second[:5]).statistic)
    assert found.n_runs == 5
    assert math.isnan(agreement([0.1] * 3, [0.1, 0.2, 0.3], labels.at(np.arange(6) < 3)).spearman)


def test_what_does_not_fit_together_is_refused():
    labels, runs = world()
    with pytest.raises(InputError, match="one shape"):
        agreement(runs[:3], runs[:3], labels)
    with pytest.raises(InputError, match="as many as runs"):
        Labels.of(["A"], ["scpo", "full"], ["s", "f"])
