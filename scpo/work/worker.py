"""The process of one job: begin it, carry it out with a sign of life, say how it ended."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import traceback
from dataclasses import replace

import psutil

from scpo.errors import Cancelled, ScpoError
from scpo.jobs.control import STOP_FILE, ask_run
from scpo.jobs.queue import BULK, Job, Queue, State
from scpo.jobs.signs import STUDY_PREFIX, Signing, job_folder, since_boot
from scpo.jobs.studies import cancel_runs
from scpo.redaction import without_secrets
from scpo.store.runs import RunDirectory, reason
from scpo.words import counted
from scpo.work.context import Work
from scpo.work.requests import StudyRequest
from scpo.work.run import carry_out, load_scored
from scpo.work.study import prepare_study


def work_on(work: Work, job_id: str, token: str) -> State | None:
    """Carry out a claimed job in this process.

    Returns
    -------
    str or None
        How it ended; None if the claim was replaced by another one, and nothing was done.
    """
    store = work.store
    queue = Queue(store)
    handle = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "pid_started": psutil.Process().create_time(),
        "pid_since_boot": since_boot(os.getpid()),
    }
    folder = job_folder(store, job_id)
    if not queue.begin(job_id, token, handle):
        return None
    job = queue.job(job_id)
    if job is None:
        return None
    stop_file = folder / STOP_FILE
    if job.stop_requested is None:  # of an earlier attempt
        stop_file.unlink(missing_ok=True)
    state: State = "failed"
    message = ""
    try:
        carried_out = _run if job.kind == "run" else _study
        carried_out(replace(work, stop=lambda: work.stop() or stop_file.exists()), job)
        state = "succeeded"
    except Cancelled as error:
        state, message = "cancelled", str(error)
    except Exception as error:
        message = reason(error, store)
        if not isinstance(error, ScpoError):
            sys.stderr.write(without_secrets(traceback.format_exc()))
    if message:
        sys.stderr.write(f"{state}: {message}\n")
        sys.stderr.flush()
    try:
        queue.finish(job_id, token, state, message)
    except sqlite3.OperationalError as error:  # a full disk: the supervisor reads the record when there is room again
        sys.stderr.write(f"the queue cannot be written: {error}\n")
        return "failed"
    stop_file.unlink(missing_ok=True)
    return state


def _run(work: Work, job: Job) -> None:
    directory = RunDirectory(work.store, job.job_id)
    config = directory.record().config
    with Signing(work.store, job.job_id, f"run {job.job_id}", job=True, keep=False) as sign:
        sign("loading", 0, 1, "data sets")
        try:
            scored = load_scored(work.store, config)
        except BaseException as error:
            directory.fail(error)
            raise
    carry_out(work, config, scored)


def _study(work: Work, job: Job) -> None:
    # A job of the version before has its name in its id only.
    request = StudyRequest.model_validate({"name": job.job_id.removeprefix(STUDY_PREFIX), **job.payload})
    title, model = f"study {request.name}", request.model.rsplit("/", 1)[-1]
    with Signing(work.store, job.job_id, title, dataset=request.data, model=model, job=True) as sign:
        prepared = prepare_study(replace(work, tell=sign), request)
        for config in prepared.configs:
            if work.stop():
                cancel_runs(work.store, prepared.study)
                raise Cancelled("stopped while its runs were queued: asked again, it queues what is missing")
            ask_run(work.store, config, priority=BULK, device=job.device)
        sign.message = f"{counted(len(prepared.configs), 'run')} queued"
