"""Cancelling a study: its preparation, and those of its runs that wait or are worked on; what has finished stays."""

from __future__ import annotations

from typing import NamedTuple

from scpo.errors import InputError
from scpo.jobs.control import cancel
from scpo.jobs.queue import Queue
from scpo.jobs.signs import STUDY_PREFIX, read_sign
from scpo.store.cache import Store
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyRecord, list_studies, read_study
from scpo.words import counted

WITHDRAWN = "its runs were cancelled: resume it, it queues what is missing"


class CancelledStudy(NamedTuple):
    """What became of a study that was cancelled: its preparation, and its runs, counted."""

    preparation: bool
    """Whether it was being prepared, or waited for that; it stops."""

    cancelled: int
    """Runs that waited and do not begin."""

    stopping: int
    """Runs that stop after their step and save."""

    shared: int
    """Runs that go on because another study has asked for them too."""

    finished: int
    """Runs that had finished, and stay."""

    @property
    def words(self) -> str:
        """Write it for a reader."""
        parts = ["its preparation stops"] if self.preparation else []
        if self.cancelled or not parts:
            parts.append(f"{counted(self.cancelled, 'waiting run')} cancelled")
        if self.stopping:
            stop = "stops after its step and saves" if self.stopping == 1 else "stop after their step and save"
            parts.append(f"{counted(self.stopping, 'run')} {stop}")
        if self.shared:
            goes = "goes" if self.shared == 1 else "go"
            parts.append(f"{counted(self.shared, 'run')} of another study too {goes} on")
        parts.append(f"{counted(self.finished, 'finished run')} kept")
        return "; ".join(parts)


def cancel_study(store: Store, name: str) -> CancelledStudy:
    """Cancel whatever of a study waits or is worked on.

    Asked for again, or resumed, the study goes on with what is missing.

    Raises
    ------
    InputError
        If there is no such study, nothing of it waits or runs, or it runs in a terminal.
    """
    queue = Queue(store)
    job = queue.job(STUDY_PREFIX + name)
    study = next((one for one in list_studies(store) if one.name == name), None)
    if job is None and study is None:
        read_study(store, name)  # it says which there are
    preparation = job is not None and job.state in ("queued", "running")
    if preparation:
        cancel(store, STUDY_PREFIX + name)
    found = CancelledStudy(preparation, 0, 0, 0, 0) if study is None else cancel_runs(store, study)
    if not any((preparation, found.cancelled, found.stopping, found.shared)):
        sign = read_sign(store, STUDY_PREFIX + name)
        if sign is not None and sign.alive:
            raise InputError(f"study {name} runs in a terminal: stop it there, with Ctrl-C")
        raise InputError(f"nothing of study {name} waits or runs; {counted(found.finished, 'run')} finished")
    queue.withdraw(STUDY_PREFIX + name, WITHDRAWN)
    return found._replace(preparation=preparation)


def cancel_runs(store: Store, study: StudyRecord) -> CancelledStudy:
    """Cancel the runs of a study that wait or are worked on, and that no other study waits for."""
    queue = Queue(store)
    given_up = {job.job_id for job in queue.jobs(("cancelled",)) if job.kind == "study"}
    others = [one for one in list_studies(store) if one.name != study.name and STUDY_PREFIX + one.name not in given_up]
    elsewhere = {run for other in others for run in other.runs}
    mine = [job for job in queue.jobs(("queued", "running")) if job.job_id in set(study.runs)]
    states = []
    for job in mine:
        if job.job_id not in elsewhere:
            try:
                states.append(cancel(store, job.job_id).state)
            except InputError:
                continue  # it has ended in the meantime
    records = [RunDirectory(store, run) for run in study.runs]
    return CancelledStudy(
        preparation=False,
        cancelled=states.count("cancelled"),
        stopping=states.count("running"),
        shared=sum(job.job_id in elsewhere for job in mine),
        finished=sum(one.exists() and one.record().status == "succeeded" for one in records),
    )
