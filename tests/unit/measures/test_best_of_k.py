"""Best of k from n: against all subsets, ties and ends."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError
from scpo.measures.best_of_k import best_of_k, most_divergence


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 9)), min_size=1, max_size=6), st.data())
def test_it_is_the_mean_over_all_subsets_a_tie_drawn_by_chance(responses, data):
    k = data.draw(st.integers(1, len(responses)))
    reward, value = (list(map(float, one)) for one in zip(*responses, strict=True))
    means = []
    for subset in itertools.combinations(range(len(reward)), k):
        best = max(reward[i] for i in subset)
        means.append(np.mean([value[i] for i in subset if reward[i] == best]))
    # A tie inside a subset is broken by chance; over all subsets that is what sharing the places gives.
    tied = len(set(reward)) < len(reward)
    if not tied:
        assert best_of_k(reward, value, k) == pytest.approx(np.mean(means))
    assert best_of_k(reward, reward, k) == pytest.approx(
        np.mean([max(reward[i] for i in subset) for subset in itertools.combinations(range(len(reward)), k)])
    )


def test_tied_responses_share_the_pick_and_the_ends_are_mean_and_best():
    assert best_of_k([1.0, 1.0, 0.0], [4.0, 8.0, 100.0], 3) == 6.0
    assert best_of_k([1.0, 2.0, 3.0], [5.0, 1.0, 0.0], 1) == pytest.approx(2.0)
    assert best_of_k([1.0, 2.0, 3.0], [5.0, 1.0, 0.0], 3) == pytest.approx(0.0)


def test_more_than_there_are_is_refused_and_the_largest_divergence_is_that_of_the_formula():
    with pytest.raises(InputError, match="at least 4 responses, and there are 3"):
        best_of_k([1, 2, 3], [1, 2, 3], 4)
    assert most_divergence(1) == 0 and most_divergence(4) == pytest.approx(math.log(4) - 0.75)


def test_it_is_unbiased_for_samples_of_a_known_distribution():
    rng = np.random.default_rng(0)
    estimates = [best_of_k(one, one, 3) for one in rng.random((4000, 5))]
    assert np.mean(estimates) == pytest.approx(3 / 4, abs=0.01)  # the mean of the largest of three uniform numbers
