"""Where work is carried out: this machine, or a cluster. All launchers have the same five verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from scpo.jobs.queue import Job


class Ended(NamedTuple):
    """The process of a job is gone.

    Attributes
    ----------
    exit_code : int or None
        Negative: minus the signal that ended it. None: unknown, because another supervisor started it.
    out_of_memory : bool
        Whether the machine ended processes for lack of memory since the job was submitted.
    """

    exit_code: int | None
    out_of_memory: bool = False


class Launcher(Protocol):
    """Starts, watches and stops the processes of jobs."""

    name: str

    def slots(self) -> Mapping[str, Sequence[str]]:
        """Return the places at which one job at a time can work, and the devices asked for that each stands for."""
        ...

    def submit(self, job: Job) -> None:
        """Start the process of a claimed job."""
        ...

    def poll(self, job: Job) -> Ended | None:
        """Say whether the process of a job is gone; None while it lives or may still begin."""
        ...

    def stop(self, job: Job, *, kill: bool) -> None:
        """Ask the process to end (TERM), or end it (KILL)."""
        ...

    def logs(self, job: Job) -> str:
        """Return what the process has printed."""
        ...
