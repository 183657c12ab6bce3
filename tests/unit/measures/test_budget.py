"""The one-standard-error rule, on shares whose standard error is known by hand."""

import numpy as np
import pytest

from scpo.measures.budget import one_standard_error


def pairs(*shares, each=10):
    """Return hits of one country: users of ten pairs each with so many of them right."""
    right = np.concatenate([np.arange(each) < round(share * each) for share in shares])
    return right, np.repeat([f"u{i}" for i in range(len(shares))], each)


def test_the_standard_error_is_the_jackknife_of_the_best_mean():
    # users of equal size: the jackknife of a mean is the standard error of the users' means
    first, users = pairs(0.5, 0.7, 0.9)
    second, others = pairs(0.4, 0.6, 0.6, 0.4)
    found = one_standard_error({8: {"A": first, "B": second}}, {"A": users, "B": others})
    by_country = [np.var([0.5, 0.7, 0.9], ddof=1) / 3, np.var([0.4, 0.6, 0.6, 0.4], ddof=1) / 4]
    assert found.standard_error == pytest.approx(np.sqrt(sum(by_country)) / 2)


@pytest.mark.parametrize(("small", "chosen"), [(0.7, 16), (0.6, 32)])
def test_the_smallest_budget_within_one_standard_error_of_the_best_is_chosen(small, chosen):
    best, users = pairs(0.6, 0.8, 0.7, 0.9)  # mean 0.75, standard error 0.065
    right = {8: pairs(0.5, 0.5, 0.5, 0.5)[0], 16: pairs(*[small] * 4)[0], 32: best, 64: pairs(0.7, 0.7, 0.7, 0.7)[0]}
    found = one_standard_error({steps: {"A": one} for steps, one in right.items()}, {"A": users})
    assert (found.steps, found.best) == (chosen, 32)
    assert found.standard_error == pytest.approx(np.std([0.6, 0.8, 0.7, 0.9], ddof=1) / 2)


def test_without_a_standard_error_the_best_is_chosen_and_of_equals_the_smallest():
    right = {8: {"A": pairs(0.5)[0]}, 16: {"A": pairs(0.7)[0]}, 32: {"A": pairs(0.7)[0]}}
    found = one_standard_error(right, {"A": pairs(0.5)[1]})
    assert (found.steps, found.best, found.standard_error) == (16, 16, None)


def test_countries_count_alike_whatever_their_pairs():
    many, users = pairs(*[0.5] * 20)
    few, others = pairs(0.9, 0.7)
    few_lose = {"A": pairs(*[0.6] * 20)[0], "B": pairs(0.6, 0.4)[0]}  # 20 of 200 pairs more, 6 of 20 fewer
    found = one_standard_error({8: few_lose, 16: {"A": many, "B": few}}, {"A": users, "B": others})
    assert found.best == 16
