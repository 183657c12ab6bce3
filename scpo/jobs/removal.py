"""Removing data sets and global models, where no run, no study and no work rests on them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from scpo.config import RunConfig
from scpo.errors import InputError
from scpo.jobs.children import children
from scpo.jobs.queue import Queue
from scpo.jobs.signs import read_signs
from scpo.store.cache import Store
from scpo.store.datasets import list_infos, load_info
from scpo.store.models import GlobalModelRecord, model_folder, named_model
from scpo.store.runs import list_runs
from scpo.store.scores import list_scores
from scpo.store.studies import StudyRecord, list_studies
from scpo.words import counted, some

MOST_NAMED = 3
"""Runs and studies that a refusal names; more are counted."""


def remove_dataset(store: Store, name: str) -> None:
    """Delete a data set, and the scores of its responses that no other data set shares; its stars stay.

    Raises
    ------
    InputError
        If there is none of this name, or a run, a study or work under way refers to it; the message says which.
    """
    info = load_info(store, name)
    _refuse(store, f"data set {name}", lambda one: one.dataset == name, name, "dataset")
    shared = {other.sha256["utterances"] for other in list_infos(store) if other.name != name}
    scores = [] if info.sha256["utterances"] in shared else [key for key, _ in list_scores(store, info)]
    _delete([store.folder("datasets", name), *(store.folder("scores", key) for key in scores)])


def remove_model(store: Store, name: str) -> GlobalModelRecord:
    """Delete a global model that was trained here, with all scores it has given, and return what it was.

    Raises
    ------
    InputError
        If none of this name was trained here, or a run, a study or work under way refers to it; the message says which.
    """
    record = named_model(store, name)
    if record is None:
        raise InputError(f"no global model named {name} was trained here: `scpo model list` lists them")
    _refuse(store, f"model {record.name}", lambda one: one.model_key == record.key, record.name, "model")
    scores = {
        key for info in list_infos(store) for key, found in list_scores(store, info) if found.model_key == record.key
    }
    _delete([model_folder(store, record.key), *(store.folder("scores", key) for key in sorted(scores))])
    return record


def _refuse(store: Store, what: str, refers: Callable[[RunConfig | StudyRecord], bool], name: str, field: str) -> None:
    """Raise if something refers to a data set or model."""
    at_work = [sign.title for sign in read_signs(store) if sign.state == "running" and getattr(sign, field) == name]
    at_work += [child.title for child in children(store) if child.alive and getattr(child, field) == name]
    asked = {"dataset": "data", "model": "model"}[field]
    at_work += [job.job_id for job in Queue(store).jobs(("queued", "running")) if job.payload.get(asked) == name]
    if at_work:
        raise InputError(f"{what} is in use by {some(at_work, MOST_NAMED)}: cancel it, or wait until it has ended")
    studies = [study.name for study in list_studies(store) if refers(study)]
    runs = [run.run_id for run in list_runs(store) if refers(run.config)]
    found = [
        f"{counted(len(names), noun, plural)} ({some(names, MOST_NAMED)})"
        for noun, plural, names in (("study", "studies", studies), ("run", "runs", runs))
        if names
    ]
    if found:
        raise InputError(f"{what} stays: it is needed by {' and '.join(found)}")


def _delete(folders: list[Path]) -> None:
    """Delete folders; each first loses its name, so that a kill leaves no half of one."""
    for folder in folders:
        gone = folder.with_name(f".{folder.name}.removed")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)
