"""What is worked on: the queue, every run with its status, and one run with its curves. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from scpo.data.countries import display_name
from scpo.data.tables import METRICS
from scpo.jobs import control as jobs
from scpo.jobs.queue import Job
from scpo.jobs.salvage import ReadableQueue
from scpo.jobs.signs import STUDY_PREFIX, Sign, read_sign, read_signs
from scpo.results.compare import flat
from scpo.results.outlook import Experience, Turn, outlook
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord, Status
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.studies import list_studies

SPARK_VALUES = 40
"""A sparkline shows at most this many losses, the last ones."""

SPARK_RUNS = 24
"""So many ended runs, those that were asked for or ended last, get a sparkline too; the others' logs stay unread."""

RUN_COLUMNS = (
    "run_id", "kind", "study", "dataset", "model", "country", "name", "method", "tau", "beta", "last_layer", "seed",
    "status", "job", "stopping", "stage", "done", "total", "unit", "eta_seconds", "place", "starts_in", "ends_in",
    "asked_at", "started_at", "finished_at", "seconds", "device", "error", "losses",
)  # fmt: skip
_NUMBERS = ("tau", "beta", "seed", "done", "total", "eta_seconds", "place", "starts_in", "ends_in", "seconds")
_FLAGS = ("stopping", "last_layer")
_CURVE = ("step", "loss", "learning_rate", "seconds", "memory")
_EVALUATIONS = ("step", "subset", "value", "low", "high", "n_pairs", "n_users")
SUBSETS = ("all_country", "true_country", "excess")


class WorkCounts(NamedTuple):
    """How much is in the queue."""

    running: int
    waiting: int


@dataclass(frozen=True, eq=False)
class RunDetail:
    """One run, or the preparation of a study.

    Attributes
    ----------
    record : RunRecord or None
        None for the preparation of a study.
    curve : DataFrame
        One row per step: `step`, `loss`, `learning_rate`, `seconds`, `memory` (bytes; NaN where it was not logged).
    evaluations : DataFrame
        One row per evaluation and subset: `step`, `subset`, `value`, `low`, `high`, `n_pairs`, `n_users`.
    metrics : DataFrame
        Of a finished run, one row per community and subset (the table METRICS); without rows before.
    events : DataFrame
        What happened in the queue, oldest first: `at`, `what`, `detail`.
    log : str
        Last lines that the process printed.
    """

    run_id: str
    record: RunRecord | None
    status: Status
    curve: pd.DataFrame
    evaluations: pd.DataFrame
    metrics: pd.DataFrame
    events: pd.DataFrame
    log: str

    @property
    def asked(self) -> dict[str, Any]:
        """Return what was asked, one entry per setting; empty for the preparation of a study."""
        return {} if self.record is None else flat(self.record.config.as_json())


def work_counts(store: Store) -> WorkCounts:
    """Count what is worked on and what waits; work whose process is gone counts as neither."""
    found = [jobs.job_status(job, _sign(store, job)) for job in ReadableQueue(store).jobs(("queued", "running"))]
    return WorkCounts(found.count("running"), found.count("queued"))


def run_table(store: Store, *, slots: Sequence[str] = ("cpu",)) -> pd.DataFrame:
    """Return one row per run and per preparation of a study that has not succeeded, newest first.

    Parameters
    ----------
    slots : sequence of str
        What runs take place on, at least one.

    Returns
    -------
    DataFrame
        The columns `RUN_COLUMNS`. `status` is that of `scpo.jobs.control.status_of`; `job` the queue's own state, None
        for a run started by hand; `place` counts from 1 among what waits; `stage`, `done`, `total`, `unit` and
        `eta_seconds` (of the stage) come from the sign of life; `starts_in` and `ends_in` are those of
        `scpo.results.outlook.outlook`, in seconds; `losses` is a list, None where it was not read.
    """
    queued = ReadableQueue(store).jobs()
    by_id = {job.job_id: job for job in queued}
    place = {job.job_id: i for i, job in enumerate((job for job in queued if job.state == "queued"), start=1)}
    study_of = {run_id: study.name for study in list_studies(store) for run_id in study.runs}
    records = list_runs(store)
    ended = sorted(records, key=lambda record: record.finished_at or record.asked_at)[-SPARK_RUNS:]
    recent = {record.run_id for record in ended}
    signs = {one.run_id: _sign(store, by_id.get(one.run_id), one) for one in records}
    signs |= {job.job_id: _sign(store, job) for job in queued if job.kind == "study"}
    foretold = outlook(
        [job for job in queued if jobs.job_status(job, signs.get(job.job_id)) in ("queued", "running")],
        {record.run_id: record for record in records},
        {name: sign for name, sign in signs.items() if sign is not None},
        Experience(records, ReadableQueue(store).claimed_at()),
        slots=slots,
    )
    rows = []
    for record in reversed(records):
        job, sign = by_id.get(record.run_id), signs[record.run_id]
        status = jobs.status_of(record, job, sign)
        read = status == "running" or (record.run_id in recent and status != "queued")
        rows.append(
            {
                "run_id": record.run_id,
                "kind": "run",
                "study": study_of.get(record.run_id),
                **_asked(record),
                "status": status,
                **_work(job, sign if status == "running" else None),
                "place": place.get(record.run_id),
                **_foretold(foretold, record.run_id, status),
                "asked_at": record.asked_at,
                "started_at": record.started_at,
                "finished_at": record.finished_at,
                "seconds": record.seconds,
                "device": None if status == "queued" else record.device or (job.slot if job else None),
                "error": _error(status, record.error, job),
                "losses": _losses(RunDirectory(store, record.run_id).read_log()) if read else None,
            }
        )
    rows += [
        _study_row(job, signs[job.job_id], place, foretold)
        for job in queued
        if job.kind == "study" and job.state != "succeeded"
    ]
    table = pd.DataFrame(rows, columns=list(RUN_COLUMNS))
    for column in RUN_COLUMNS:
        if column in _NUMBERS:
            table[column] = pd.to_numeric(table[column]).astype(float)
        elif column not in _FLAGS:
            table[column] = table[column].astype(object).where(table[column].notna(), None)
    table["last_layer"] = table["last_layer"].eq(True)
    return table.sort_values("asked_at", ascending=False, kind="stable", ignore_index=True)


def run_detail(store: Store, run_id: str) -> RunDetail:
    """Read one run, or the preparation of a study, with its curves, its events and the end of its log."""
    found = {job.job_id: job for job in ReadableQueue(store).jobs()}
    job = found.get(run_id)
    events = pd.DataFrame(ReadableQueue(store).events(run_id), columns=["at", "what", "detail"])
    log = jobs.log_tail(store, run_id)
    if run_id.startswith(STUDY_PREFIX) and job is not None:
        status = jobs.job_status(job, _sign(store, job))
        return RunDetail(run_id, None, status, _curve([]), _evaluations([]), _metrics(None), events, log)
    directory = RunDirectory(store, run_id)
    record, lines = directory.record(), directory.read_log()
    status = jobs.status_of(record, job, _sign(store, job, record))
    metrics = _metrics(directory if status == "succeeded" else None)
    return RunDetail(run_id, record, status, _curve(lines), _evaluations(lines), metrics, events, log)


def waiting_seconds(table: pd.DataFrame) -> float | None:
    """Return after how many seconds nothing waits any more and what waited has ended.

    Parameters
    ----------
    table : DataFrame
        From `run_table`, or some of its rows.

    Returns
    -------
    float or None
        None if nothing waits, or that is unknown of anything that waits.
    """
    ends = table.loc[table["status"] == "queued", "ends_in"]
    return float(ends.max()) if len(ends) and ends.notna().all() else None


def smooth(values: pd.Series, steps: int) -> pd.Series:
    """Return the mean of each value and the ones before it, `steps` in all; fewer at the beginning."""
    return values.rolling(steps, min_periods=1).mean()


def _sign(store: Store, job: Job | None, record: RunRecord | None = None) -> Sign | None:
    """Read the sign of life of work that may be under way; what has ended is not asked."""
    active = (job is not None and job.state == "running") or (record is not None and record.status == "running")
    name = job.job_id if job is not None else record.run_id if record is not None else ""
    return read_sign(store, name) if active else None


def _asked(record: RunRecord) -> dict[str, Any]:
    config = record.config
    return {
        "dataset": config.dataset,
        "model": config.model,
        "country": config.country,
        "name": display_name(config.country),
        "method": config.objective.method,
        "tau": config.objective.tau,
        "beta": config.objective.beta,
        "last_layer": config.training.last_layer_ridge is not None,
        "seed": config.seed,
    }


def _work(job: Job | None, sign: Sign | None) -> dict[str, Any]:
    said = {} if sign is None else sign.model_dump(include={"stage", "done", "total", "unit", "eta_seconds"})
    stopping = job is not None and job.state == "running" and job.stop_requested is not None
    return {"job": None if job is None else job.state, "stopping": stopping, **said}


def _error(status: Status, written: str | None, job: Job | None) -> str | None:
    """Return why work ended; an earlier attempt's reason is not repeated while a new one waits or works."""
    if status not in ("failed", "cancelled", "lost"):
        return None
    return written or (job.message if job is not None else None) or None


def _foretold(turns: Mapping[str, Turn], job_id: str, status: Status) -> dict[str, float | None]:
    """Return when work begins and ends; what is lost, and what was started by hand, is not foretold."""
    known = job_id in turns and status in ("running", "queued")
    return turns[job_id]._asdict() if known else {}


def _study_row(job: Job, sign: Sign | None, place: Mapping[str, int], turns: Mapping[str, Turn]) -> dict[str, Any]:
    status = jobs.job_status(job, sign)
    return {
        "run_id": job.job_id,
        "kind": "study",
        "study": job.job_id.removeprefix(STUDY_PREFIX),
        "dataset": job.payload.get("data"),
        "model": job.payload.get("model"),
        "status": status,
        **_work(job, sign if status == "running" else None),
        "place": place.get(job.job_id),
        **_foretold(turns, job.job_id, status),
        "asked_at": job.asked_at,
        "started_at": job.began_at,
        "finished_at": job.ended_at,
        "device": job.slot,
        "error": _error(status, None, job),
    }


def _losses(lines: Sequence[Mapping[str, Any]]) -> list[float]:
    return [float(line["loss"]) for line in lines if "loss" in line][-SPARK_VALUES:]


def _curve(lines: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    steps = [line for line in lines if "step" in line]
    return pd.DataFrame(steps, columns=list(_CURVE)).astype(float)


def _metrics(directory: RunDirectory | None) -> pd.DataFrame:
    return pd.DataFrame(columns=list(METRICS.columns)) if directory is None else directory.metrics()


def _evaluations(lines: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = [
        {"step": line["evaluated_at"], "subset": subset, **line[subset]}
        for line in lines
        if "evaluated_at" in line
        for subset in SUBSETS
        if subset in line
    ]
    table = pd.DataFrame(rows, columns=list(_EVALUATIONS))
    return table.astype({column: float for column in _EVALUATIONS if column != "subset"})


def study_progress(store: Store, dataset: str, model: str) -> Sign | None:
    """Return the progress of the study of a data set and model that was started last, if one says so."""
    matching = [
        found
        for found in read_signs(store)
        if found.title.startswith("study ") and (found.dataset, found.model) == (dataset, model)
    ]
    return max(matching, key=lambda found: found.started_at, default=None)
