"""What is worked on and what waits, with the studies that it belongs to: cheap enough for every page to ask often."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scpo.jobs.control import job_status
from scpo.jobs.queue import WAITED_FOR, Job
from scpo.jobs.salvage import ReadableQueue
from scpo.jobs.signs import STUDY_PREFIX, Sign, read_sign
from scpo.results.outlook import Experience, Turn, outlook
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.studies import list_studies

Signature = tuple[tuple[str, str, int], ...]


class Known(NamedTuple):
    """What `read_busy` needs of the runs: it stays as it is for as long as no job begins, ends or is asked for."""

    records: Mapping[str, RunRecord]
    experience: Experience


class BusyStudy(NamedTuple):
    """A study of which something waits or is worked on.

    Attributes
    ----------
    dataset, model : str
        What it is on.
    preparing : bool
        Whether it is being prepared or waits for that; then its runs may be unknown, and `n_runs` 0.
    n_runs, finished, running, waiting : int
        Its runs: how many there are, have succeeded, are worked on, wait.
    ends_in : float or None
        Seconds until the last of them ends; None if that is unknown.
    """

    name: str
    dataset: str
    model: str
    preparing: bool
    n_runs: int
    finished: int
    running: int
    waiting: int
    ends_in: float | None


@dataclass(frozen=True, eq=False)
class Busy:
    """What is worked on and what waits.

    Attributes
    ----------
    running, waiting : tuple of Job
        In the order in which they are taken; work whose process is gone is in neither.
    turns : dict
        Job id to when it begins and ends.
    studies : tuple of BusyStudy
    ends_in : float or None
        Seconds until nothing waits or runs; None if that is unknown, or nothing does.
    """

    running: tuple[Job, ...]
    waiting: tuple[Job, ...]
    turns: Mapping[str, Turn]
    studies: tuple[BusyStudy, ...]
    ends_in: float | None

    def __bool__(self) -> bool:
        return bool(self.running or self.waiting)


def queue_signature(store: Store) -> Signature:
    """Return what changes when a job begins, ends or is asked for."""
    return tuple((job.job_id, job.state, job.attempt) for job in ReadableQueue(store).jobs())


def load_known(store: Store) -> Known:
    """Read all runs; to be kept for as long as `queue_signature` stays the same."""
    records = list_runs(store)
    return Known({one.run_id: one for one in records}, Experience(records, ReadableQueue(store).claimed_at()))


def read_busy(store: Store, known: Known, *, slots: Sequence[str] = ("cpu",)) -> Busy:
    """Say what is worked on and what waits, and how long that takes.

    Parameters
    ----------
    known : Known
        From `load_known`.
    slots : sequence of str
        What runs take place on, at least one.
    """
    jobs = ReadableQueue(store).jobs(("queued", "running"))
    signs = {job.job_id: read_sign(store, job.job_id) for job in jobs if job.state == "running"}
    status = {job.job_id: job_status(job, signs.get(job.job_id)) for job in jobs}
    active = [job for job in jobs if status[job.job_id] in ("running", "queued")]
    records = dict(known.records)
    for job in active:
        directory = RunDirectory(store, job.job_id)
        if job.kind == "run" and job.state == "running" and directory.exists():
            records[job.job_id] = directory.record()  # whether it has started is not in the signature
    alive: dict[str, Sign] = {job: sign for job, sign in signs.items() if sign is not None and sign.alive}
    turns = outlook(active, records, alive, known.experience, slots=slots)
    running = tuple(job for job in active if status[job.job_id] == "running")
    waiting = tuple(job for job in active if status[job.job_id] == "queued")
    return Busy(running, waiting, turns, _studies(store, running, waiting, records, turns), _last(turns, list(turns)))


def _studies(
    store: Store,
    running: Sequence[Job],
    waiting: Sequence[Job],
    records: Mapping[str, RunRecord],
    turns: Mapping[str, Turn],
) -> tuple[BusyStudy, ...]:
    at_work, waits = {job.job_id for job in running}, {job.job_id for job in waiting}
    preparing = {job.job_id.removeprefix(STUDY_PREFIX): job for job in (*running, *waiting) if job.kind == "study"}
    found: dict[str, BusyStudy] = {}
    for study in list_studies(store):
        active = [run for run in study.runs if run in at_work or run in waits]
        if not active and study.name not in preparing:
            continue
        done = [run for run in study.runs if run in records and records[run].status == "succeeded"]
        found[study.name] = BusyStudy(
            study.name, study.dataset, study.model, study.name in preparing, len(study.runs), len(done),
            len(at_work.intersection(study.runs)), len(waits.intersection(study.runs)),
            None if study.name in preparing else _last(turns, active),
        )  # fmt: skip
    for name, job in preparing.items():
        if name not in found:
            model = str(job.payload.get("model", "")).rsplit("/", 1)[-1]
            found[name] = BusyStudy(name, str(job.payload.get("data", "")), model, True, 0, 0, 0, 0, None)
    return tuple(found.values())


def _last(turns: Mapping[str, Turn], jobs: Sequence[str]) -> float | None:
    """Return when the last of some jobs ends; None if that is unknown of any, or there is none."""
    ends = [turns[job].ends_in for job in jobs]
    known = [one for one in ends if one is not None]
    return max(known) if known and len(known) == len(ends) else None


class NextTurn(NamedTuple):
    """Where a run that a person asks for now would come.

    Attributes
    ----------
    running, ahead, behind : int
        How many are worked on, wait before it, and would wait after it: those of studies.
    starts_in : float or None
        Seconds until it begins; None if that is unknown.
    """

    running: int
    ahead: int
    behind: int
    starts_in: float | None


def next_turn(found: Busy, *, slots: int) -> NextTurn:
    """Say where a run that a person asks for now would come: before all runs of studies, after all that was asked so.

    Parameters
    ----------
    found : Busy
    slots : int
        How many runs are worked on at the same time.
    """
    ahead = [job for job in found.waiting if job.priority <= WAITED_FOR]
    ends = [found.turns[job.job_id].ends_in for job in (*found.running, *ahead)]
    # Every slot takes the next job as soon as it is free, so the ends that come last are the last of each slot.
    last = sorted((math.inf if end is None else end for end in ends), reverse=True)[:slots]
    starts_in = last[-1] if len(last) == slots else 0.0
    behind = len(found.waiting) - len(ahead)
    return NextTurn(len(found.running), len(ahead), behind, None if math.isinf(starts_in) else starts_in)
