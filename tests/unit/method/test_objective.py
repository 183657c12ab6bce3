"""The objective against the reference's formulas, written out here on their own, and against laws."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.objective import (
    effective_sample_size,
    gap,
    gap_at,
    global_disagrees,
    keep_pairs,
    p_global,
    pair_weights,
    select,
)
from scpo.methods import TRAINED, WEIGHT, half_weight_gap


def weighing(beta: float) -> ObjectiveConfig:
    return ObjectiveConfig(method="weight", beta=beta)


REWARDS = st.floats(-30, 30)
EXTREME = arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e4, 1e4))


def reference_probability(chosen: float, rejected: float) -> float:
    return math.exp(chosen) / (math.exp(chosen) + math.exp(rejected))


def reference_weight(chosen: float, rejected: float, beta: float) -> float:
    return min(math.exp(chosen / beta) / math.exp(rejected / beta), 1)


def reference_inverse_weight(chosen: float, rejected: float) -> float:
    return max(math.exp(rejected) / math.exp(chosen), 1)


@given(chosen=REWARDS, rejected=REWARDS)
def test_the_global_preference_is_the_references_bradley_terry_probability(chosen, rejected):
    got = p_global(gap([chosen], [rejected]))[0]
    assert got == pytest.approx(reference_probability(chosen, rejected), rel=1e-9)


@given(chosen=REWARDS, rejected=REWARDS, tau=st.floats(0.05, 0.95))
def test_the_filter_keeps_what_the_reference_keeps(chosen, rejected, tau):
    probability = reference_probability(chosen, rejected)
    if abs(probability - tau) > 1e-9:
        assert keep_pairs(p_global(gap([chosen], [rejected])), tau)[0] == (probability < tau)


@given(chosen=REWARDS, rejected=REWARDS, beta=st.floats(0.3, 5))
def test_weights_are_the_references_weights(chosen, rejected, beta):
    expected = reference_weight(chosen, rejected, beta)
    assert pair_weights(gap([chosen], [rejected]), weighing(beta))[0] == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(chosen=st.floats(-2.5, 2.5), rejected=st.floats(-2.5, 2.5))
def test_inverse_weights_are_the_references_weights_below_the_clip(chosen, rejected):
    expected = reference_inverse_weight(chosen, rejected)
    found = pair_weights(gap([chosen], [rejected]), ObjectiveConfig(method="inverse"))
    assert found[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("gap", [-30.0, -1.3, 0.0, 2.0])
def test_the_formula_that_readers_see_is_the_one_computed(gap):
    seen = eval(WEIGHT, {"min": min, "exp": math.exp, "gap": gap, "β": 0.7})  # noqa: S307
    assert pair_weights([gap], weighing(0.7)) == pytest.approx([seen])


def test_a_pair_one_beta_below_agreement_weighs_one_over_e():
    assert pair_weights([-1.1], weighing(1.1)) == pytest.approx([1 / math.e])


def test_the_references_threshold_keeps_mild_agreement_up_to_a_gap_of_0_847():
    kept = keep_pairs(p_global([math.log(0.7 / 0.3) - 1e-6, math.log(0.7 / 0.3) + 1e-6]), 0.7)
    assert kept.tolist() == [True, False]


def test_training_filter_and_test_subset_are_two_predicates():
    gaps = [-0.5, 0.0, 0.5]
    assert keep_pairs(p_global(gaps), 0.7).tolist() == [True, True, True]
    assert global_disagrees(gaps).tolist() == [True, False, False]


def test_tau_one_keeps_pairs_whose_probability_rounds_to_one():
    assert keep_pairs(p_global([1e4, 40.0]), 1.0).all()


@given(low=st.floats(-700, 700), step=st.floats(0, 700), beta=st.floats(0.05, 5))
def test_weight_stays_in_bounds_and_never_falls_as_the_gap_grows(low, step, beta):
    first, second = pair_weights([low, low + step], weighing(beta))
    assert 0 <= first <= second <= 1


@pytest.mark.parametrize("method", TRAINED)
@pytest.mark.parametrize("normalise", [False, True])
@given(gaps=EXTREME)
def test_extreme_gaps_give_finite_weights_without_a_warning(method, normalise, gaps):
    objective = ObjectiveConfig(method=method, normalise_weights=normalise)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        selection = select(gaps, objective, seed=1)
    assert np.isfinite(selection.weight).all()
    assert (selection.weight >= 0).all()
    assert (selection.weight[~selection.kept] == 0).all()
    if normalise and selection.kept.any():
        assert selection.weight[selection.kept].mean() == pytest.approx(1)


def test_a_tiny_beta_gives_zero_weights_instead_of_an_overflow():
    with np.errstate(all="raise"):
        assert pair_weights([-1e4, 1.0], weighing(1e-308)).tolist() == [0.0, 1.0]


def test_each_method_on_a_case_computed_by_hand():
    gaps = [-2.2, -1.1, 0.5, 2.0]  # p_glo = 0.10, 0.25, 0.62, 0.88
    expected = {
        "full": [1, 1, 1, 1],
        "filter": [1, 1, 1, 0],
        "weight": [math.exp(-2), math.exp(-1), 1, 1],
        "scpo": [math.exp(-2), math.exp(-1), 1, 0],
        "inverse": [math.exp(2.2), math.exp(1.1), 1, 1],
    }
    for method, weights in expected.items():
        selection = select(gaps, ObjectiveConfig(method=method, tau=0.7, beta=1.1), seed=0)
        assert selection.weight == pytest.approx(weights), method
        assert selection.kept.tolist() == [weight > 0 for weight in weights], method


@given(gaps=EXTREME, tau=st.floats(0.01, 1), seed=st.integers(0, 2**32))
def test_random_keeps_as_many_pairs_as_scpo_and_repeats_with_its_seed(gaps, tau, seed):
    control = select(gaps, ObjectiveConfig(method="random", tau=tau), seed=seed)
    assert control.n_kept == select(gaps, ObjectiveConfig(method="scpo", tau=tau), seed=seed).n_kept
    assert (control.weight == control.kept).all()
    again = select(gaps, ObjectiveConfig(method="random", tau=tau), seed=seed)
    assert (control.kept == again.kept).all()


def test_random_pairs_do_not_depend_on_the_gap():
    gaps = np.linspace(-3, 3, 400)
    shares = [
        global_disagrees(gaps)[select(gaps, ObjectiveConfig(method="random", tau=0.7), seed=seed).kept].mean()
        for seed in range(200)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.01)


def test_normalising_keeps_the_ratios():
    gaps = [-3.0, -1.0, 0.2]
    plain = select(gaps, ObjectiveConfig(method="weight"), seed=0).weight
    normalised = select(gaps, ObjectiveConfig(method="weight", normalise_weights=True), seed=0).weight
    assert normalised / normalised[0] == pytest.approx(plain / plain[0])
    assert normalised.mean() == pytest.approx(1)


@given(weight=arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e150)), scale=st.floats(1e-100, 1e100))
def test_effective_sample_size_is_bounded_and_ignores_the_scale(weight, scale):
    size = effective_sample_size(weight)
    assert 0 <= size <= np.count_nonzero(weight) + 1e-9
    if (weight * scale > 1e-200).all():
        assert effective_sample_size(weight * scale) == pytest.approx(size)


def test_effective_sample_size_of_equal_weights_is_their_number():
    assert effective_sample_size([0.3] * 7 + [0.0] * 5) == pytest.approx(7)
    assert effective_sample_size([]) == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: gap([1.0], [1.0, 2.0]),
        lambda: gap([math.nan], [0.0]),
        lambda: p_global([[1.0]]),
        lambda: keep_pairs([0.5], 0.0),
        lambda: keep_pairs([0.5], 1.1),
        lambda: pair_weights([math.nan], weighing(1.1)),
        lambda: effective_sample_size([-1.0]),
        lambda: select([math.inf], ObjectiveConfig(method="full"), seed=0),
    ],
)
def test_malformed_input_is_an_error_with_words(call):
    with pytest.raises(InputError, match=r"got|values|pairs"):
        call()


def test_the_gap_at_a_probability_is_the_logarithm_of_its_odds():
    assert gap_at([0.25, 0.5, 0.7]) == pytest.approx([math.log(1 / 3), 0.0, math.log(7 / 3)])
    assert gap_at([0.0, 1.0]).tolist() == [-math.inf, math.inf]


@given(gaps=arrays(np.float64, st.integers(1, 20), elements=st.floats(-20, 20)))
def test_the_gap_at_a_probability_undoes_the_probability(gaps):
    assert gap_at(p_global(gaps)) == pytest.approx(gaps, abs=1e-6)


@given(beta=st.floats(0.05, 50))
def test_a_pair_at_the_half_weight_gap_weighs_one_half(beta):
    assert half_weight_gap(beta) < 0
    assert pair_weights([half_weight_gap(beta)], ObjectiveConfig(method="weight", beta=beta)) == pytest.approx([0.5])


def test_a_temperature_that_is_not_positive_has_no_half_weight_gap():
    with pytest.raises(InputError, match="beta"):
        half_weight_gap(0.0)
