"""The sign of life of work: a small file, written every few seconds by the process that works, with how far it is."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from scpo.jobs.progress import process_runs
from scpo.store.cache import write_json

FILE = "heartbeat.json"
EVERY_SECONDS = 2.0
SILENT_SECONDS = 20.0
"""After so long without a sign work on another machine counts as lost; here its process is asked as well."""


class Heartbeat(BaseModel):
    """What the file says."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    host: str
    pid: int
    pid_started: float
    at: float
    """Seconds since 1970."""

    stage: str = "starting"
    done: float = 0
    total: float = 1
    unit: str = ""
    eta_seconds: float | None = None

    @property
    def alive(self) -> bool:
        """Whether the process that wrote this still works; a process here is asked, one elsewhere must have written."""
        if self.host == socket.gethostname():
            return process_runs(self.pid, self.pid_started)
        return time.time() - self.at < SILENT_SECONDS


def read_heartbeat(folder: Path) -> Heartbeat | None:
    """Read the sign of life in a run's or study's folder; None if there is none."""
    try:
        return Heartbeat.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None


class Beating:
    """Writes the sign of life while its block runs; call it with progress. The file goes when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._end = threading.Event()
        self._fields: dict[str, Any] = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "pid_started": psutil.Process().create_time(),
        }
        self._stage, self._began, self._first = "", 0.0, 0.0
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        (self._folder / FILE).unlink(missing_ok=True)

    def __call__(self, stage: str, done: float, total: float, unit: str) -> None:
        """Say how far a stage is; the next beat writes it."""
        moment = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first = stage, moment, done
        passed = moment - self._began
        eta = passed / (done - self._first) * (total - done) if done > self._first and passed > 1 else None
        self._fields = {
            **self._fields, "stage": stage, "done": done, "total": total, "unit": unit, "eta_seconds": eta
        }  # fmt: skip

    def _beat(self) -> None:
        while not self._end.wait(EVERY_SECONDS):
            try:
                self._write()
            except OSError:
                continue  # a full disk must not end the work here; the work itself will say so

    def _write(self) -> None:
        write_json(self._folder / FILE, {**self._fields, "at": time.time()})
