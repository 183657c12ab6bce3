"""Reliability of margins: bins counted by hand, and models that are as sure as they should be, or too sure."""

import numpy as np
import pytest
from scipy.special import expit, logit

from scpo.errors import InputError
from scpo.measures.reliability import reliability


def test_bins_by_hand():
    said = np.array([0.55, 0.55, 0.55, 0.55, 0.95, 0.95, 0.95, 0.95])
    sign = np.array([1, -1, 1, -1, 1, 1, 1, -1])
    found = reliability(sign * logit(said), ["a", "a", "b", "b", "a", "a", "b", "b"])
    first, last = found.bins
    assert (first.low, first.high, last.low, last.high) == (0.5, 0.6, 0.9, 1.0)
    assert (first.said, first.agreed.value, first.share) == (pytest.approx(0.55), 0.5, 0.5)
    assert (last.said, last.agreed.value) == (pytest.approx(0.95), 0.75)
    assert (last.agreed.n_pairs, last.agreed.n_users, found.n_pairs) == (4, 2, 8)
    assert found.ece == pytest.approx(0.5 * 0.05 + 0.5 * 0.20)
    assert found.over_confidence.value == pytest.approx(0.75 - 0.625) and found.over_confidence.is_difference


def test_an_edge_belongs_to_the_bin_above_and_certainty_to_the_last():
    found = reliability([0.0, 800.0, -800.0], ["a", "b", "c"])
    assert [(one.low, one.agreed.value) for one in found.bins] == [(0.5, 0.5), (0.9, 0.5)]
    assert found.bins[0].said == 0.5


def test_runs_count_the_same_and_a_pair_is_counted_once():
    runs = np.array([[0.1, 0.1], [3.0, -3.0]])
    found = reliability(runs, ["a", "b"])
    assert [one.share for one in found.bins] == [0.5, 0.5]
    assert [one.agreed.value for one in found.bins] == [1.0, 0.5]
    assert [one.agreed.n_pairs for one in found.bins] == [2, 2]


@pytest.mark.parametrize(("scale", "too_sure"), [(1.0, False), (3.0, True)])
def test_a_model_that_says_what_people_do_is_calibrated_and_a_louder_one_is_not(scale, too_sure):
    rng, covered, errors = np.random.default_rng(0), 0, []
    for _ in range(60):
        true = rng.normal(0, 1, 600)
        gap = scale * np.where(rng.random(600) < expit(true), true, -true)
        found = reliability(gap, np.repeat([f"u{i}" for i in range(30)], 20))
        number = found.over_confidence
        covered += abs(number.value) < 2.05 * number.error
        errors.append((found.ece, found.ece_of_perfect))
    seen, perfect = np.mean(errors, axis=0)
    assert covered < 6 if too_sure else covered >= 54
    assert seen > 3 * perfect if too_sure else seen == pytest.approx(perfect, rel=0.15)
    assert perfect > 0.01


def test_nothing_and_no_number_are_refused():
    with pytest.raises(InputError, match="at least one"):
        reliability([], [])
    with pytest.raises(InputError, match="finite"):
        reliability([np.nan], ["a"])
