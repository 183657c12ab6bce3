"""Finetuning a reward model with the weighted Bradley-Terry loss (method.md, section 2)."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scpo.config import TrainingConfig, canonical_json
from scpo.errors import Cancelled, RunError
from scpo.model.batching import autocast
from scpo.model.checkpoint import read_checkpoint, trainable_parameters, write_checkpoint
from scpo.model.freezing import freeze_lowest_layers
from scpo.model.plan import PairData, StepPlan, texts_of
from scpo.model.reward_model import RewardModel
from scpo.model.steps import learning_rate_factor, make_optimizer, step_loss, weighted_bradley_terry_loss

__all__ = ["PairData", "StepLog", "TrainingResult", "train", "weighted_bradley_terry_loss"]


@dataclass(frozen=True)
class StepLog:
    """One optimiser step, as it is written to the run's log."""

    step: int
    """From 1 to `steps`."""

    steps: int
    epoch: int
    """Pass over the pairs, from 0."""

    loss: float
    """Weighted Bradley-Terry loss of the step's pairs, before the step."""

    learning_rate: float
    seconds: float
    """Since the training began, interruptions left out."""

    pairs_seen: int


@dataclass(frozen=True)
class TrainingResult:
    """What a finished training did."""

    steps: int
    passes: float
    """How often the average pair was seen."""

    seconds: float
    losses: list[float]
    """Loss of each step."""

    """(step, what `evaluate` returned)."""


def train(
    model: RewardModel,
    data: PairData,
    config: TrainingConfig,
    *,
    seed: int,
    on_log: Callable[[StepLog], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint_dir: Path | None = None,
    checkpoint_every: int | None = None,
    evaluate: Callable[[RewardModel, int], None] | None = None,
    evaluate_every: int | None = None,
    adapter_dir: Path | None = None,
    resume: bool = False,
) -> TrainingResult:
    """Finetune a reward model in place.

    Deterministic on a CPU: the same model, data, configuration and seed give the same weights, bit for bit, also
    when the training was interrupted and resumed. The model is in eval mode afterwards and adapters are merged.

    Parameters
    ----------
    model : RewardModel
        The global model, freshly loaded (also to resume); changed in place.
    data : PairData
    config : TrainingConfig
        With `lora`, adapters are added if the model has none.
    seed : int
        Of the order of the pairs, of new adapters, and of dropout.
    on_log : callable, optional
        Called after each step.
    should_stop : callable, optional
        Asked before each step; True writes a checkpoint and raises `Cancelled`.
    checkpoint_dir : Path, optional
        Folder for the checkpoint; required to resume.
    checkpoint_every : int, optional
        Steps between checkpoints; without it one is written on cancelling only.
    evaluate : callable, optional
        Called with the model in eval mode and the step, every `evaluate_every` steps and after the last.
    evaluate_every : int, optional
    adapter_dir : Path, optional
        Folder for the trained adapters before they are merged; not written where there are none.
    resume : bool
        Go on from the checkpoint in `checkpoint_dir`, if there is one.

    Raises
    ------
    RunError
        If there is no pair, the loss or a gradient is no finite number, memory runs out, or the checkpoint does not
        belong to this training.
    Cancelled
        After `should_stop` returned True; the state is saved if there is a `checkpoint_dir`.
    """
    plan = StepPlan(data, config, seed=seed)
    if config.lora is not None and not model.has_adapters:
        model.add_adapters(config.lora, seed=seed)
    freeze_lowest_layers(model.model, config.frozen_layers)
    loop = _Loop(model, data, config, plan, seed=seed, on_log=on_log)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if resume and checkpoint_dir is not None:
            loop.restore(checkpoint_dir)
        try:
            while loop.step < plan.total:
                if should_stop is not None and should_stop():
                    if checkpoint_dir is not None:
                        loop.save(checkpoint_dir)
                    raise Cancelled(f"training stopped after step {loop.step} of {plan.total}; resume continues there")
                loop.advance()
                at_end = loop.step == plan.total
                if evaluate is not None and (at_end or _due(loop.step, evaluate_every)):
                    loop.evaluate(evaluate)
                if checkpoint_dir is not None and _due(loop.step, checkpoint_every) and not at_end:
                    loop.save(checkpoint_dir)
        finally:
            model.model.eval()
    if adapter_dir is not None:
        model.save_adapters(adapter_dir)
    model.merge_adapters()
    return TrainingResult(plan.total, loop.pairs_seen / plan.n_pairs, loop.seconds, loop.losses)


class _Loop:
    """The moving parts of one training: optimiser, position, log."""

    def __init__(
        self,
        model: RewardModel,
        data: PairData,
        config: TrainingConfig,
        plan: StepPlan,
        *,
        seed: int,
        on_log: Callable[[StepLog], None] | None,
    ) -> None:
        self.model, self.config, self.plan, self.on_log = model, config, plan, on_log
        self.texts, self.chosen, self.rejected = texts_of(data)
        self.weight = torch.tensor(np.asarray(data.weight), dtype=torch.float32, device=model.device)
        self.optimizer = make_optimizer(model, config)
        self.parameters = list(trainable_parameters(model.model).values())
        self.fingerprint = _fingerprint(data, config, seed)
        self.step = 0
        self.pairs_seen = 0
        self.seconds = 0.0
        self.losses: list[float] = []
        model.model.train(config.dropout)  # train mode changes nothing but dropout in these models

    def advance(self) -> None:
        began = time.perf_counter()
        epoch, pairs = self.plan.pairs_of(self.step)
        factor = learning_rate_factor(self.step, steps=self.plan.total, warmup=self.config.warmup)
        rate = self.config.learning_rate * factor
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self._backward(pairs)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.config.max_gradient_norm)
        if not math.isfinite(loss) or not math.isfinite(float(norm)):
            raise RunError(
                f"step {self.step + 1}: loss {loss}, gradient norm {float(norm)} is no finite number: "
                "lower the learning rate, or set precision to float32"
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.pairs_seen += len(pairs)
        self.losses.append(loss)
        self.seconds += time.perf_counter() - began
        if self.on_log is not None:
            self.on_log(StepLog(self.step, self.plan.total, epoch, loss, rate, self.seconds, self.pairs_seen))

    def _backward(self, pairs: NDArray[np.int64]) -> float:
        try:
            with autocast(self.model.device, self.config.precision):
                weight = self.weight[torch.from_numpy(pairs)]
                loss = step_loss(self.model, self.texts, self.chosen[pairs], self.rejected[pairs], weight)
            loss.backward()
        except torch.OutOfMemoryError as error:
            raise RunError(
                f"step {self.step + 1}: {len(pairs)} pairs do not fit into the GPU's memory: "
                "lower batch_pairs or max_length, or train with LoRA"
            ) from error
        return float(loss.detach())

    def evaluate(self, function: Callable[[RewardModel, int], None]) -> None:
        self.model.model.eval()
        function(self.model, self.step)
        self.model.model.train(self.config.dropout)

    def save(self, folder: Path) -> None:
        state = {
            "fingerprint": self.fingerprint,
            "step": self.step,
            "pairs_seen": self.pairs_seen,
            "seconds": self.seconds,
            "losses": self.losses,
        }
        write_checkpoint(folder, self.model.model, self.optimizer, state)

    def restore(self, folder: Path) -> None:
        state = read_checkpoint(folder, self.model.model, self.optimizer, fingerprint=self.fingerprint)
        if state is not None:
            self.step, self.pairs_seen, self.seconds = state["step"], state["pairs_seen"], state["seconds"]
            self.losses = state["losses"]


def _due(step: int, every: int | None) -> bool:
    return every is not None and step % every == 0


def _fingerprint(data: PairData, config: TrainingConfig, seed: int) -> str:
    digest = hashlib.sha256(f"{canonical_json(config.as_json())}\n{seed}\n".encode())
    for text in data.encoded:
        digest.update(text.key)
    for array in (data.chosen, data.rejected):
        digest.update(np.asarray(array, dtype=np.int64).tobytes())
    digest.update(np.asarray(data.weight, dtype=np.float64).tobytes())
    digest.update(np.unique(data.group, return_inverse=True)[1].tobytes())
    return digest.hexdigest()
