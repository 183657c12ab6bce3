"""The reference's training and scoring loops, rendered in our words: a yardstick for the bench and the tests only.

What it does as the paper's code does it: 8 pairs per step in shuffled order, prompt and response joined by a
separator, every text padded to 512 tokens, each response encoded once per pair, chosen and rejected in two forward
passes, float32, dropout on, unfused AdamW with a linear schedule and gradients clipped at 1; scoring one turn per
forward pass with the gradient graph built. Nothing else in the package uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scpo.model.encoding import EncodedText

BATCH_PAIRS = 8
PADDED_LENGTH = 512
LEARNING_RATE = 1e-6


def separated_rows(
    tokenizer: Any, prompts: Sequence[str], responses: Sequence[str], *, max_length: int
) -> list[EncodedText]:
    """Encode texts as the reference trains on them: one segment, a separator token in the middle."""
    separator = tokenizer.sep_token or tokenizer.eos_token
    texts = [f"{prompt} {separator} {response}" for prompt, response in zip(prompts, responses, strict=True)]
    rows = tokenizer(texts, truncation=True, max_length=min(PADDED_LENGTH, max_length))["input_ids"]
    return [EncodedText(np.asarray(ids, dtype=np.int32)) for ids in rows]


class ReferenceLoop:
    """The reference's optimiser loop over given pairs.

    Parameters
    ----------
    network : PreTrainedModel
        Changed in place.
    pad_id : int
    steps : int
        Optimiser steps in all; the learning rate falls linearly to 0 over them.
    dropout : bool
        The reference leaves it on.
    padded_length : int
        Every text is padded to this many tokens.
    """

    def __init__(
        self,
        network: Any,
        *,
        pad_id: int,
        steps: int,
        learning_rate: float = LEARNING_RATE,
        dropout: bool = True,
        padded_length: int = PADDED_LENGTH,
    ) -> None:
        self.network = network.train(dropout)
        self.pad_id = pad_id
        self.padded_length = padded_length
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=0.0)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 1 - step / steps)

    def step(
        self, chosen: Sequence[EncodedText], rejected: Sequence[EncodedText], weight: NDArray[np.floating]
    ) -> float:
        """Take one optimiser step on pairs given by their texts; returns the loss before it."""
        rewards_chosen = self.network(**self._padded(chosen)).logits.squeeze(-1)
        rewards_rejected = self.network(**self._padded(rejected)).logits.squeeze(-1)
        weights = torch.as_tensor(weight, dtype=torch.float32, device=rewards_chosen.device)
        loss = -(weights * torch.nn.functional.logsigmoid(rewards_chosen - rewards_rejected)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return float(loss.detach())

    def _padded(self, texts: Sequence[EncodedText]) -> dict[str, Tensor]:
        ids = torch.full((len(texts), self.padded_length), self.pad_id, dtype=torch.long)
        mask = torch.zeros_like(ids)
        types = torch.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.from_numpy(text.input_ids)
            mask[row, : len(text)] = 1
            if text.token_type_ids is not None:
                types[row, : len(text)] = torch.from_numpy(text.token_type_ids)
        inputs = {"input_ids": ids, "attention_mask": mask}
        if texts[0].token_type_ids is not None:
            inputs["token_type_ids"] = types
        return {name: tensor.to(self.network.device) for name, tensor in inputs.items()}


def reference_score(
    network: Any, tokenizer: Any, turns: Sequence[tuple[str, Sequence[str]]], *, max_length: int, dropout: bool = False
) -> NDArray[np.float32]:
    """Score responses as the reference does: one turn per forward pass, at most 8 responses, gradient graph built.

    The reference cuts nothing; here texts end at `max_length` tokens, for models with absolute positions.
    It scores the global model in eval mode but a finetuned model with dropout on: `dropout` tells which.

    Returns
    -------
    array of shape (n_responses,)
        In the order of the turns.
    """
    network.train(dropout)
    rewards: list[Tensor] = []
    for prompt, responses in turns:
        for start in range(0, len(responses), BATCH_PAIRS):
            some = list(responses[start : start + BATCH_PAIRS])
            inputs = tokenizer(
                [prompt] * len(some),
                some,
                padding=True,
                truncation=True,
                max_length=max_length,
                return_tensors="pt",
            )
            rewards.append(network(**inputs.to(network.device)).logits.detach().cpu()[:, 0])
    network.eval()
    return torch.cat(rewards).numpy()
