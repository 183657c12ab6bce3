"""The rendering of the reference's loop, and where our loop is the same arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scpo.config import TrainingConfig
from scpo.model.bench import Bench, bench_scoring, bench_table, bench_training
from scpo.model.plan import StepPlan
from scpo.model.reference import ReferenceLoop, reference_score, separated_rows
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.model.tiny import build_sample_backbone
from scpo.model.training import PairData, train

WORDS = ["good", "bad", "nice", "terrible", "the", "cat", "dog", "eats", "sleeps", "quickly", "why", "how", "what"]


def sentences(n, *, seed):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(2, 15))) for _ in range(n)]


TURNS = [(prompt, sentences(4, seed=i)) for i, prompt in enumerate(sentences(12, seed=99))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return build_sample_backbone(WORDS, tmp_path_factory.mktemp("sample"))


def test_the_loss_curves_are_equal_where_the_arithmetic_is_equal(folder):
    ours, theirs = (RewardModel.load(folder, device="cpu") for _ in range(2))
    prompts = [[{"role": "user", "content": prompt}] for prompt, responses in TURNS for _ in responses]
    encoded = ours.encode(prompts, [text for _, responses in TURNS for text in responses])
    rows = [(4 * t + a, 4 * t + b, t) for t in range(12) for a in range(4) for b in range(a + 1, 4)]
    chosen, rejected, group = (np.array(column) for column in zip(*rows, strict=True))
    weight = np.random.default_rng(0).uniform(0.1, 1, len(rows))
    data = PairData(encoded, chosen, rejected, weight, group)
    config = TrainingConfig(steps=12, learning_rate=1e-3, warmup=0.0, batch_pairs=8, precision="float32")

    losses = train(ours, data, config, seed=0).losses
    loop = ReferenceLoop(theirs.model, pad_id=0, steps=12, learning_rate=1e-3, dropout=False, padded_length=64)
    plan = StepPlan(data, config, seed=0)
    curve = []
    for step in range(12):
        _, pairs = plan.pairs_of(step)
        sides = [[encoded[i] for i in column[pairs]] for column in (chosen, rejected)]
        curve.append(loop.step(*sides, weight[pairs]))
    assert np.std(curve) > 0.02
    np.testing.assert_allclose(losses, curve, rtol=1e-3)
    np.testing.assert_allclose(losses[:3], curve[:3], rtol=1e-5)


def test_scores_are_equal_one_turn_at_a_time(folder):
    model = RewardModel.load(folder, device="cpu")
    prompts = [[{"role": "user", "content": prompt}] for prompt, responses in TURNS for _ in responses]
    ours = score(model, model.encode(prompts, [text for _, responses in TURNS for text in responses])).reward
    np.testing.assert_allclose(reference_score(model.model, model.tokenizer, TURNS, max_length=256), ours, atol=1e-5)
    for module in model.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.1
    shaken = reference_score(model.model, model.tokenizer, TURNS, max_length=256, dropout=True)
    assert np.abs(shaken - ours).max() > 1e-3


def test_the_reference_joins_prompt_and_response_in_one_segment(folder):
    tokenizer = RewardModel.load(folder, device="cpu").tokenizer
    (row,) = separated_rows(tokenizer, ["the cat"], ["eats"], max_length=256)
    assert tokenizer.convert_ids_to_tokens(row.input_ids.tolist()) == ["[CLS]", "the", "cat", "[SEP]", "eats", "[SEP]"]
    assert row.token_type_ids is None


@pytest.mark.slow
def test_the_bench_reports_ratios_of_the_same_pairs(folder):
    given = Bench(folder, TURNS, device="cpu")
    rows = [
        bench_training(given, responses_per_turn=4, n_turns=2, target=25),
        bench_scoring(given, n_turns=4, finetuned=False, target=6),
    ]
    for row in rows:
        assert row.ratio == pytest.approx(row.ours / row.reference)
        assert row.ratio > 0
    assert "12 pairs" in rows[0].note
    table = bench_table(rows)
    assert "training, turns of 4 responses" in table
    assert "scoring, global model" in table
