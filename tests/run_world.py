"""Runs in every state, written by hand into a store: no model, no training."""

from __future__ import annotations

import os
import socket
import time

import psutil

from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.runs.jobs import LOG_FILE, ask_run, ask_study, job_folder
from scpo.runs.queue import Job, Queue
from scpo.runs.run import RunDirectory, RunRecord
from scpo.runs.store import Store, now, write_json

DEAD_PID = 2**22 + 1
"""Larger than any process id."""


def run_config(seed: int = 0, **changes) -> RunConfig:
    """Return a configuration; each seed is another run."""
    given = {
        "dataset": "prism",
        "dataset_key": "d",
        "model": "m",
        "model_key": "k",
        "country": "CHL",
        "objective": ObjectiveConfig(method="scpo"),
        "training": TrainingConfig(steps=8),
        "seed": seed,
    }
    return RunConfig.model_validate(given | changes)


def asked(store: Store, seed: int = 0, **changes) -> RunDirectory:
    """Queue a run."""
    config = run_config(seed, **changes)
    ask_run(store, config)
    return RunDirectory(store, config.run_id)


def began(store: Store, *, alive: bool = False) -> Job:
    """Claim the next job and begin it, in this process or in one that is gone."""
    queue = Queue(store)
    job = queue.claim("here:1", "cpu")
    pid = os.getpid() if alive else DEAD_PID
    handle = {"host": socket.gethostname(), "pid": pid, "pid_started": psutil.Process().create_time()}
    assert job is not None and queue.begin(job.job_id, job.token, handle)
    return job


def beat(store: Store, job_id: str, *, alive: bool = True, **said) -> None:
    """Write a sign of life, of this process or of one that is gone."""
    pid = os.getpid() if alive else DEAD_PID
    started = psutil.Process().create_time()
    given = {"stage": "training", "done": 3, "total": 8, "unit": "steps", "eta_seconds": 90.0}
    content = {"host": socket.gethostname(), "pid": pid, "pid_started": started, "at": time.time()} | given | said
    write_json(job_folder(store, job_id) / "heartbeat.json", content)


def log_steps(directory: RunDirectory, steps: int, *, users: int = 12) -> None:
    """Write the log of a run that has made some steps and was evaluated after every second one."""
    for step in range(1, steps + 1):
        line = {"step": step, "steps": 8, "epoch": 0, "loss": 1 / step, "learning_rate": 0.001, "seconds": 0.5 * step}
        directory.log(line | {"memory": 2**30})
        if step % 2 == 0:
            known = {"value": 0.6, "low": 0.5, "high": 0.7, "n_pairs": 40, "n_users": users}
            unknown = {"value": None, "low": None, "high": None, "n_pairs": 0, "n_users": 0}
            directory.log({"evaluated_at": step, "all_country": known, "true_country": known if step > 2 else unknown})


def running(store: Store, seed: int = 0, *, steps: int = 3, users: int = 12, **changes) -> RunDirectory:
    """Have a run that works; its process is this one."""
    directory = asked(store, seed, **changes)
    began(store)
    directory.update(status="running", device="cpu", started_at=now(), n_train=50, n_train_users=9, n_kept=30)
    directory.update(effective_sample_size=21.0)
    log_steps(directory, steps, users=users)
    beat(store, directory.run_id, done=steps)
    (directory.path / LOG_FILE).write_text("first line\n<b>bold</b> **bold** $x$\n", encoding="utf-8")
    return directory


def lost(store: Store, seed: int = 0) -> RunDirectory:
    """Have a run whose process is gone without a word."""
    directory = running(store, seed)
    beat(store, directory.run_id, alive=False)
    return directory


def failed(store: Store, seed: int = 0, *, sentence: str = "the filter keeps none: raise tau") -> RunDirectory:
    """Have a run that failed."""
    directory = asked(store, seed)
    job = began(store)
    directory.update(status="failed", error=sentence, finished_at=now())
    Queue(store).finish(job.job_id, job.token, "failed", sentence)
    return directory


def finished(store: Store, seed: int = 0, *, seconds: float = 60.0, at: str | None = None) -> RunRecord:
    """Have a run that was started by hand and succeeded."""
    directory = RunDirectory(store, run_config(seed).run_id)
    directory.ask(run_config(seed))
    log_steps(directory, 8)
    moment = at or now()
    return directory.update(status="succeeded", seconds=seconds, started_at=moment, finished_at=moment)


def asked_study(store: Store, name: str = "sweep") -> str:
    """Queue the preparation of a study."""
    return ask_study(store, name, {"data": "prism", "model": "m"})
