"""Rewards and features of many texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from scpo.model.batching import Precision, autocast, evaluating, split_by_length, unique_texts
from scpo.model.encoding import EncodedText
from scpo.model.reward_model import RewardModel

CPU_BATCH_TOKENS = 4096
GPU_BATCH_TOKENS = 65536
"""Padded tokens of one forward pass; on a CPU more does not fit its caches and is slower."""


class Scores(NamedTuple):
    """What a model says about texts, one row per text."""

    reward: NDArray[np.float32]
    """Shape (n_texts,), logits without scale."""

    features: NDArray[np.float32]
    """Shape (n_texts, n_features): ``head.weight . features + head.bias`` is the reward."""


def score(
    model: RewardModel,
    encoded: Sequence[EncodedText],
    *,
    batch_tokens: int | None = None,
    precision: Precision = "auto",
    on_progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Compute rewards and features, each distinct text once, in batches of similar length.

    Parameters
    ----------
    model : RewardModel
        Its mode is set to eval for the call and restored after.
    encoded : sequence of EncodedText
    batch_tokens : int, optional
        Padded tokens per forward pass; halved by itself when the GPU's memory does not suffice.
    precision : {"auto", "float32", "bfloat16"}
        ``auto``: bfloat16 where the hardware has it. The head is always applied in float32.
    on_progress : callable, optional
        Called with (texts done, texts in total) after each batch.

    Returns
    -------
    Scores
        In the order of `encoded`. The last digits depend on what else is in a batch, as always in floating point.
    """
    head = model.head
    first, inverse = unique_texts(encoded)
    total = len(encoded)
    copies = np.bincount(inverse, minlength=len(first))
    features = np.empty((len(first), len(head.weight)), dtype=np.float32)
    on_cpu = model.device.type == "cpu"
    budget = batch_tokens or (CPU_BATCH_TOKENS if on_cpu else GPU_BATCH_TOKENS)
    lengths = np.array([len(encoded[row]) for row in first], dtype=np.int64)
    waiting = split_by_length(lengths, overhead=model.overhead_tokens(training=False), max_tokens=budget)[::-1]
    done = 0
    with evaluating(model.model), autocast(model.device, precision):
        while waiting:
            rows = waiting.pop()
            try:
                features[rows] = model.represent([encoded[first[row]] for row in rows]).cpu().numpy()
            except torch.OutOfMemoryError:
                if len(rows) == 1:
                    raise
                waiting += [rows[len(rows) // 2 :], rows[: len(rows) // 2]]
                continue
            done += int(copies[rows].sum())
            if on_progress is not None:
                on_progress(done, total)
    reward = (features @ head.weight + np.float32(head.bias)).astype(np.float32)
    return Scores(reward[inverse], features[inverse])
