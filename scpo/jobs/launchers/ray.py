"""Jobs on a Ray cluster, through its job server; the nodes share the cache directory with this machine."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping, Sequence

from scpo.errors import InputError
from scpo.jobs.control import LOG_FILE
from scpo.jobs.launchers import Ended
from scpo.jobs.queue import Job
from scpo.jobs.signs import job_folder, read_sign
from scpo.redaction import without_secrets
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.files import replacing

PASSED_ON = ("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT", "TRANSFORMERS_OFFLINE", "OMP_NUM_THREADS")
"""Beside the settings, these variables travel to the nodes and no others: a cluster shows what its jobs were given."""

STAYS = "SCPO_RAY_"
"""Settings with this beginning say how the cluster is reached from here."""

FETCH_LOGS_SECONDS = 5.0
FAILURES_BELIEVED = 40
"""So many questions in a row must go unanswered before the cluster counts as gone (about a minute)."""


class RayLauncher:
    """Submits ``python -m scpo work-on JOB`` as one Ray job per claim.

    Raises
    ------
    InputError
        If the extra is not installed or no job server answers at the address.
    """

    name = "ray"

    def __init__(self, store: Store, settings: Settings) -> None:
        try:
            from ray.job_submission import JobSubmissionClient
        except ImportError as error:
            raise InputError("the launcher ray needs its extra: pip install 'scpo[ray]'") from error
        self._store = store
        self._settings = settings
        try:
            self._client = JobSubmissionClient(settings.ray_address)
        except (ConnectionError, RuntimeError) as error:
            message = f"no Ray job server answers at {settings.ray_address}: start the cluster or set SCPO_RAY_ADDRESS"
            raise InputError(without_secrets(message)) from error
        self._fetched: dict[str, float] = {}
        self._unanswered: dict[str, int] = {}

    def slots(self) -> Mapping[str, Sequence[str]]:
        """Return as many places as jobs are handed to the cluster at a time; the cluster chooses the device."""
        return {f"ray:{number}": ("auto",) for number in range(self._settings.ray_parallel)}

    def submit(self, job: Job) -> None:
        """Hand the job to the cluster; it waits there until a node has room."""
        words = [self._settings.ray_python, "-m", "scpo", "work-on", job.job_id, "--token", job.token or ""]
        try:
            self._client.submit_job(
                entrypoint=shlex.join(words),
                submission_id=_submission(job),
                runtime_env={"env_vars": passed_on(self._settings)},
                entrypoint_num_gpus=self._settings.ray_gpus,
                entrypoint_num_cpus=self._settings.ray_cpus,
            )
        except (ConnectionError, RuntimeError) as error:
            message = f"the cluster at {self._settings.ray_address} refused it: {error}"
            raise OSError(without_secrets(message)) from error

    def poll(self, job: Job) -> Ended | None:
        """Ask the cluster; a job whose sign of life is fresh is believed to live whatever the cluster says."""
        from ray.job_submission import JobStatus

        try:
            found = self._client.get_job_info(_submission(job))
        except (ConnectionError, RuntimeError) as error:
            if "does not exist" not in str(error) and self._unanswered.get(job.job_id, 0) < FAILURES_BELIEVED:
                self._unanswered[job.job_id] = self._unanswered.get(job.job_id, 0) + 1
                return None
            found = None  # the cluster is gone, or was restarted and knows nothing of the job
        else:
            self._unanswered.pop(job.job_id, None)
        if found is not None and not found.status.is_terminal():
            if time.monotonic() - self._fetched.get(job.job_id, 0.0) > FETCH_LOGS_SECONDS:
                self._fetch_logs(job)
            return None
        beat = read_sign(self._store, job.job_id)
        if beat is not None and beat.alive:
            return None
        self._fetch_logs(job)
        if found is None or found.driver_exit_code is None:
            return Ended(None)
        code = 0 if found.status == JobStatus.SUCCEEDED else found.driver_exit_code
        return Ended(code, out_of_memory="OutOfMemory" in (found.message or ""))

    def stop(self, job: Job, *, kill: bool) -> None:
        """Have the cluster stop the job; it sends TERM first and KILL some seconds later by itself."""
        try:
            self._client.stop_job(_submission(job))
        except (ConnectionError, RuntimeError):
            return  # it is asked again, and a cluster that is gone has ended its jobs

    def logs(self, job: Job) -> str:
        """Return what the process has printed, fetched from the cluster."""
        self._fetch_logs(job)
        path = job_folder(self._store, job.job_id) / LOG_FILE
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def _fetch_logs(self, job: Job) -> None:
        """Write what the job has printed to its folder, where pages read it; kept as it is if nobody answers."""
        self._fetched[job.job_id] = time.monotonic()
        try:
            printed = self._client.get_job_logs(_submission(job))
        except (ConnectionError, RuntimeError):
            return
        with replacing(job_folder(self._store, job.job_id) / LOG_FILE) as partial:
            partial.write_text(without_secrets(printed), encoding="utf-8")


def passed_on(settings: Settings) -> dict[str, str]:
    """Return the variables that a job on the cluster is given, none of them secret: nodes bring their own tokens."""
    own = {name: value for name, value in settings.as_variables().items() if not name.startswith(STAYS)}
    found = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    plain = {name: value for name, value in (found | own).items() if without_secrets(value) == value}
    return plain | {"PYTHONUNBUFFERED": "1"}


def _submission(job: Job) -> str:
    """Return the cluster's name of one claim: each attempt is another Ray job."""
    return f"scpo-{job.job_id}-{job.token}"
