"""A report that runs again: the study in it carried out here, and its numbers compared with those of the report."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from scpo.errors import InputError, RunError
from scpo.names import plain_name
from scpo.results import reproduction
from scpo.results.reproduction import CHECK, MANIFEST, NUMBERS, Difference, Manifest
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.runs import list_runs
from scpo.store.studies import StudyRecord, read_study
from scpo.words import counted
from scpo.work.context import Work
from scpo.work.prepare import SAMPLE_DATASET
from scpo.work.requests import StudyRequest
from scpo.work.study import run_study


class Rerun(NamedTuple):
    """What came out of running a report again."""

    study: str
    """Name of the study here."""

    n_values: int
    """Values that were compared."""

    differences: list[Difference]
    remarks: list[str]
    """What is not as it was although the data are: sentences."""


def read_report(path: Path) -> tuple[Manifest, dict[str, Any]]:
    """Read what a report was made of, and its documents of numbers by name.

    Raises
    ------
    InputError
        If there is no such file, or it is no report of ``scpo report``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest.model_validate_json(archive.read(MANIFEST))
            return manifest, {name: json.loads(archive.read(f"{NUMBERS}/{name}.json")) for name in manifest.documents}
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (zipfile.BadZipFile, IsADirectoryError, KeyError, ValidationError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is no report of `scpo report` (a zip with {MANIFEST} and {NUMBERS}/)") from error


def rerun(work: Work, path: Path, *, tolerance: float = reproduction.TOLERANCE) -> Rerun:
    """Carry out what is missing of the study of a report, and compare every number.

    Raises
    ------
    InputError
        If the file is no report, or the data are not here or are others.
    RunError
        If a run of the study fails.
    """
    store, (manifest, recorded) = work.store, read_report(path)
    _same_data(store, manifest.study)
    study = _study_here(store, manifest)
    if study is None:
        request = StudyRequest(
            name=_free_name(store, manifest.study.name),
            data=manifest.study.dataset,
            model=manifest.study.model,
            plan=manifest.study.plan.model_copy(update={"countries": tuple(manifest.study.countries)}),
            training=manifest.study.training,
            max_length=manifest.encoding.max_length,
            context=manifest.encoding.context,
        )
        done = run_study(work, request)
        if done.failures:
            run_id, why = next(iter(done.failures.items()))
            raise RunError(f"{counted(len(done.failures), 'run')} of the study failed, for example {run_id}: {why}")
        study = done.study
        _same_data(store, manifest.study)
    checks = [name.removeprefix(CHECK) for name in recorded if name.startswith(CHECK)]
    found = reproduction.study_documents(store, study, checks=checks, on_progress=work.tell)
    return Rerun(
        study.name,
        reproduction.n_values(recorded),
        reproduction.differences(recorded, found, tolerance=tolerance),
        list(_remarks(manifest.study, study)),
    )


def _same_data(store: Store, study: StudyRecord) -> None:
    if study.dataset not in store.names("datasets"):
        if study.dataset == SAMPLE_DATASET:
            return
        raise InputError(
            f"the report is on data set {study.dataset}, which is not registered here: `scpo data add {study.dataset}` "
            "registers it from the same source"
        )
    key = load_info(store, study.dataset).key
    if key != study.dataset_key:
        raise InputError(
            f"data set {study.dataset} is not the one of the report (content {key} here, {study.dataset_key} there): "
            "register the same source with the same split"
        )


def _study_here(store: Store, manifest: Manifest) -> StudyRecord | None:
    """Return the study of the report if it is here with all its runs finished."""
    if manifest.study.name not in store.names("studies"):
        return None
    study = read_study(store, manifest.study.name)
    done = {record.run_id for record in list_runs(store) if record.status == "succeeded"}
    return study if study.runs == manifest.study.runs and done.issuperset(study.runs) else None


def _free_name(store: Store, name: str) -> str:
    """Return the name of the study, or one beside it if another has it here; it keeps the rule of `scpo.names`."""
    return plain_name(f"{name}-rerun" if name in store.names("studies") else name)


def _remarks(recorded: StudyRecord, found: StudyRecord) -> list[str]:
    remarks = []
    if found.model_key != recorded.model_key:
        remarks.append(
            f"global model {recorded.model} is not the same one (content {found.model_key} here, "
            f"{recorded.model_key} there)"
        )
    other = len(set(recorded.runs) - set(found.runs))
    if other:
        remarks.append(f"{counted(other, 'run has', 'runs have')} another id here: their causes are not the same")
    return remarks
