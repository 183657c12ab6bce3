"""What runs will cost, from what finished runs of the same model and budget took. Unknown is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from scpo.config import TrainingConfig
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs

MEMORY_RUNS = 10
"""The peak of memory is read from the logs of at most so many runs, the ones that finished last."""


class Rates(NamedTuple):
    """What finished runs of one model and budget took on one kind of device.

    `seconds_per_pair` of training, each time a pair is seen; `overhead_seconds` per run for loading, scoring the test
    pairs and saving; `memory`, the highest that a run held, in bytes; `n_runs` that this rests on.
    """

    seconds_per_pair: float | None = None
    overhead_seconds: float | None = None
    memory: float | None = None
    n_runs: int = 0


class Cost(NamedTuple):
    """What some runs will cost: `seconds` one after the other, and each number of pairs times passes added up."""

    n_runs: int
    pair_passes: float
    seconds: float | None


def kind_of(device: str) -> str:
    """Return ``cpu`` or ``cuda``: runs on two GPUs of a machine are compared, runs on a GPU and on the CPU are not."""
    return device.partition(":")[0]


def comparable(
    records: Iterable[RunRecord], *, model_key: str, training: TrainingConfig, device: str
) -> list[RunRecord]:
    """Return the finished runs of a global model and budget on a kind of device, in the order given."""
    return [
        record
        for record in records
        if record.status == "succeeded"
        and record.config.model_key == model_key
        and record.config.training == training
        and record.device is not None
        and kind_of(record.device) == kind_of(device)
    ]


def rates(records: Sequence[RunRecord], *, memory: float | None = None) -> Rates:
    """Return the medians over comparable runs; a run without its times or counts is left out.

    Parameters
    ----------
    records
        From `comparable`.
    memory : float, optional
        From `peak_memory`.
    """
    paces, overheads = [], []
    for record in records:
        seen = (record.passes or 0.0) * (record.n_kept or 0)
        if record.training_seconds is not None and seen > 0:
            paces.append(record.training_seconds / seen)
            if record.seconds is not None:
                overheads.append(record.seconds - record.training_seconds)
    return Rates(median(paces) if paces else None, median(overheads) if overheads else None, memory, len(paces))


def peak_memory(logs: Iterable[Sequence[Mapping[str, Any]]]) -> float | None:
    """Return the most memory that any line of some logs names, in bytes; None if none names any."""
    known = [float(line["memory"]) for log in logs for line in log if line.get("memory") is not None]
    return max(known, default=None)


def measured_rates(store: Store, *, model_key: str, training: TrainingConfig, device: str) -> Rates:
    """Read the finished runs of a global model and budget and return what they took."""
    found = comparable(list_runs(store), model_key=model_key, training=training, device=device)
    last = sorted(found, key=lambda record: record.finished_at or "")[-MEMORY_RUNS:]
    return rates(found, memory=peak_memory(RunDirectory(store, record.run_id).read_log() for record in last))


def pair_passes(training: TrainingConfig, n_kept: int) -> float:
    """Return how often a run sees a pair, all its pairs together.

    With a budget in steps that is about steps times pairs per step; a step never has more pairs than are kept. A fit of
    the last layer alone sees cached features and runs no pair through the model: 0.
    """
    if training.steps is not None:
        return float(training.steps * min(training.batch_pairs, n_kept))
    return float(training.epochs or 0.0) * n_kept


def estimate_cost(passes: Sequence[float], known: Rates) -> Cost:
    """Estimate what runs will cost, one after the other.

    Parameters
    ----------
    passes : sequence of float
        `pair_passes` of each run.
    known : Rates

    Returns
    -------
    Cost
        `seconds` is None while no comparable run has told its times.
    """
    total = float(sum(passes))
    if known.seconds_per_pair is None or known.overhead_seconds is None:
        return Cost(len(passes), total, None)
    return Cost(len(passes), total, total * known.seconds_per_pair + len(passes) * known.overhead_seconds)
