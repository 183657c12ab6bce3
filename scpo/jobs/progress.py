"""What long work says about itself while it runs: one small file per piece of work, read by pages and commands."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Any, Literal, Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from scpo.errors import Cancelled
from scpo.store.cache import Store, now, write_json

WRITE_EVERY_SECONDS = 0.5


class Progress(BaseModel):
    """The state of one piece of work."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str
    dataset: str | None = None
    model: str | None = None
    """What the work is about, where it is about one data set and one global model."""

    stage: str
    """What is being done now, for example ``scoring``."""

    done: float
    total: float
    unit: str
    eta_seconds: float | None = None
    """Estimated time to the end of the stage; None while unknown."""

    started_at: str
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    message: str = ""
    pid: int
    pid_started: float
    """Start time of the process: with `pid` it says whether the work is still alive."""

    @property
    def alive(self) -> bool:
        """Whether the process that wrote this still runs."""
        return self.state == "running" and process_runs(self.pid, self.pid_started)


def process_runs(pid: int, started: float) -> bool:
    """Say whether the process `pid` that started at `started` (seconds since 1970) is there and no zombie."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class ProgressWriter:
    """Writes progress, at most twice a second, with an ETA from the measured speed of the stage.

    As a context manager it also writes how the work ended.
    """

    def __init__(
        self, store: Store, name: str, title: str, *, dataset: str | None = None, model: str | None = None
    ) -> None:
        self.path = store.root / "progress" / f"{name}.json"
        process = psutil.Process()
        self._fixed: dict[str, Any] = {
            "title": title,
            "dataset": dataset,
            "model": model,
            "started_at": now(),
            "pid": os.getpid(),
            "pid_started": process.create_time(),
        }
        self.message = ""
        """What is said when the work has ended well."""

        self._stage, self._began, self._first, self._written = "", 0.0, 0.0, 0.0
        self._last: dict[str, Any] = {"stage": "starting", "done": 0, "total": 1, "unit": ""}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish("done", self.message)
        elif isinstance(error, Cancelled | KeyboardInterrupt):
            self.finish("cancelled", str(error) or "interrupted: asked again, it goes on with what is missing")
        else:
            self.finish("failed", str(error) or type(error).__name__)

    def update(self, stage: str, done: float, total: float, unit: str) -> None:
        """Say how far a stage is; a new stage starts its own clock."""
        moment = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first, self._written = stage, moment, done, 0.0
        passed = moment - self._began
        eta = passed / (done - self._first) * (total - done) if done > self._first and passed > 3 else None
        self._last = {"stage": stage, "done": done, "total": total, "unit": unit}
        if moment - self._written >= WRITE_EVERY_SECONDS or done >= total:
            self._written = moment
            self._write(state="running", eta_seconds=eta)

    def finish(self, state: Literal["done", "failed", "cancelled"], message: str = "") -> None:
        """Say how it ended."""
        self._write(state=state, message=message, eta_seconds=None)

    def _write(self, **rest: Any) -> None:
        write_json(self.path, {**self._fixed, **self._last, **rest})


def read_progress(store: Store) -> list[Progress]:
    """Read all progress files; work whose process is gone without a word is reported as failed."""
    found = []
    for path in sorted((store.root / "progress").glob("*.json")):
        try:
            progress = Progress.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, FileNotFoundError):
            continue  # being replaced, or written by another version: it only informs
        if progress.state == "running" and not progress.alive:
            progress = progress.model_copy(
                update={"state": "failed", "message": "the process ended without a word; start it again to resume"}
            )
        found.append(progress)
    return found
