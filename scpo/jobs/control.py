"""What a person does to work in the queue: ask, cancel, resume, remove. Commands and pages call the same functions."""

from __future__ import annotations

import shutil
import socket
from typing import Any, Protocol

from filelock import FileLock, Timeout

from scpo.config import RunConfig
from scpo.errors import InputError, RunError
from scpo.jobs import detached
from scpo.jobs.queue import BULK, ENDED, WAITED_FOR, Job, Queue
from scpo.jobs.salvage import ReadableQueue
from scpo.jobs.signs import STUDY_PREFIX, Sign, job_folder, process_runs, read_sign
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord, Status
from scpo.store.runs import RunDirectory
from scpo.store.studies import asked_name, list_studies

STOP_FILE = "stop"
"""A file of this name in the folder of some work asks it to stop after its step."""

LOG_FILE = "worker.log"
IDLE_SECONDS = 120


def ask_run(store: Store, config: RunConfig, *, priority: int = WAITED_FOR, device: str = "auto") -> RunRecord:
    """Queue a run; one that has succeeded or is worked on is left as it is."""
    directory = RunDirectory(store, config.run_id)
    record = directory.ask(config)
    if record.status != "succeeded":
        queue = Queue(store)
        job = queue.job(config.run_id)
        if record.status != "queued" and (job is None or job.state in ENDED):
            record = directory.update(status="queued", error=None, traceback=None)
        queue.put(config.run_id, priority=priority, device=device)
    return record


class AskedStudy(Protocol):
    """What the queue must know of a study that is asked for (`scpo.work.requests.StudyRequest`)."""

    @property
    def name(self) -> str: ...
    @property
    def device(self) -> str: ...
    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        ...


def ask_study(store: Store, request: AskedStudy) -> str:
    """Queue the preparation of a study, which then queues its runs; return the job's id."""
    job_id = STUDY_PREFIX + asked_name(store, request.name)
    queue = Queue(store)
    ended = queue.job(job_id)
    if ended is not None and ended.state == "succeeded":
        queue.remove(job_id)  # asked again, it looks for what is missing
    queue.put(job_id, kind="study", payload=request.as_json(), priority=BULK - 1, device=request.device)
    return job_id


def study_without_runs(store: Store, name: str) -> str | None:
    """Say how far the preparation of a study is that has no runs yet; None for one that has, or was never asked for.

    Raises
    ------
    RunError
        If the preparation has failed; it says why.
    """
    job = ReadableQueue(store).job(STUDY_PREFIX + name)
    if job is None or job.state == "succeeded" or name in {study.name for study in list_studies(store)}:
        return None
    if job.state == "failed":
        raise RunError(f"study {name} has no runs, its preparation failed: {job.message}")
    return f"study {name} has no runs yet: its preparation is {job.state}"


def status_of(record: RunRecord, job: Job | None, sign: Sign | None) -> Status:
    """Say what a run is doing: its record, corrected by the queue and by whether its process lives.

    Parameters
    ----------
    record
        From the run directory.
    job
        From the queue; None for a run that was started by hand.
    sign
        The run's sign of life; None if there is none.
    """
    if record.status == "succeeded":
        return "succeeded"
    if sign is not None and sign.alive:
        return "running"
    if job is not None and job.state in ("queued", "running", "lost"):
        return job_status(job, sign)
    if record.status == "running":
        return "lost"
    return "failed" if job is not None and job.state == "failed" else record.status


def job_status(job: Job, sign: Sign | None) -> Status:
    """Say what a job is doing: the queue's word, corrected by whether its process lives."""
    if job.state != "running" or (sign is not None and sign.alive):
        return job.state
    if job.began_at is None:
        return "queued"  # claimed, its process is starting
    return "running" if _lives(job, sign) else "lost"


def _lives(job: Job, sign: Sign | None) -> bool:
    """Say whether the process that began a job is there; one on another machine is believed until it falls silent."""
    if job.handle.get("host") != socket.gethostname():
        return sign is None or sign.alive
    return process_runs(job.handle["pid"], job.handle["pid_started"], job.handle.get("pid_since_boot"))


def current_status(store: Store, record: RunRecord) -> Status:
    """Look up queue and sign of life of a run and say what it is doing; see `status_of`."""
    if record.status == "succeeded":
        return "succeeded"
    return status_of(record, ReadableQueue(store).job(record.run_id), read_sign(store, record.run_id))


def cancel(store: Store, job_id: str) -> Job:
    """Take a waiting job out of the queue, or ask the one that is worked on to stop after its step."""
    queue = Queue(store)
    job = queue.cancel(job_id)
    directory = RunDirectory(store, job_id) if job.kind == "run" else None
    if job.state == "cancelled" and directory is not None and directory.exists():
        directory.update(status="cancelled")
    if job.state == "running":
        folder = job_folder(store, job_id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STOP_FILE).touch()
    return job


def resume(store: Store, job_id: str, *, priority: int = WAITED_FOR, device: str = "auto") -> None:
    """Queue a run or study again that was lost, failed or was cancelled; a run goes on from its last checkpoint.

    Raises
    ------
    InputError
        If there is no such work, it has succeeded, or it is worked on.
    """
    queue = Queue(store)
    job = queue.job(job_id)
    if job_id.startswith(STUDY_PREFIX):
        if job is None:
            raise InputError(f"there is no {job_id} in the queue")
        _say_lost(store, queue, job)
        queue.put(job_id, kind="study", payload=job.payload, priority=job.priority, device=device)
        return
    record = RunDirectory(store, job_id).record()
    status = status_of(record, job, read_sign(store, job_id))
    if status in ("succeeded", "running") or (status == "queued" and job is not None):
        raise InputError(f"run {job_id} is {status}: only a lost, failed or cancelled run is resumed")
    if job is not None:
        _say_lost(store, queue, job)
    RunDirectory(store, job_id).update(status="queued", error=None, traceback=None)
    queue.put(job_id, priority=priority, device=device)


def _say_lost(store: Store, queue: Queue, job: Job) -> None:
    """Say of a job whose process is gone that it is lost, if no supervisor has said so yet."""
    sign = read_sign(store, job.job_id)
    gone = not (sign and sign.alive) and not _lives(job, sign)
    if job.state == "running" and job.began_at is not None and gone:
        queue.finish(job.job_id, job.token or "", "lost", "its process ended without a word")


def remove(store: Store, job_id: str) -> None:
    """Delete a run that is not worked on: its folder, its place in the queue, its events."""
    directory = RunDirectory(store, job_id)
    record = directory.record()
    queue = Queue(store)
    if status_of(record, queue.job(job_id), read_sign(store, job_id)) == "running":
        raise InputError(f"run {job_id} is running: cancel it first")
    job = queue.job(job_id)
    if job is not None:
        _say_lost(store, queue, job)
    queue.remove(job_id)
    shutil.rmtree(directory.path)


def log_tail(store: Store, job_id: str, *, lines: int = 40) -> str:
    """Return the last lines that the process of a job printed; empty if it printed nothing."""
    path = job_folder(store, job_id) / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 64_000))
        text = stream.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def supervisor_lock(store: Store) -> FileLock:
    """Return the lock that the one supervisor of a cache holds while it lives."""
    folder = store.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "supervisor.lock")


def supervisor_lives(store: Store) -> bool:
    """Say whether a supervisor holds the lock now."""
    try:
        lock = supervisor_lock(store)
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False  # the cache cannot be written here: nobody works on it from here
    lock.release()
    return False


def ensure_supervisor(store: Store, settings: Settings) -> bool:
    """Start a supervisor that outlives this process if there is none and something waits; say whether one was."""
    if settings.read_only or not Queue(store).jobs(("queued", "running")) or supervisor_lives(store):
        return False
    command = detached.scpo("worker", "--until-idle", str(IDLE_SECONDS))
    detached.start(command, log=store.root / "supervisor.log", environment=settings.as_environment())
    return True
