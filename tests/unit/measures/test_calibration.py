"""Calibration of the preview on runs whose right ridge is known."""

import math

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures import calibration
from scpo.measures.fidelity import Labels

RIDGES = np.array([0.1, 1.0, 10.0, 100.0])


def previews(n_runs=8, seed=0):
    return np.random.default_rng(seed).uniform(0.2, 0.8, size=(RIDGES.size, n_runs, 2))


def calibrate(ridges, previewed, measured):
    """Fit with labels of one method in as many countries as there are runs."""
    n = len(measured)
    labels = Labels.of([f"C{i}" for i in range(n)], ["scpo"] * n, ["scpo"] * n)
    return calibration.calibrate(ridges, previewed, measured, labels)


def test_the_ridge_that_made_the_runs_is_found_again():
    table = previews()
    found = calibrate(RIDGES, table, table[2])
    assert (found.ridge, found.at_edge, found.n_runs) == (10.0, False, 8)
    assert found.error[2] == 0
    everything, recovered = found.agreements()
    assert everything.mean_absolute_error == 0
    assert recovered.spearman == pytest.approx(1)


def test_a_run_is_judged_at_the_ridge_that_was_chosen_without_it():
    # two runs that want different ridges: each is foretold at the other's
    table = np.array([[[0.5, 0.5], [0.5, 0.5]], [[0.7, 0.7], [0.7, 0.7]]])
    found = calibrate([1.0, 2.0], table, [[0.5, 0.5], [0.7, 0.7]])
    assert found.agreements()[0].mean_absolute_error == pytest.approx(0.2)


def test_the_error_is_the_root_mean_square_over_both_accuracies():
    found = calibrate([1.0], [[[0.5, 0.5], [0.5, 0.5]]], [[0.5, 0.6], [0.5, 0.7]])
    assert found.error == pytest.approx([math.sqrt((0.01 + 0.04) / 4)])


def test_runs_without_a_number_are_left_out_and_counted_out():
    table, runs = previews(5), previews(5)[1]
    runs[3, 1] = math.nan
    assert calibrate(RIDGES, table, runs).n_runs == 4
    with pytest.raises(InputError, match="finished run"):
        calibrate(RIDGES, table, np.full((5, 2), math.nan))


def test_the_best_ridge_at_the_edge_says_so_and_ties_prefer_the_smaller_change():
    table = previews()
    assert calibrate(RIDGES, table, table[0]).at_edge
    assert calibrate(RIDGES, np.repeat(table[:1], 4, axis=0), table[1]).ridge == 100.0


def test_one_run_gives_a_ridge_but_no_fidelity():
    found = calibrate(RIDGES, previews(1), previews(1)[1])
    assert found.ridge == 1.0
    (nothing, _) = found.agreements()
    assert {value for name, value in nothing.to_json().items() if name.startswith("n_")} == {0}
    assert {value for name, value in nothing.to_json().items() if not name.startswith("n_")} == {None}


def test_a_third_number_is_judged_but_takes_no_part_in_the_choice():
    table = np.concatenate([previews(), np.zeros((4, 8, 1))], axis=2)
    runs = np.column_stack([table[2, :, :2], np.full(8, 0.5)])
    found = calibrate(RIDGES, table, runs)
    assert found.ridge == 10.0 and found.agreements()[2].error == pytest.approx(0.5)


def test_malformed_input_is_an_error():
    for ridges, table, runs in (
        (RIDGES[::-1], previews(), previews()[0]),
        (RIDGES, previews()[:2], previews()[0]),
        ([], np.empty((0, 3, 2)), np.empty((3, 2))),
    ):
        with pytest.raises(InputError):
            calibrate(ridges, table, runs)
