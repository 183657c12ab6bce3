"""Our loop against transformers.Trainer with the same loss, and deduplication against the naive way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

from scpo.config import TrainingConfig
from scpo.model.plan import StepPlan, texts_of
from scpo.model.reward_model import RewardModel
from scpo.model.steps import step_loss
from scpo.model.training import train
from tests.engine.conftest import KINDS, write_tiny

STEPS = 10
RATE = 1e-3


class PairTrainer(Trainer):
    """One item of the data set is one whole step: two padded sides and the weights."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        gap = model(**inputs["chosen"]).logits[:, 0] - model(**inputs["rejected"]).logits[:, 0]
        return -(inputs["weight"] * torch.log(torch.sigmoid(gap))).mean()

    def _get_train_sampler(self, *_):
        return torch.utils.data.SequentialSampler(self.train_dataset)


def padded(tokenizer, encoded, rows):
    texts = [{"input_ids": encoded[i].input_ids, "token_type_ids": encoded[i].token_type_ids} for i in rows]
    return dict(tokenizer.pad(texts, return_tensors="pt"))


@pytest.mark.slow
def test_the_loop_equals_transformers_trainer_to_float_precision(tmp_path, make_pairs):
    folder = write_tiny("bert", tmp_path / "model", dropout=0.0)
    ours = RewardModel.load(folder, device="cpu")
    data = make_pairs(ours, n_turns=20)
    config = TrainingConfig(
        steps=STEPS, learning_rate=RATE, warmup=0.0, weight_decay=0.05, batch_pairs=8, precision="float32"
    )
    plan = StepPlan(data, config, seed=0)
    items = []
    for step in range(STEPS):
        _, pairs = plan.pairs_of(step)
        items.append(
            {
                "chosen": padded(ours.tokenizer, data.encoded, data.chosen[pairs]),
                "rejected": padded(ours.tokenizer, data.encoded, data.rejected[pairs]),
                "weight": torch.tensor(data.weight[pairs], dtype=torch.float32),
            }
        )
    result = train(ours, data, config, seed=0)

    theirs = AutoModelForSequenceClassification.from_pretrained(folder)
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "out"),
        max_steps=STEPS,
        per_device_train_batch_size=1,
        learning_rate=RATE,
        weight_decay=0.05,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        logging_steps=1,
        optim="adamw_torch",
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        remove_unused_columns=False,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trainer = PairTrainer(theirs, arguments, train_dataset=items, data_collator=lambda batch: batch[0])
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]

    np.testing.assert_allclose(result.losses, losses, rtol=2e-4, atol=1e-5)
    start = AutoModelForSequenceClassification.from_pretrained(folder).state_dict()
    expected, got = theirs.state_dict(), ours.model.state_dict()
    moved = {name: (expected[name] - start[name]).abs().max().item() for name in expected}
    assert max(moved.values()) > 2e-3
    for name, value in expected.items():
        # No reward difference depends on these: their true gradient is 0, and Adam amplifies what rounding leaves.
        if name.endswith(("key.bias", "classifier.bias")):
            continue
        np.testing.assert_allclose(got[name], value, atol=2e-4, err_msg=name)
        assert (got[name] - value).abs().mean() < 1e-5, name


@pytest.mark.parametrize("kind", KINDS)
def test_encoding_each_response_once_gives_the_gradients_of_two_separate_passes(kind, load_tiny, make_pairs):
    once, naive = load_tiny(kind), load_tiny(kind)
    data = make_pairs(once, n_turns=4)
    texts, chosen, rejected = texts_of(data)
    weight = torch.tensor(data.weight, dtype=torch.float32)
    loss = step_loss(once, texts, chosen, rejected, weight)
    loss.backward()

    sides = []
    for rows in (data.chosen, data.rejected):
        encoded = [{"input_ids": data.encoded[i].input_ids.tolist()} for i in rows]
        batch = dict(naive.tokenizer.pad(encoded, return_tensors="pt"))
        if data.encoded[0].token_type_ids is not None:
            batch |= {"token_type_ids": torch.zeros_like(batch["input_ids"])}
            for row, i in enumerate(rows):
                batch["token_type_ids"][row, : len(data.encoded[i])] = torch.from_numpy(data.encoded[i].token_type_ids)
        sides.append(naive.model(**batch).logits[:, 0])
    naive_loss = -(weight * torch.log(torch.sigmoid(sides[0] - sides[1]))).mean()
    naive_loss.backward()

    assert len(texts) < 2 * len(chosen)
    assert loss.item() == pytest.approx(naive_loss.item(), rel=1e-5)
    gradients = dict(naive.model.named_parameters())
    scale = max(p.grad.abs().max().item() for p in gradients.values())
    for name, parameter in once.model.named_parameters():
        np.testing.assert_allclose(parameter.grad, gradients[name].grad, atol=2e-5 * scale, err_msg=name)
