"""How long what runs and what waits still takes, from what finished runs took in all. Unknown is None, never 0."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple

from scpo.config import RunConfig
from scpo.jobs.queue import Job
from scpo.jobs.salvage import ReadableQueue
from scpo.jobs.signs import Sign
from scpo.results.cost import kind_of
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import list_runs

TIMED_RUNS = 20
"""What a run takes is the median over the runs like it that finished last."""

OWN_METHOD_RUNS = 3
"""From so many finished runs of its method on, they alone tell what a run takes."""


class Durations(NamedTuple):
    """What a run takes, in seconds: each stage the median over finished runs like it."""

    before: float
    """From its claim to its start: a process begins and loads; 0 where no such run came through the queue."""

    training: float
    after: float
    """Loading the model, testing on all communities, measuring, saving."""

    n_runs: int

    @property
    def total(self) -> float:
        """Return what the run takes in all."""
        return self.before + self.training + self.after


class Turn(NamedTuple):
    """When work begins and ends, in seconds from now; None while that is unknown."""

    starts_in: float | None
    ends_in: float | None


class Experience:
    """What finished runs took, to tell what other runs will take.

    Parameters
    ----------
    records : iterable of RunRecord
        Runs in any state; a run that finished without its times is left out.
    claimed_at : mapping
        From `Queue.claimed_at`.
    """

    def __init__(self, records: Iterable[RunRecord], claimed_at: Mapping[str, str]) -> None:
        self._alike: dict[tuple[object, ...], list[RunRecord]] = {}
        self.claimed_at = claimed_at
        done = [one for one in records if one.status == "succeeded" and None not in (one.seconds, one.training_seconds)]
        for record in sorted(done, key=lambda one: one.finished_at or ""):
            self._alike.setdefault(_causes(record.config, record.device), []).append(record)

    @classmethod
    def of(cls, store: Store) -> Experience:
        """Read all runs of a store."""
        return cls(list_runs(store), ReadableQueue(store).claimed_at())

    def durations(self, config: RunConfig, device: str | None) -> Durations | None:
        """Return what a run takes on a kind of device; None before one of its data, model and budget has finished."""
        alike = self._alike.get(_causes(config, device), [])
        own = [one for one in alike if one.config.objective.method == config.objective.method]
        last = (own if len(own) >= OWN_METHOD_RUNS else alike)[-TIMED_RUNS:]
        if not last:
            return None
        before = [
            _moment(one.started_at) - _moment(self.claimed_at[one.run_id])
            for one in last
            if one.run_id in self.claimed_at and one.started_at is not None
        ]
        return Durations(
            before=max(median(before), 0.0) if before else 0.0,
            training=median(one.training_seconds or 0.0 for one in last),
            after=median((one.seconds or 0.0) - (one.training_seconds or 0.0) for one in last),
            n_runs=len(last),
        )


def _causes(config: RunConfig, device: str | None) -> tuple[object, ...]:
    return config.dataset_key, config.model_key, config.training, kind_of(device or "")


def _moment(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def seconds_left(
    known: Durations | None, sign: Sign | None, *, since_claim: float, since_start: float | None
) -> float | None:
    """Estimate the time to the end of a run that has its slot, over all its stages.

    Parameters
    ----------
    known : Durations or None
        What such runs take.
    sign : Sign or None
        Its sign of life: the present stage, and how long that still takes at the run's own pace.
    since_claim : float
        Seconds since it got its slot.
    since_start : float or None
        Seconds since it started to work; None while it loads.

    Returns
    -------
    float or None
        Seconds, at least 0; None if no run like it has finished, for then the stages to come are unknown.
    """
    if known is None:
        return None
    if sign is not None and sign.stage == "training":
        share = sign.done / sign.total if sign.total else 0.0
        own = sign.eta_seconds
        return (known.training * (1 - share) if own is None else own) + known.after
    if sign is not None and sign.stage == "testing":
        passed = max((since_start or 0.0) - known.training, 0.0)
        return max(known.after - passed, sign.eta_seconds or 0.0, 0.0)
    before = max(known.before - since_claim, 0.0) if since_start is None else 0.0
    return before + known.training + known.after


def turns(left: Sequence[float | None], waiting: Mapping[str, float | None], *, slots: int) -> dict[str, Turn]:
    """Foretell when each waiting job begins and ends, if every slot takes the next one as soon as it is free.

    Parameters
    ----------
    left : sequence of float or None
        Seconds that each job at work still takes.
    waiting : mapping of str to (float or None)
        Job to what it takes, in the order in which jobs are taken.
    slots : int
        How many are worked on at the same time; a job at work has one.
    """
    free = [math.inf if one is None else one for one in left]
    free += [0.0] * (slots - len(free))
    heapq.heapify(free)
    found = {}
    for job, takes in waiting.items():
        start = heapq.heappop(free)
        end = start + (math.inf if takes is None else takes)
        heapq.heappush(free, end)
        found[job] = Turn(*(None if math.isinf(one) else one for one in (start, end)))
    return found


def outlook(
    jobs: Sequence[Job],
    records: Mapping[str, RunRecord],
    signs: Mapping[str, Sign],
    experience: Experience,
    *,
    slots: Sequence[str],
    moment: float | None = None,
) -> dict[str, Turn]:
    """Foretell when each job that runs or waits begins and ends.

    Parameters
    ----------
    jobs : sequence of Job
        What runs and waits, in the order in which it is taken.
    records, signs : mapping
        Of these jobs by id, where there are such; a study's preparation has no record, so how long it takes is unknown.
    slots : sequence of str
        What runs take place on, at least one: ``cpu`` or ``cuda:N``.
    moment : float, optional
        Now, seconds since 1970.
    """
    now = time.time() if moment is None else moment
    at_work: dict[str, float | None] = {}
    waiting: dict[str, float | None] = {}
    for job in jobs:
        record = records.get(job.job_id)
        known = None if record is None else experience.durations(record.config, job.slot or slots[0])
        if job.state == "queued":
            waiting[job.job_id] = None if known is None else known.total
        elif job.state == "running":
            started = record.started_at if record is not None and record.status == "running" else None
            at_work[job.job_id] = seconds_left(
                known,
                signs.get(job.job_id),
                since_claim=now - _moment(experience.claimed_at.get(job.job_id) or job.asked_at),
                since_start=None if started is None else now - _moment(started),
            )
    begun = {job: Turn(0.0, left) for job, left in at_work.items()}
    return begun | turns(list(at_work.values()), waiting, slots=len(slots))
