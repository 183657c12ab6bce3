"""Which pairs make up which optimiser step: a function of the data, the batch size and the seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scpo.config import TrainingConfig
from scpo.errors import InputError, RunError
from scpo.model.batching import unique_texts
from scpo.model.encoding import EncodedText

WINDOW_BATCHES = 16
"""Lengths are sorted within this many batches of the shuffled order: little padding, still a random order."""


@dataclass(frozen=True, eq=False)
class PairData:
    """The kept pairs of one run, ready to train on.

    Raises
    ------
    InputError
        If the arrays differ in length, a row does not exist, or a weight is negative or not a number.
    """

    encoded: Sequence[EncodedText]
    """Responses, each with its prompt; pairs point into it."""

    chosen: NDArray[np.integer]
    """Shape (n_pairs,): rows of `encoded`."""

    rejected: NDArray[np.integer]
    """Shape (n_pairs,): rows of `encoded`."""

    weight: NDArray[np.floating]
    """Shape (n_pairs,), >= 0."""

    group: NDArray[np.generic]
    """Shape (n_pairs,): interaction of each pair; an interaction is never divided between two steps."""

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("chosen", "rejected", "weight", "group")}
        if len(set(shapes.values())) != 1 or self.chosen.ndim != 1:
            raise InputError(f"chosen, rejected, weight and group must each have shape (n_pairs,), got {shapes}")
        rows = np.concatenate([self.chosen, self.rejected])
        if rows.size and (rows.min() < 0 or rows.max() >= len(self.encoded)):
            raise InputError(f"pairs point to rows {rows.min()}..{rows.max()} of {len(self.encoded)} responses")
        if not np.all(np.isfinite(self.weight)) or np.any(self.weight < 0):
            raise InputError("weights of pairs must be finite and not negative")


class StepPlan:
    """The pairs of every optimiser step of a run, recomputable from the seed at any step.

    Whole interactions are collected, in a seeded random order, until a step is as near to `batch_pairs` pairs as it
    gets; within windows of a few steps they are sorted by length first, so that little padding is needed.
    """

    def __init__(self, data: PairData, config: TrainingConfig, *, seed: int) -> None:
        if len(data.chosen) == 0:
            raise RunError("there is no pair to train on: raise tau, choose a method without a filter, or add data")
        _, group = np.unique(data.group, return_inverse=True)
        order = np.argsort(group, kind="stable")
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        self._members = np.split(order, starts[1:])
        self._sizes = np.diff(np.append(starts, len(order)))
        lengths = np.array([len(text) for text in data.encoded], dtype=np.int64)
        longest = np.maximum(lengths[data.chosen], lengths[data.rejected])
        self._longest = np.maximum.reduceat(longest[order], starts)
        self._batch_pairs = config.batch_pairs
        self._seed = seed
        self._epoch = -1
        self._steps_of_epoch: list[NDArray[np.int64]] = []
        self.n_pairs = len(order)
        self.total, self._epoch_starts = self._count(config)

    def pairs_of(self, step: int) -> tuple[int, NDArray[np.int64]]:
        """Return the epoch (from 0) and the pairs of a step (from 0), shape (about batch_pairs,)."""
        epoch = int(np.searchsorted(self._epoch_starts, step, side="right")) - 1
        if epoch != self._epoch:
            self._epoch, self._steps_of_epoch = epoch, self._arrange(epoch)
        return epoch, self._steps_of_epoch[step - self._epoch_starts[epoch]]

    def _count(self, config: TrainingConfig) -> tuple[int, list[int]]:
        starts, total, epoch = [0], 0, 0
        while True:
            n_steps = len(self._arrange(epoch))
            if config.steps is not None:
                end, last = total + n_steps, total + n_steps >= config.steps
                total = min(end, config.steps)
            else:
                share = min(1.0, (config.epochs or 0.0) - epoch)
                last = (config.epochs or 0.0) <= epoch + 1
                total += math.ceil(n_steps * share - 1e-9)
            if last:
                return max(total, 1), starts
            starts.append(total)
            epoch += 1

    def _arrange(self, epoch: int) -> list[NDArray[np.int64]]:
        rng = np.random.default_rng([self._seed, epoch])
        shuffled = rng.permutation(len(self._sizes))
        n_window = max(1, round(WINDOW_BATCHES * self._batch_pairs / float(self._sizes.mean())))
        batches: list[list[int]] = []
        for start in range(0, len(shuffled), n_window):
            window = shuffled[start : start + n_window]
            batches += self._fill(window[np.argsort(self._longest[window], kind="stable")])
        order = rng.permutation(len(batches))
        return [np.concatenate([self._members[g] for g in batches[b]]) for b in order]

    def _fill(self, groups: NDArray[np.int64]) -> list[list[int]]:
        batches: list[list[int]] = []
        current: list[int] = []
        filled = 0
        for group in groups.tolist():
            size = int(self._sizes[group])
            if current and abs(filled + size - self._batch_pairs) >= abs(filled - self._batch_pairs):
                batches.append(current)
                current, filled = [], 0
            current.append(group)
            filled += size
        if current:
            batches.append(current)
        return batches


def texts_of(data: PairData) -> tuple[list[EncodedText], NDArray[np.int64], NDArray[np.int64]]:
    """Return distinct texts and, for each pair, the positions of its chosen and rejected text among them."""
    first, inverse = unique_texts(data.encoded)
    return [data.encoded[row] for row in first], inverse[data.chosen], inverse[data.rejected]
