"""Jobs as child processes of this machine, each in a session of its own, so that they outlive their supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scpo.jobs import detached
from scpo.jobs.control import LOG_FILE, log_tail
from scpo.jobs.devices import devices
from scpo.jobs.launchers import Ended
from scpo.jobs.queue import Job
from scpo.jobs.signs import job_folder, process_runs
from scpo.settings import Settings
from scpo.store.cache import Store


class LocalLauncher:
    """Starts ``python -m scpo work-on JOB`` for each job; one at a time per GPU, or one on the CPU."""

    name = "local"

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._memory_kills: dict[str, int] = {}

    def slots(self) -> Mapping[str, Sequence[str]]:
        """Return the GPUs, or the CPU; beside GPUs the CPU takes only what asks for it."""
        gpus = [device.slot for device in devices(self._settings.device) if device.slot != "cpu"]
        return {gpu: ("auto", gpu) for gpu in gpus} | {"cpu": ("cpu",) if gpus else ("auto", "cpu")}

    def command(self, job: Job) -> list[str]:
        """Return the words that start a claimed job."""
        return detached.scpo("work-on", job.job_id, "--token", job.token or "")

    def submit(self, job: Job) -> None:
        """Start the process; it inherits the settings, sees one GPU only, and prints into the job's folder."""
        environment = self._settings.as_environment()
        if job.slot == "cpu":
            environment |= {"SCPO_DEVICE": "cpu"}
        if job.slot is not None and job.slot.startswith("cuda:"):
            environment |= {"CUDA_VISIBLE_DEVICES": job.slot.removeprefix("cuda:"), "SCPO_DEVICE": "cuda:0"}
        self._memory_kills[_claim(job)] = memory_kills()
        log = job_folder(self._store, job.job_id) / LOG_FILE
        self._children[_claim(job)] = detached.start(self.command(job), log=log, environment=environment)

    def poll(self, job: Job) -> Ended | None:
        """Reap an own child; ask the system about one that an earlier supervisor started."""
        child = self._children.get(_claim(job))
        if child is not None:
            code = child.poll()
            if code is None:
                return None
            del self._children[_claim(job)]
            killed = memory_kills() > self._memory_kills.pop(_claim(job), memory_kills())
            return Ended(code, out_of_memory=killed)
        if not job.handle or _runs(job.handle):
            return None
        return Ended(None)

    def stop(self, job: Job, *, kill: bool) -> None:
        """Send TERM or KILL to the process, if it is still the one that began."""
        child = self._children.get(_claim(job))
        pid = child.pid if child is not None else job.handle.get("pid")
        if pid is None or (child is None and not _runs(job.handle)):
            return
        os.kill(pid, signal.SIGKILL if kill else signal.SIGTERM)

    def logs(self, job: Job) -> str:
        """Return the last lines of ``worker.log``."""
        return log_tail(self._store, job.job_id)


def _runs(handle: Mapping[str, Any]) -> bool:
    return process_runs(handle["pid"], handle["pid_started"], handle.get("pid_since_boot"))


def _claim(job: Job) -> str:
    return job.token or job.job_id


def memory_kills() -> int:
    """Return how many processes the kernel has ended for lack of memory since the machine started; 0 where unknown."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
