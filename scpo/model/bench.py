"""How much faster than the reference's loops, on this machine: ratios, measured in one process on the same pairs."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scpo.config import TrainingConfig
from scpo.errors import InputError
from scpo.model.reference import (
    BATCH_PAIRS,
    LEARNING_RATE,
    PADDED_LENGTH,
    ReferenceLoop,
    reference_score,
    separated_rows,
)
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.model.training import PairData, StepLog, train

Turn = tuple[str, Sequence[str]]
"""A prompt and the responses to it."""


@dataclass(frozen=True)
class BenchRow:
    """One comparison."""

    what: str
    unit: str
    ours: float
    """Units per second."""

    reference: float
    """Units per second of the reference's loop."""

    ratio: float
    """ours / reference."""

    target: float
    """What the ratio is meant to reach."""

    note: str
    """In what the two differ, so that the ratio can be judged."""


class Bench(NamedTuple):
    """What both sides are measured on."""

    model_ref: str | Path
    turns: Sequence[Turn]
    device: str = "auto"
    rounds: int = 1
    """Measurements of each side, in turns; the best counts: what other load on the machine slowed down least."""

    new_head: bool = False
    """Accept a backbone without a reward head."""

    def model(self) -> RewardModel:
        """Load the model."""
        return RewardModel.load(self.model_ref, device=self.device, new_head=self.new_head)


def bench_training(given: Bench, *, responses_per_turn: int, n_turns: int, target: float) -> BenchRow:
    """Compare pairs per second of our optimiser steps with the reference's, on the same pairs.

    Both take about 8 pairs per step and run forward, backward, clipping and AdamW; tokenizing is left out of both. Both
    are warmed up by a first step.

    Parameters
    ----------
    responses_per_turn : int
        4 gives six pairs per turn, 2 gives single pairs; the first `n_turns` with so many responses are used.
    target : float
        Reported beside the ratio.
    """
    chosen_turns = _first_turns(given.turns, responses_per_turn, n_turns)
    pairs = [
        (t * responses_per_turn + a, t * responses_per_turn + b, t)
        for t in range(n_turns)
        for a, b in itertools.combinations(range(responses_per_turn), 2)
    ]
    chosen, rejected, group = (np.array(column) for column in zip(*pairs, strict=True))
    weight = np.ones(len(pairs))
    prompts = [prompt for prompt, responses in chosen_turns for _ in responses]
    texts = [text for _, responses in chosen_turns for text in responses]

    ours = given.model()
    encoded = ours.encode([[{"role": "user", "content": prompt}] for prompt in prompts], texts)
    data = PairData(encoded, chosen, rejected, weight, group)
    config = TrainingConfig(epochs=1, batch_pairs=BATCH_PAIRS, learning_rate=LEARNING_RATE)

    theirs = given.model()
    rows = separated_rows(theirs.tokenizer, prompts, texts, max_length=theirs.encoder.max_length)
    order = np.random.default_rng(0).permutation(len(pairs))
    batches = [order[start : start + BATCH_PAIRS] for start in range(0, len(order), BATCH_PAIRS)]
    width = min(PADDED_LENGTH, theirs.encoder.max_length)
    pad_id = int(theirs.tokenizer.pad_token_id or 0)
    loop = ReferenceLoop(theirs.model, pad_id=pad_id, steps=len(batches) * given.rounds + 1, padded_length=width)

    def reference_step(batch: NDArray[np.int64]) -> float:
        return loop.step([rows[i] for i in chosen[batch]], [rows[i] for i in rejected[batch]], weight[batch])

    seconds: list[float] = []

    def keep_seconds(log: StepLog) -> None:
        seconds.append(log.seconds)

    train(ours, data, config, seed=0, on_log=keep_seconds)
    reference_step(batches[0])
    ours_seconds = theirs_seconds = math.inf
    for round_ in range(given.rounds):
        seconds.clear()
        train(ours, data, config, seed=round_, on_log=keep_seconds)
        ours_seconds = min(ours_seconds, seconds[-1])
        theirs_seconds = min(theirs_seconds, _timed(lambda: [reference_step(batch) for batch in batches]))
    n = len(pairs)
    what = "training, single pairs" if responses_per_turn == 2 else f"training, turns of {responses_per_turn} responses"
    note = (
        f"{len(pairs)} pairs, {len(seconds)} steps against {len(batches)}; ours on {_precision(ours)}, without dropout"
    )
    return BenchRow(what, "pairs", n / ours_seconds, n / theirs_seconds, theirs_seconds / ours_seconds, target, note)


def bench_scoring(given: Bench, *, n_turns: int, finetuned: bool, target: float) -> BenchRow:
    """Compare responses per second of scoring with the reference's loop, tokenizing included in both.

    Parameters
    ----------
    finetuned : bool
        The reference scores a finetuned model with dropout on (its trainer leaves it so), the global model without.
    """
    some = _first_turns(given.turns, 1, n_turns, whole=True)
    prompts = [[{"role": "user", "content": prompt}] for prompt, responses in some for _ in responses]
    texts = [text for _, responses in some for text in responses]
    model = given.model()
    limit = model.encoder.max_length
    score(model, model.encode(prompts[:4], texts[:4]))
    reference_score(model.model, model.tokenizer, some[:1], dropout=finetuned, max_length=limit)

    def reference() -> NDArray[np.float32]:
        return reference_score(model.model, model.tokenizer, some, dropout=finetuned, max_length=limit)

    ours_seconds = theirs_seconds = math.inf
    for _ in range(given.rounds):
        ours_seconds = min(ours_seconds, _timed(lambda: score(model, model.encode(prompts, texts))))
        theirs_seconds = min(theirs_seconds, _timed(reference))
    n = len(texts)
    kind = "finetuned model" if finetuned else "global model"
    note = f"{len(texts)} responses in {len(some)} turns; ours on {_precision(model)} and with the features kept"
    ratio = theirs_seconds / ours_seconds
    return BenchRow(f"scoring, {kind}", "responses", n / ours_seconds, n / theirs_seconds, ratio, target, note)


def bench(given: Bench) -> list[BenchRow]:
    """Run all comparisons; minutes on a CPU, because the reference's loop is slow."""
    return [
        bench_training(given, responses_per_turn=4, n_turns=8, target=25.0),
        bench_training(given, responses_per_turn=2, n_turns=24, target=15.0),
        bench_scoring(given, n_turns=60, finetuned=False, target=6.0),
        bench_scoring(given, n_turns=60, finetuned=True, target=6.0),
    ]


def bench_table(rows: Sequence[BenchRow]) -> str:
    """Write the comparisons as a plain table."""
    lines = [f"{'what':<34}{'ours /s':>10}{'reference /s':>14}{'ratio':>8}{'target':>8}  note"]
    lines += [
        f"{r.what:<34}{r.ours:>10.2f}{r.reference:>14.3f}{r.ratio:>7.1f}x{r.target:>7.0f}x  {r.note}" for r in rows
    ]
    return "\n".join(lines)


def _first_turns(turns: Sequence[Turn], n_responses: int, n_turns: int, *, whole: bool = False) -> list[Turn]:
    fitting = [turn for turn in turns if len(turn[1]) >= n_responses][:n_turns]
    if len(fitting) < n_turns:
        raise InputError(
            f"the bench needs {n_turns} turns with {n_responses} responses, the data set has {len(fitting)}: "
            "choose a larger data set"
        )
    return fitting if whole else [(prompt, responses[:n_responses]) for prompt, responses in fitting]


def _precision(model: RewardModel) -> str:
    from scpo.model.batching import has_fast_bfloat16

    return "bfloat16" if has_fast_bfloat16(model.device) else "float32"


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
