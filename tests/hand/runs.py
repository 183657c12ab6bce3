"""Runs in every state, written by hand into a store: no model, no training."""

from __future__ import annotations

import os
import socket
import time

import numpy as np
import pandas as pd
import psutil

from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.data.tables import METRICS, REWARDS
from scpo.jobs.control import LOG_FILE, ask_run, ask_study
from scpo.jobs.queue import Job, Queue
from scpo.jobs.signs import job_folder
from scpo.store.cache import Store, now, write_json
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyPlan
from scpo.work.requests import StudyRequest

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


def finished(store: Store, seed: int = 0, *, seconds: float = 60.0, at: str | None = None, **changes) -> RunRecord:
    """Have a run that was started by hand and succeeded; one of the last layer alone has logged no step."""
    config = run_config(seed, **changes)
    directory = RunDirectory(store, config.run_id)
    directory.ask(config)
    if config.training.last_layer_ridge is None:
        log_steps(directory, 8)
    number = {"low": 0.5, "high": 0.7, "level": 0.95, "n_users": 12, "n_ties": 0, "design_effect": 1.5}
    metrics = [
        {"tested_on": "CHL", "subset": "all_country", "value": 0.625, "n_pairs": 40, **number},
        {"tested_on": "CHL", "subset": "true_country", "value": 0.25, "n_pairs": 16, **number},
        {"tested_on": "NZL", "subset": "all_country", "value": 0.9, "n_pairs": 40, **number},
    ]
    rewards = pd.DataFrame({"utterance": np.array([0], np.int32), "reward": np.array([0.5], np.float32)})
    table = pd.DataFrame(metrics)[list(METRICS.columns)]
    directory.finish(rewards, table, seconds=seconds, training_seconds=seconds / 4)
    moment = at or now()
    return directory.update(started_at=moment, finished_at=moment, device="cpu")


def finished_with(store: Store, config: RunConfig, reward: np.ndarray) -> RunDirectory:
    """Have a finished run whose model gives these rewards by row of utterances, NaN where it has scored nothing."""
    directory = RunDirectory(store, config.run_id)
    directory.ask(config)
    rows = np.flatnonzero(np.isfinite(reward))
    table = pd.DataFrame({"utterance": rows.astype(np.int32), "reward": reward[rows].astype(np.float32)})
    sha256 = store.write_table(directory.path / "rewards.parquet", REWARDS.validate(table))
    directory.update(status="succeeded", rewards_sha256=sha256, n_train=14, n_kept=10)
    return directory


def asked_study(store: Store, name: str = "sweep", *, data: str = "prism", model: str = "m", **plan) -> str:
    """Queue the preparation of a study."""
    return ask_study(store, StudyRequest(name=name, data=data, model=model, plan=StudyPlan(**plan)))
