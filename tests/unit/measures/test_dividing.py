"""Pairs that divide two models, where the tastes behind them are known."""

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures.community import CommunityPairs
from scpo.measures.dividing import judged_by_both


def people(name, taste, rng, n_pairs=4000):
    shown = rng.normal(size=(n_pairs, len(taste)))
    sign = np.where(rng.random(n_pairs) < 1 / (1 + np.exp(-shown @ taste)), 1.0, -1.0)
    differences = shown * sign[:, None]
    return CommunityPairs(name, differences, differences[:, 0], np.repeat(np.arange(40), n_pairs // 40).astype(str))


def test_the_difference_is_that_of_the_tastes_each_divided_by_its_length():
    rng = np.random.default_rng(0)
    first, second = people("A", [2.0, 0.0], rng), people("B", [0.0, 1.0], rng)
    shown = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [0.0, -2.0]])
    judged = judged_by_both(first, second, [1.0, 0.0], CommunityPairs("c", shown, shown[:, 0], np.array(list("abcde"))))
    assert judged.first == pytest.approx(shown[:, 0] / np.sqrt(3 / 5), abs=0.15)
    assert judged.second == pytest.approx(shown[:, 1] / np.sqrt(7 / 5), abs=0.15)
    assert judged.difference == pytest.approx(judged.first - judged.second)
    assert np.argmax(np.abs(judged.difference)) == 3, "one model wants it, the other its contrary"


def test_both_need_pairs():
    rng = np.random.default_rng(0)
    one = people("A", [1.0, 0.0], rng, n_pairs=40)
    empty = CommunityPairs("E", np.empty((0, 2)), np.empty(0), np.empty(0, dtype=str))
    with pytest.raises(InputError, match="A and E need pairs"):
        judged_by_both(one, empty, [1.0, 0.0], one)
