"""The supervisor: takes jobs from the queue, has them carried out one per slot, and says what became of each.

There is one per cache (a file lock). It keeps nothing in its memory that matters: killed at any moment, the next one
finds the running jobs in the queue, adopts those whose processes live, gives back those that were claimed and never
begun, and says of the others what their run directories say, or that they are lost.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import time
from collections.abc import Callable

from filelock import Timeout

from scpo.errors import ScpoError, StoreError
from scpo.jobs.control import STOP_FILE, supervisor_lock
from scpo.jobs.launchers import Ended, Launcher
from scpo.jobs.queue import Job, Queue, State
from scpo.jobs.signs import STUDY_PREFIX, job_folder
from scpo.redaction import without_secrets
from scpo.store.cache import Store, now
from scpo.store.runs import OUT_OF_MEMORY, RunDirectory

LOOK_EVERY_SECONDS = 0.3
AFTER_TROUBLE_SECONDS = 3.0
LOCK_SECONDS = 2.0
"""Whoever asks whether a supervisor lives holds its lock for a moment."""

TERM_AFTER_SECONDS = 20.0
"""A job that was asked to stop after its step gets TERM after so long, and KILL after `KILL_AFTER_SECONDS`."""

KILL_AFTER_SECONDS = 30.0
LOST = "its process ended without a word, at a power cut or a kill: resume it, it goes on from its last checkpoint"


class Supervisor:
    """Looks after all jobs of one cache."""

    def __init__(self, store: Store, launcher: Launcher) -> None:
        self._store = store
        self._launcher = launcher
        self._queue = Queue(store)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._asked: set[tuple[str, str]] = set()
        self._seen: dict[str, float] = {}
        self._working: list[Job] = []
        self._leaving: dict[str | None, tuple[Job, float]] = {}

    def run(self, *, until_idle: float | None = None, should_stop: Callable[[], bool] = lambda: False) -> bool:
        """Work until asked to stop, or until nothing was there to do for `until_idle` seconds.

        Returns
        -------
        bool
            False if another supervisor looks after this cache already.
        """
        lock = supervisor_lock(self._store)
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            return False
        try:
            busy = time.monotonic()
            while not should_stop():
                if self._careful_step():
                    busy = time.monotonic()
                elif until_idle is not None and time.monotonic() - busy >= until_idle:
                    break
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            lock.release()
        return True

    def _careful_step(self) -> bool:
        """Step; where nothing can be written, as on a full disk, wait and try again: what was missed is seen later."""
        try:
            return self.step()
        except (OSError, sqlite3.OperationalError) as error:
            sys.stderr.write(f"{now()} the queue cannot be written, the next try follows: {error}\n")
            time.sleep(AFTER_TROUBLE_SECONDS)
            return True

    def step(self) -> bool:
        """Look after every running job and fill the free slots; say whether anything waits or runs."""
        running = self._queue.jobs(("running",))
        self._see_off({job.token for job in running})
        self._working = working = [job for job in running if self._look_after(job)]
        taken = {job.slot for job in (*working, *(job for job, _ in self._leaving.values()))}
        for slot, accepted in self._launcher.slots().items():
            if slot not in taken:
                job = self._queue.claim(self._owner, slot, accepted)
                if job is not None:
                    self._start(job)
                    self._working.append(job)
        return bool(working) or bool(self._queue.jobs(("queued", "running")))

    def _see_off(self, running: set[str | None]) -> None:
        """Keep the slots of jobs that have said how they ended until their processes have freed the memory."""
        for job in self._working:
            if job.token not in running:
                self._leaving[job.token] = job, time.monotonic()
        for token, (job, since) in list(self._leaving.items()):
            if self._launcher.poll(job) is not None:
                del self._leaving[token]
            elif time.monotonic() - since > KILL_AFTER_SECONDS:
                self._launcher.stop(job, kill=True)

    def _start(self, job: Job) -> None:
        try:
            self._launcher.submit(job)
        except OSError as error:
            message = f"it could not be started: {error}: free disk space or memory, then resume it"
            self._conclude(job, "failed", message)

    def _look_after(self, job: Job) -> bool:
        """Say whether a job still works."""
        if job.owner != self._owner and job.began_at is None and self._queue.give_back(job.job_id, job.token or ""):
            return False  # claimed by a supervisor that is gone, and never begun
        ended = self._launcher.poll(job)
        if ended == Ended(None) and job.began_at is None and self._queue.give_back(job.job_id, job.token or ""):
            return False  # its node went before it began
        if ended is not None:
            self._conclude(job, *self._verdict(job, ended))
            return False
        if job.stop_requested is not None:
            self._insist(job)
        return True

    def _insist(self, job: Job) -> None:
        (job_folder(self._store, job.job_id) / STOP_FILE).touch()
        since = self._seen.setdefault(job.token or "", time.monotonic())
        waited = time.monotonic() - since  # by the own clock: the other may be set
        for after, how in ((TERM_AFTER_SECONDS, "TERM"), (KILL_AFTER_SECONDS, "KILL")):
            if waited >= after and (job.token or "", how) not in self._asked:
                self._asked.add((job.token or "", how))
                self._launcher.stop(job, kill=how == "KILL")

    def _verdict(self, job: Job, ended: Ended) -> tuple[State, str]:
        """Say how a job ended whose process is gone without having said so in the queue."""
        if not job.job_id.startswith(STUDY_PREFIX):
            try:
                record = RunDirectory(self._store, job.job_id).record()
            except ScpoError as error:
                return "failed", str(error)
            if record.status in ("succeeded", "failed", "cancelled"):  # asked again, it said "queued"
                return record.status, record.error or ""
        if job.stop_requested is not None:
            return "cancelled", "stopped; it did not save after the step it was in"
        if ended.out_of_memory:
            return "failed", OUT_OF_MEMORY
        if ended.exit_code is not None and ended.exit_code > 0:
            last = self._launcher.logs(job).strip().splitlines()[-1:] or ["it printed nothing"]
            return "failed", f"its process ended with code {ended.exit_code}: {last[0]}"
        return "lost", LOST

    def _conclude(self, job: Job, state: State, message: str) -> None:
        """Say how a job ended, first in its record and then in the queue, from where it can be asked for again."""
        message, directory = without_secrets(message), RunDirectory(self._store, job.job_id)
        if job.kind == "run" and directory.exists() and state in ("failed", "cancelled", "lost"):
            try:
                if directory.record().status not in ("succeeded", "failed", "cancelled"):
                    directory.update(status=state, error=message)
            except StoreError:
                pass  # a broken record: the queue says it, and a page shows that
        self._queue.finish(job.job_id, job.token or "", state, message)
