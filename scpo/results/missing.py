"""Runs and studies that numbers should rest on and do not, because they are broken, in quarantine or gone."""

from __future__ import annotations

from collections.abc import Mapping

from scpo.jobs.salvage import ReadableQueue
from scpo.jobs.signs import STUDY_PREFIX, read_sign
from scpo.store.broken import broken_entries
from scpo.store.cache import Store
from scpo.store.housekeeping import quarantined
from scpo.store.scored import Known, Scored, read_runs
from scpo.store.studies import list_studies


def missing_runs(
    store: Store,
    scored: Scored,
    *,
    study: str | None = None,
    unread: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> dict[str, str]:
    """Say which finished runs of a data set and global model are missing, and why.

    Parameters
    ----------
    study : str, optional
        Only runs of this study.
    unread : mapping, optional
        What `scpo.store.scored.read_runs` said, where it was asked already.
    known : dict, optional
        Runs that were read before, as `read_runs` takes them.

    Returns
    -------
    dict
        By the id of the run, one sentence; of a study that cannot be read, by ``study-NAME``. A run whose record is
        lost is taken for one of these, unless only studies of other data or models ask for it; a run that was removed
        on purpose is not missing.
    """
    missing = dict(read_runs(store, scored, study=study, known=known)[1] if unread is None else unread)
    studies = list_studies(store)
    mine = (scored.info.key, scored.scores.info.model_key)
    asked = {
        run: (one.dataset_key, one.model_key) == mine
        for one in studies
        if study is None or one.name == study
        for run in one.runs
    }
    others = {run for one in studies for run in one.runs} - set(asked)
    for entry, why in broken_entries(store, ["runs"]).items():
        run = entry.removeprefix("runs/")
        if asked.get(run, study is None and run not in others):
            missing[run] = why
    aside = {one.name for one in quarantined(store) if one.kind == "runs"}
    there = set(store.names("runs"))
    for entry, why in broken_entries(store, ["studies"]).items() if study is None else ():
        job_id = STUDY_PREFIX + entry.removeprefix("studies/")
        sign = read_sign(store, job_id)
        if sign is None or sign.dataset in (None, scored.info.name):
            missing[job_id] = why
    queue = ReadableQueue(store)
    for run in (run for run, is_mine in asked.items() if is_mine and run not in there):
        job = None if run in aside else queue.job(run)
        if run in aside:
            missing[run] = f"run {run} is in quarantine: `scpo cache restore runs/{run}`, or ask its study again"
        elif job is not None and job.state == "succeeded":
            missing[run] = f"run {run} has finished, and its folder is gone: ask its study again"
    return missing
