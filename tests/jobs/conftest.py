"""A cache of its own for each test, with the data set ``small`` in it, and the command line as real processes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import psutil
import pytest
import torch

from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.jobs.queue import Queue
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.work.context import Work
from scpo.work.requests import RunRequest
from scpo.work.run import resolve_run

PATIENCE = 240
"""Seconds a busy machine may take to start some processes and to train a small model."""


class Cache:
    """The cache of one test and what can be done to it from outside."""

    def __init__(self, root, world):
        shutil.copytree(world.store.root, root, ignore=shutil.ignore_patterns("runs", "studies", "jobs*", "locks"))
        self.store = Store(root)
        self.settings = Settings(cache_dir=root, device="cpu", offline=True)
        self.queue = Queue(self.store)
        self.processes = []

    def config(self, *, steps=4, seed=0, country="CHL", method="full", learning_rate=1e-3) -> RunConfig:
        training = TrainingConfig(steps=steps, learning_rate=learning_rate, batch_pairs=8)
        objective = ObjectiveConfig(method=method)
        request = RunRequest(
            data="small", model="rm", country=country, objective=objective, training=training, seed=seed
        )
        config, _ = resolve_run(Work(self.store, self.settings), request)
        return config

    def environment(self):
        return {**self.settings.as_environment(), "OMP_NUM_THREADS": "1"}

    def scpo(self, *arguments, check=True):
        """Run a command to its end and return its stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "scpo", *map(str, arguments)],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def worker(self, *arguments):
        """Start a supervisor of this cache."""
        process = subprocess.Popen(
            [sys.executable, "-m", "scpo", "worker", *arguments], env=self.environment(), start_new_session=True
        )
        self.processes.append(process)
        return process

    def wait(self, what, *, seconds=PATIENCE):
        """Wait until `what()` is true and return its value; only what a user is promised has a time of its own."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {Counter((j.state, j.message) for j in self.queue.jobs())}")

    def state(self, run_id):
        job = self.queue.job(run_id)
        return None if job is None else job.state

    def weights(self, run_id):
        """Return the bytes of a finished run's weights."""
        from scpo.store.runs import RunDirectory

        folder = RunDirectory(self.store, run_id).model_folder
        return {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}

    def at_step(self, run_id, step):
        """Say whether a run has logged a step."""
        from scpo.store.runs import RunDirectory

        lines = RunDirectory(self.store, run_id).read_log()
        return any(line.get("step", 0) >= step for line in lines)

    def end(self):
        for process in self.processes:
            with suppress(ProcessLookupError):  # each has a session of its own; a dashboard has its server in it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=PATIENCE)
        for pid in {int(job.owner.rpartition(":")[2]) for job in self.queue.jobs() if job.owner}:
            if psutil.pid_exists(pid) and "worker" in psutil.Process(pid).cmdline():  # one that a dashboard started
                os.kill(pid, signal.SIGKILL)
        for job in self.queue.jobs(("running",)):
            if job.handle and psutil.pid_exists(job.handle["pid"]):
                os.kill(job.handle["pid"], signal.SIGKILL)


@pytest.fixture
def make_cache(world):
    """Makes a cache in a given folder; all it has started ends with the test."""
    torch.set_num_threads(1)
    made = []

    def make(root):
        made.append(Cache(root, world))
        return made[-1]

    yield make
    for cache in made:
        cache.end()


@pytest.fixture
def cache(make_cache, tmp_path):
    return make_cache(tmp_path / "cache")
