"""The loss, the order of the pairs, and what a training does to a model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from scpo.config import LoraConfig, TrainingConfig
from scpo.errors import InputError, RunError
from scpo.model.encoding import EncodedText
from scpo.model.plan import StepPlan
from scpo.model.scoring import score
from scpo.model.steps import learning_rate_factor
from scpo.model.training import PairData, train, weighted_bradley_terry_loss
from tests.engine.conftest import KINDS


def weights_of(model):
    return {name: p.detach().clone() for name, p in model.model.named_parameters()}


def synthetic_pairs(sizes, *, lengths=None, seed=0):
    """Pairs of interactions with given numbers of pairs; only their lengths matter."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 60, 2 * len(group)) if lengths is None else lengths
    texts = [EncodedText(np.full(n, i + 1, dtype=np.int32)) for i, n in enumerate(lengths)]
    shuffled = rng.permutation(len(group))
    return PairData(
        texts, np.arange(len(group)), np.arange(len(group), 2 * len(group)), np.ones(len(group)), group[shuffled]
    )


def test_the_loss_of_hand_computed_pairs():
    # gaps 0 and ln 3: -log(1/2) and -log(3/4); weights 1 and 1/2; mean over two pairs
    chosen, rejected = torch.tensor([1.0, math.log(3)]), torch.tensor([1.0, 0.0])
    loss = weighted_bradley_terry_loss(chosen, rejected, torch.tensor([1.0, 0.5]))
    assert loss.item() == pytest.approx((math.log(2) + 0.5 * math.log(4 / 3)) / 2)


def test_the_gradient_is_that_of_the_formula_even_for_extreme_gaps():
    gap = torch.tensor([-1e3, -30.0, -1.0, 0.0, 1.0, 30.0, 1e3], dtype=torch.float64)
    rejected = torch.zeros_like(gap, requires_grad=True)
    chosen = gap.clone().requires_grad_()
    weight = torch.linspace(0.1, 1.3, 7, dtype=torch.float64)
    assert torch.autograd.gradcheck(weighted_bradley_terry_loss, (chosen, rejected, weight), rtol=1e-4)
    weighted_bradley_terry_loss(chosen, rejected, weight).backward()
    expected = -weight.numpy() / (1 + np.exp(np.clip(gap.numpy(), -700, 700))) / 7
    np.testing.assert_allclose(chosen.grad.numpy(), expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(rejected.grad.numpy(), -expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("shapes", [((4, 1), (4, 1), (4,)), ((4,), (4,), (4, 1)), ((4,), (3,), (4,)), ((), (), ())])
def test_a_shape_that_would_broadcast_is_an_error(shapes):
    with pytest.raises(ValueError, match="shape"):
        weighted_bradley_terry_loss(*(torch.zeros(shape) for shape in shapes))


def test_the_learning_rate_rises_over_the_warmup_and_falls_to_its_last_share():
    factors = [learning_rate_factor(step, steps=10, warmup=0.2) for step in range(10)]
    assert factors == pytest.approx([1 / 3, 2 / 3, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])
    assert [learning_rate_factor(step, steps=4, warmup=0.0) for step in range(4)] == [1, 0.75, 0.5, 0.25]
    assert learning_rate_factor(0, steps=1, warmup=1.0) == 1


def test_an_epoch_holds_every_pair_once_and_never_divides_an_interaction():
    data = synthetic_pairs([6, 1, 3, 6, 2, 1, 1, 6, 40, 3] * 5)
    plan = StepPlan(data, TrainingConfig(epochs=2, batch_pairs=8), seed=1)
    epochs = {0: [], 1: []}
    for step in range(plan.total):
        epoch, pairs = plan.pairs_of(step)
        epochs[epoch].append(pairs)
    for steps in epochs.values():
        assert sorted(np.concatenate(steps).tolist()) == list(range(len(data.chosen)))
        homes = [set(data.group[pairs].tolist()) for pairs in steps]
        assert sum(len(home) for home in homes) == 50
    assert [len(p) for p in epochs[0]] != [len(p) for p in epochs[1]] or not all(
        np.array_equal(a, b) for a, b in zip(epochs[0], epochs[1], strict=True)
    )


def test_steps_are_as_near_to_the_wanted_size_as_whole_interactions_allow():
    plan = StepPlan(synthetic_pairs([6] * 40), TrainingConfig(epochs=1, batch_pairs=16), seed=0)
    sizes = [len(plan.pairs_of(step)[1]) for step in range(plan.total)]
    assert max(sizes) == 18
    assert sum(size < 18 for size in sizes) <= 3  # the rest of each window
    single = StepPlan(synthetic_pairs([1] * 64), TrainingConfig(epochs=1, batch_pairs=16), seed=0)
    assert [len(single.pairs_of(step)[1]) for step in range(single.total)] == [16] * 4


def test_steps_hold_similar_lengths_and_their_order_is_random():
    lengths = np.random.default_rng(0).integers(5, 200, 2 * 1024)
    data = synthetic_pairs([1] * 1024, lengths=lengths)
    plan = StepPlan(data, TrainingConfig(epochs=1, batch_pairs=16), seed=0)
    longest = np.maximum(lengths[:1024], lengths[1024:])
    by_step = [longest[plan.pairs_of(step)[1]] for step in range(plan.total)]
    spread = np.mean([step.max() - step.min() for step in by_step])
    assert spread < 30  # a random 16 of these spread over about 150
    widths = [step.max() for step in by_step]
    assert 0.2 < np.mean(np.diff(widths) > 0) < 0.8


@pytest.mark.parametrize(("epochs", "steps"), [(1, 5), (0.5, 3), (2.2, 11), (0.01, 1)])
def test_a_budget_in_epochs_becomes_steps(epochs, steps):
    assert StepPlan(synthetic_pairs([1] * 40), TrainingConfig(epochs=epochs, batch_pairs=8), seed=0).total == steps


def test_a_budget_in_steps_passes_over_the_pairs_as_often_as_needed(load_tiny, make_pairs):
    model = load_tiny("bert")
    data = make_pairs(model)
    result = train(model, data, TrainingConfig(steps=20, batch_pairs=8), seed=0)
    assert result.steps == len(result.losses) == 20
    assert 1 < result.passes == pytest.approx(20 * 8 / len(data.chosen), rel=0.4)


@pytest.mark.parametrize("kind", KINDS)
def test_every_trainable_weight_has_changed_after_one_epoch(kind, load_tiny, make_pairs):
    model = load_tiny(kind)
    before = weights_of(model)
    train(model, make_pairs(model), TrainingConfig(epochs=1, learning_rate=1e-3, dropout=True), seed=0)
    after = weights_of(model)
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    assert not model.model.training


@pytest.mark.parametrize("kind", KINDS)
def test_training_learns_what_people_preferred(kind, load_tiny, make_pairs):
    model = load_tiny(kind)
    data = make_pairs(model)
    result = train(model, data, TrainingConfig(steps=60, learning_rate=3e-3), seed=0)
    reward = score(model, data.encoded).reward
    assert np.mean(reward[data.chosen] > reward[data.rejected]) > 0.9
    assert np.mean(result.losses[-5:]) < np.mean(result.losses[:5]) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_layers_stay_as_they_were(kind, load_tiny, make_pairs):
    model = load_tiny(kind)
    before = weights_of(model)
    train(model, make_pairs(model), TrainingConfig(steps=2, learning_rate=1e-3, frozen_layers=2), seed=0)
    changed = [name for name, value in weights_of(model).items() if not torch.equal(before[name], value)]
    assert any("layer.2." in name or "layers.2." in name for name in changed)
    assert not any(part in name for name in changed for part in (".0.", ".1.", "word_embeddings", "embed_tokens"))


def test_more_frozen_layers_than_layers_is_an_error(load_tiny, make_pairs):
    model = load_tiny("bert")
    with pytest.raises(InputError, match="only 3 layers"):
        train(model, make_pairs(model), TrainingConfig(steps=1, frozen_layers=4), seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_train_and_are_merged_in_the_end(kind, load_tiny, make_pairs):
    model, data = load_tiny(kind), None
    data = make_pairs(model)
    before = score(model, data.encoded).reward
    config = TrainingConfig(steps=5, learning_rate=1e-2, lora=LoraConfig(rank=2, alpha=4))
    train(model, data, config, seed=0)
    assert not model.has_adapters
    assert np.abs(score(model, data.encoded).reward - before).max() > 1e-3


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(load_tiny, make_pairs):
    results = []
    for seed in (0, 0, 1):
        model = load_tiny("bert")
        torch.manual_seed(seed + 100)  # the state of the outside world does not matter
        train(model, make_pairs(model), TrainingConfig(steps=4, learning_rate=1e-3, dropout=True), seed=seed)
        results.append(weights_of(model))
    assert all(torch.equal(results[0][name], results[1][name]) for name in results[0])
    assert not all(torch.equal(results[0][name], results[2][name]) for name in results[0])


def test_dropout_is_off_unless_asked_for(load_tiny, make_pairs):
    losses = {}
    for dropout in (False, True):
        model = load_tiny("bert")
        data = make_pairs(model)
        losses[dropout] = train(load_tiny("bert"), data, TrainingConfig(steps=1, dropout=dropout), seed=0).losses[0]
        if not dropout:
            reward = torch.from_numpy(score(model, data.encoded).reward)
            _, pairs = StepPlan(data, TrainingConfig(steps=1), seed=0).pairs_of(0)
            expected = weighted_bradley_terry_loss(
                reward[data.chosen[pairs]],
                reward[data.rejected[pairs]],
                torch.tensor(data.weight[pairs], dtype=torch.float32),
            )
            assert losses[False] == pytest.approx(expected.item(), rel=1e-5)
    assert losses[True] != pytest.approx(losses[False], rel=1e-3)


def test_the_log_and_the_evaluation_say_where_the_training_is(load_tiny, make_pairs):
    model = load_tiny("bert")
    logs, modes = [], []

    def evaluate(evaluated, step):
        modes.append((step, evaluated.model.training))

    result = train(
        model,
        make_pairs(model),
        TrainingConfig(steps=5, dropout=True, learning_rate=1e-4, warmup=0.0),
        seed=0,
        on_log=logs.append,
        evaluate=evaluate,
        evaluate_every=2,
    )
    assert [log.step for log in logs] == [1, 2, 3, 4, 5]
    assert {log.steps for log in logs} == {5}
    assert [log.learning_rate for log in logs] == pytest.approx([1e-4, 8e-5, 6e-5, 4e-5, 2e-5])
    assert [log.loss for log in logs] == result.losses
    assert modes == [(2, False), (4, False), (5, False)]


def test_no_pair_is_an_error_that_says_what_to_do(load_tiny):
    nothing = np.array([], dtype=np.int64)
    with pytest.raises(RunError, match="no pair to train on"):
        train(load_tiny("bert"), PairData([], nothing, nothing, np.array([]), nothing), TrainingConfig(steps=1), seed=0)


def test_a_loss_that_is_no_number_names_the_step(load_tiny, make_pairs):
    model = load_tiny("bert")
    with pytest.raises(RunError, match=r"step \d+: .*lower the learning rate"):
        train(model, make_pairs(model), TrainingConfig(steps=9, learning_rate=1e30, warmup=0.0), seed=0)


def test_pairs_that_point_nowhere_or_weigh_nothing_sensible_are_refused():
    texts = [EncodedText(np.array([1], dtype=np.int32))] * 2
    one, ok = np.array([0]), np.array([1.0])
    with pytest.raises(InputError, match="rows"):
        PairData(texts, one, np.array([2]), ok, one)
    with pytest.raises(InputError, match="weights"):
        PairData(texts, one, np.array([1]), np.array([np.nan]), one)
    with pytest.raises(InputError, match="shape"):
        PairData(texts, one, np.array([1, 0]), ok, one)
