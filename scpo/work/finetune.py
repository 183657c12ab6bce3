"""Execute one run: choose and weight the pairs, finetune, score all countries' test pairs, measure, save."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import psutil
import torch

from scpo.config import EvaluationConfig, RunConfig
from scpo.data.choice_weight import choice_weight
from scpo.data.tables import METRICS
from scpo.errors import InputError, RunError
from scpo.measures.accuracy import SUBSETS, accuracy_estimate, accuracy_table
from scpo.measures.estimate import estimate
from scpo.measures.excess import FlipRuler
from scpo.method import objective
from scpo.method.heads import PreferenceFeatures
from scpo.method.preview import preview
from scpo.methods import METHODS
from scpo.model.encoding import EncodedText
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.model.training import StepLog, train
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory
from scpo.store.scored import Scored, with_exchanged_labels
from scpo.work.context import OnProgress, Work
from scpo.work.global_model import pair_data
from scpo.work.room import model_bytes, need_room, training_bytes
from scpo.work.score import encode_rows, load_model, scored_model


def execute(
    work: Work,
    config: RunConfig,
    scored: Scored,
    *,
    checkpoint_every: int | None = None,
    evaluate_every: int | None = None,
) -> RunRecord:
    """Execute a run that was asked for, or return it if it has succeeded before.

    Parameters
    ----------
    checkpoint_every : int, optional
        Steps between checkpoints; one is also written on stopping.
    evaluate_every : int, optional
        Steps between evaluations on the country's test users, which go to the log and change nothing else.

    Raises
    ------
    ScpoError
        After the reason was stored in the run's record.
    """
    directory = RunDirectory(work.store, config.run_id)
    directory.ask(config)
    every = _Every(checkpoint_every, evaluate_every)

    def finished() -> RunRecord | None:
        record = directory.record()
        return record if record.status == "succeeded" else None

    def executed() -> RunRecord:
        try:
            return _execute(work, directory, config, scored, every)
        except BaseException as error:
            directory.fail(error)
            raise

    busy = f"run {config.run_id} is being executed by another process"
    return work.store.load_or_build(f"run-{config.run_id}", load=finished, build=executed, busy=busy)


@dataclass(frozen=True)
class _Every:
    checkpoint: int | None
    evaluation: int | None


def _execute(work: Work, directory: RunDirectory, config: RunConfig, scored: Scored, every: _Every) -> RunRecord:
    began, evaluation = time.perf_counter(), EvaluationConfig()
    candidates = scored.country_pairs(config.country, "train")
    if candidates.empty:
        raise InputError(
            f"{config.dataset} has no training pairs from {config.country}: "
            f"it has {', '.join(scored.dataset.countries)}"
        )
    if METHODS[config.objective.method].relabels:
        candidates = with_exchanged_labels(candidates, seed=config.seed)
    selection = objective.select(candidates["gap"].to_numpy(), config.objective, seed=config.seed)
    if selection.n_kept == 0:
        raise RunError(f"{config.country}: the filter keeps none of {len(candidates)} training pairs: raise tau")
    weight = selection.weight[selection.kept]
    share = choice_weight(candidates[selection.kept])
    model = load_model(scored_model(work.store, scored), encoding=config.encoding, settings=work.settings)
    need_room(work.store.root, training_bytes(model_bytes(model), config.training), f"run {config.run_id}")
    directory.start(device=str(model.device))
    directory.update(
        scores_key=scored.scores.key,
        n_train=len(candidates),
        n_train_users=candidates["user_id"].nunique(),
        n_kept=selection.n_kept,
        effective_sample_size=objective.effective_sample_size(weight if share is None else weight * share),
    )

    if config.training.last_layer_ridge is not None:
        work.tell("fitting the last layer", 0, 1, "models")
        started = time.perf_counter()
        model.set_head(fit_last_layer(scored, candidates, config))
        spent = time.perf_counter() - started
        rewards, metrics = measure(scored, rewards_of_features(model, scored), evaluation)
        model.save(directory.model_folder)
        return directory.finish(
            rewards, metrics, evaluation=evaluation, seconds=time.perf_counter() - began, training_seconds=spent
        )

    def log(step: StepLog) -> None:
        directory.log(vars(step) | {"memory": memory_in_use(model.device)})
        work.tell("training", step.step, step.steps, "steps")

    result = train(
        model,
        pair_data(model, scored.utterances, candidates[selection.kept], weight),
        config.training,
        seed=config.seed,
        on_log=log,
        should_stop=work.stop,
        checkpoint_dir=directory.checkpoint_folder,
        checkpoint_every=every.checkpoint,
        evaluate=_curve(directory, scored, config.country, evaluation) if every.evaluation else None,
        evaluate_every=every.evaluation,
        adapter_dir=directory.adapter_folder,
        resume=True,
    )
    rewards, metrics = evaluate(model, scored, evaluation, work.tell)
    model.save(directory.model_folder)
    tail = result.losses[-max(1, len(result.losses) // 10) :]
    finished = directory.finish(
        rewards,
        metrics,
        evaluation=evaluation,
        seconds=time.perf_counter() - began,
        training_seconds=result.seconds,
        steps=result.steps,
        passes=result.passes,
        final_loss=float(np.mean(tail)),
    )
    shutil.rmtree(directory.checkpoint_folder, ignore_errors=True)  # it resumes nothing any more
    return finished


def _curve(
    directory: RunDirectory, scored: Scored, country: str, evaluation: EvaluationConfig
) -> Callable[[RewardModel, int], None]:
    """Return what measures both accuracies and the excess on the country's test users during training and logs them."""
    pairs = scored.test_pairs
    pairs = pairs[pairs["country"] == country]
    rows, position = np.unique(pairs[["chosen", "rejected"]].to_numpy(), return_inverse=True)
    users, global_gap = pairs["user_id"].to_numpy(), pairs["gap"].to_numpy()
    flips = FlipRuler.build(global_gap, users)
    texts: list[EncodedText] = []

    def measure(model: RewardModel, step: int) -> None:
        if not texts:
            texts.extend(encode_rows(model, scored.utterances, rows))
        reward = _finite(score(model, texts).reward)[position.reshape(-1, 2)]
        gap = objective.gap(reward[:, 0], reward[:, 1])
        found = {
            subset: accuracy_estimate(gap, users, level=evaluation.level, subset=subset, global_gap=global_gap)
            for subset in SUBSETS
        } | {"excess": estimate(flips.excess(gap), level=evaluation.level)}
        directory.log({"evaluated_at": step, **{subset: one.to_json() for subset, one in found.items()}})

    return measure


def _finite(reward: np.ndarray) -> np.ndarray:
    """Refuse the rewards of a model that training has broken."""
    if not np.isfinite(reward).all():
        raise RunError(
            "the finetuned model gives rewards that are no finite numbers: lower the learning rate, "
            "or set precision to float32"
        )
    return reward


def memory_in_use(device: torch.device) -> int:
    """Return the bytes in use: of the GPU's memory by this process, or of this process in main memory."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    return int(psutil.Process().memory_info().rss)


def evaluate(
    model: RewardModel, scored: Scored, evaluation: EvaluationConfig, on_progress: OnProgress
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score the test pairs of all communities; return the rewards and the accuracies on every community."""
    rows = scored.test_rows
    reward = score(
        model,
        encode_rows(model, scored.utterances, rows),
        on_progress=lambda done, total: on_progress("testing", done, total, "responses"),
    ).reward
    return measure(scored, _finite(reward), evaluation)


def measure(scored: Scored, tested: np.ndarray, evaluation: EvaluationConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables rewards and metrics of a model, from its rewards of `Scored.test_rows`."""
    pairs, rows = scored.test_pairs, scored.test_rows
    reward = np.full(len(scored.utterances), np.nan, dtype=np.float32)
    reward[rows] = tested
    metrics = accuracy_table(
        objective.gap(reward[pairs["chosen"].to_numpy()], reward[pairs["rejected"].to_numpy()]),
        global_gap=pairs["gap"].to_numpy(),
        user_id=pairs["user_id"].to_numpy(),
        country=pairs["country"].to_numpy(),
        level=evaluation.level,
    )
    return (
        pd.DataFrame({"utterance": rows.astype(np.int32), "reward": tested}),
        pd.DataFrame(metrics, columns=list(METRICS.columns)),
    )


def fit_last_layer(scored: Scored, candidates: pd.DataFrame, config: RunConfig) -> np.ndarray:
    """Fit the weights of the last layer on the pairs that a run may train on; see `scpo.method.preview`."""
    features = PreferenceFeatures.build(
        scored.differences(candidates),
        scored.scores.head_weight,
        gap=candidates["gap"].to_numpy(),
        relabelled=METHODS[config.objective.method].relabels,
    )
    features = replace(features, share=choice_weight(candidates))
    ridge = config.training.last_layer_ridge
    assert ridge is not None  # noqa: S101
    return preview(features, [config.objective], ridge=ridge, seed=config.seed).fit.heads[0]


def rewards_of_features(model: RewardModel, scored: Scored) -> np.ndarray:
    """Return a model's rewards of `Scored.test_rows` where only its last layer is not the global model's."""
    head = model.head
    return (scored.scores.features[scored.test_rows] @ head.weight + head.bias).astype(np.float32)
