"""One optimiser step: loss, learning rate, optimiser."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid

from scpo.config import TrainingConfig
from scpo.errors import RunError
from scpo.model.batching import split_by_length
from scpo.model.checkpoint import trainable_parameters
from scpo.model.encoding import EncodedText
from scpo.model.reward_model import RewardModel

_NO_LIMIT = 1 << 40


def weighted_bradley_terry_loss(chosen: Tensor, rejected: Tensor, weight: Tensor) -> Tensor:
    r"""Compute the mean of :math:`-w \log\sigma(r^+ - r^-)` over the batch.

    Parameters
    ----------
    chosen, rejected, weight : Tensor of shape (batch,)
        Rewards of both responses of each pair, and the pair's weight.

    Raises
    ------
    ValueError
        If the three differ in shape: (batch, 1) times (batch,) would silently be (batch, batch).
    """
    if not chosen.shape == rejected.shape == weight.shape or chosen.ndim != 1:
        shapes = [tuple(t.shape) for t in (chosen, rejected, weight)]
        raise ValueError(f"chosen, rejected and weight must each have shape (batch,), got {shapes}")
    return -(weight * logsigmoid(chosen - rejected)).mean()


def learning_rate_factor(step: int, *, steps: int, warmup: float) -> float:
    """Scale the learning rate of a step (from 0): a linear rise over the first `warmup` share, then a linear fall.

    No step has rate 0: the rise ends at 1 in step ``round(warmup * steps)``, the fall would reach 0 in step `steps`.
    """
    rising = min(round(warmup * steps), steps - 1)
    return min((step + 1) / (rising + 1), (steps - step) / (steps - rising))


def step_loss(
    model: RewardModel, texts: list[EncodedText], chosen: NDArray[np.int64], rejected: NDArray[np.int64], weight: Tensor
) -> Tensor:
    """Compute the loss of one step, with gradients to come: each distinct response of its pairs is encoded once.

    Parameters
    ----------
    model : RewardModel
    texts : list of EncodedText
        All distinct texts of the run.
    chosen, rejected : array of shape (batch,)
        Positions in `texts`.
    weight : Tensor of shape (batch,)
    """
    rows, position = np.unique(np.concatenate([chosen, rejected]), return_inverse=True)
    lengths = np.array([len(texts[row]) for row in rows], dtype=np.int64)
    parts = split_by_length(lengths, overhead=model.overhead_tokens(training=True), max_tokens=_NO_LIMIT)
    rewards = torch.cat([model.reward(model.represent([texts[rows[i]] for i in part])) for part in parts])
    where = np.empty(len(rows), dtype=np.int64)
    where[np.concatenate(parts)] = np.arange(len(rows))
    both = rewards.index_select(0, torch.from_numpy(where[position]).to(rewards.device))
    return weighted_bradley_terry_loss(both[: len(chosen)], both[len(chosen) :], weight)


def make_optimizer(model: RewardModel, config: TrainingConfig) -> torch.optim.AdamW:
    """Build AdamW over the trainable weights; weight decay spares biases and norms."""
    parameters = list(trainable_parameters(model.model).values())
    if not parameters:
        raise RunError("every weight is frozen: lower frozen_layers")
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.learning_rate, fused=True)
