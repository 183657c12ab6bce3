"""The sign of life of work: who does it, since when, what, and how far it is. One small file per piece of work.

A run and the preparation of a study have it in their own folder, other work (scoring, training a global model) in the
folder ``progress``. Pages and commands read it; the process that works writes it every few seconds.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from scpo.errors import Cancelled
from scpo.names import plain_name
from scpo.store.cache import Store, now, write_json
from scpo.store.studies import SIGN_FILE

FILE = SIGN_FILE
STUDY_PREFIX = "study-"
LOOK_SECONDS, EVERY_SECONDS = 0.5, 2.0
"""What has changed is written after so long, what has not after so long."""

MOST_FILE = 200
"""Characters of the name of a file for work without a folder of its own."""

SILENT_SECONDS = 20.0
"""After so long without a sign work on another machine counts as lost; here its process is asked."""

SAME_SECONDS = 0.05
"""Two starts of a process since boot that differ by less are one."""

SURE_SECONDS = 2.0
"""A stage is given no remaining time before it has run so long."""

NO_WORD = "the process ended without a word; start it again to resume"


class Sign(BaseModel):
    """What the file says."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str = ""
    """What is done, for a reader: ``study paper``."""

    dataset: str | None = None
    model: str | None = None
    """What the work is about, where it is about one data set and one global model."""

    host: str = ""
    """Machine of the process; empty where it was not written: this one."""

    pid: int
    pid_started: float
    """Start time of the process: with `pid` it says whether the work is still alive."""

    pid_since_boot: float | None = None
    """The same in seconds since the machine started, which goes before it: a clock that is set moves the other."""

    started_at: str = ""
    at: float = 0.0
    """Moment it was written, seconds since 1970."""

    stage: str = "starting"
    """What is being done now, for example ``scoring``."""

    done: float = 0
    total: float = 1
    unit: str = ""
    eta_seconds: float | None = None
    """Estimated time to the end of the stage; None while unknown."""

    state: Literal["running", "done", "failed", "cancelled"] = "running"
    message: str = ""
    """What it said at its end."""

    @property
    def alive(self) -> bool:
        """Whether the process that wrote this still works; a process here is asked, one elsewhere must have written."""
        if self.state != "running":
            return False
        if self.host in ("", socket.gethostname()):
            return process_runs(self.pid, self.pid_started, self.pid_since_boot)
        return time.monotonic() - _heard(self) < SILENT_SECONDS


_HEARD: dict[tuple[str, int, float, str], tuple[float, float]] = {}
"""Of work on other machines: what its last sign says of the moment, and when by this process's own clock it came."""


def _heard(sign: Sign) -> float:
    """Return when a sign came, by this process's own clock: clocks of two machines differ, and are set.

    What is seen for the first time is as old as it says, and one from the future came now; what has changed since the
    last look came now, whatever it says.
    """
    name = (sign.host, sign.pid, sign.pid_started, sign.title)  # one process may write several
    before = _HEARD.get(name)
    if before is None or before[0] != sign.at:
        age = max(0.0, time.time() - sign.at) if before is None else 0.0
        _HEARD[name] = sign.at, time.monotonic() - age
    return _HEARD[name][1]


def since_boot(pid: int) -> float:
    """Return when a process started, in seconds since the machine did.

    Raises
    ------
    psutil.NoSuchProcess
        If it has ended.
    """
    before, found, after = psutil.boot_time(), psutil.Process(pid).create_time(), psutil.boot_time()
    return found - before if before == after else since_boot(pid)  # the clock was set just now


def process_runs(pid: int, started: float, booted: float | None = None) -> bool:
    """Say whether a process is there and no zombie.

    Parameters
    ----------
    started : float
        When it started, seconds since 1970.
    booted : float, optional
        The same since the machine started; then `started`, which moves when the clock is set, does not count.
    """
    try:
        process = psutil.Process(pid)
        off = process.create_time() - started if booted is None else since_boot(pid) - booted
        return abs(off) < (1.0 if booted is None else SAME_SECONDS) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def job_folder(store: Store, job_id: str) -> Path:
    """Return the folder in which a job works: the run's, or the study's (``study-NAME``)."""
    if job_id.startswith(STUDY_PREFIX):
        return store.folder("studies", job_id.removeprefix(STUDY_PREFIX))
    return store.folder("runs", job_id)


def read_sign(store: Store, job_id: str) -> Sign | None:
    """Read the sign of life of a run or of a study's preparation; None if there is none."""
    return _read(job_folder(store, job_id) / FILE)


def read_signs(store: Store) -> list[Sign]:
    """Read what studies and other long work say; work whose process is gone without a word is reported as failed."""
    files = [*sorted((store.root / "progress").glob("*.json")), *sorted((store.root / "studies").glob(f"*/{FILE}"))]
    found = [sign for sign in map(_read, files) if sign is not None]
    return [
        sign.model_copy(update={"state": "failed", "message": NO_WORD})
        if sign.state == "running" and not sign.alive
        else sign
        for sign in found
    ]


def _read(path: Path) -> Sign | None:
    try:
        return Sign.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None  # there is none, or it was written by another version: it only informs


class Pace:
    """Estimates the remaining time of a stage from its speed so far; a new stage starts its own clock."""

    def __init__(self) -> None:
        self._stage, self._began, self._first = "", 0.0, 0.0

    def __call__(self, stage: str, done: float, total: float) -> float | None:
        """Return the seconds left; None while they are not known."""
        moment = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first = stage, moment, done
        passed = moment - self._began
        return passed / (done - self._first) * (total - done) if done > self._first and passed > SURE_SECONDS else None


class Signing:
    """Writes the sign of life while its block runs; call it with progress.

    Parameters
    ----------
    store : Store
    name : str
        A run's id, ``study-NAME``, or any other name for work without a folder of its own.
    title, dataset, model : str
        See `Sign`.
    job : bool
        Whether the work has a folder (a run, a study), in which the sign lies.
    keep : bool
        Whether it stays when the block ends and says how; otherwise it goes.
    also : callable, optional
        Is told the progress too.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        title: str,
        *,
        dataset: str | None = None,
        model: str | None = None,
        job: bool = False,
        keep: bool = True,
        also: Callable[[str, float, float, str], None] | None = None,
    ) -> None:
        beside = store.root / "progress" / f"{plain_name(name, most=MOST_FILE)}.json"
        self.path = job_folder(store, name) / FILE if job else beside
        self.message = ""
        """What is said when the work has ended well."""

        self._keep, self._also = keep, also
        self._sign = Sign(
            title=title,
            dataset=dataset,
            model=model,
            host=socket.gethostname(),
            pid=os.getpid(),
            pid_started=psutil.Process().create_time(),
            pid_since_boot=since_boot(os.getpid()),
            started_at=now(),
        )
        self._pace = Pace()
        self._written: Sign | None = None
        self._written_at = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self.write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        if not self._keep:
            self.path.unlink(missing_ok=True)
            return
        ended: dict[str, object] = {"state": "done", "message": self.message, "eta_seconds": None}
        if isinstance(error, Cancelled | KeyboardInterrupt):
            why = str(error) or "interrupted: asked again, it goes on with what is missing"
            ended |= {"state": "cancelled", "message": why}
        elif error is not None:
            ended |= {"state": "failed", "message": str(error) or type(error).__name__}
        self._sign = self._sign.model_copy(update=ended)
        with contextlib.suppress(OSError):  # a full disk: the work itself has said so
            self.write()

    def __call__(self, stage: str, done: float, total: float, unit: str) -> None:
        """Say how far a stage is; it is written within half a second."""
        said = {"stage": stage, "done": done, "total": total, "unit": unit}
        self._sign = self._sign.model_copy(update={**said, "eta_seconds": self._pace(stage, done, total)})
        if self._also is not None:
            self._also(stage, done, total, unit)

    def _beat(self) -> None:
        while not self._end.wait(LOOK_SECONDS):
            if self._sign is not self._written or time.monotonic() - self._written_at >= EVERY_SECONDS:
                with contextlib.suppress(OSError):  # a full disk must not end the work here; it will say so itself
                    self.write()

    def write(self) -> None:
        """Write the sign now; it is written every few seconds anyway."""
        sign = self._sign
        write_json(self.path, sign.model_copy(update={"at": time.time()}).model_dump(mode="json"))
        self._written, self._written_at = sign, time.monotonic()
