"""What makes a report run again: the study as TOML, its numbers as documents, and in what two of them differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from scpo.config import EncodingConfig, EvaluationConfig, Record, canonical_json
from scpo.errors import InputError
from scpo.results.bias import bias_document
from scpo.results.checks import CHECKS, CheckDocument, find_check, load_check
from scpo.results.divergence import divergence_document, load_divergence
from scpo.results.frontier_document import frontier_document
from scpo.results.missing import missing_runs
from scpo.results.report_choice import ReportChoice
from scpo.store.cache import Store
from scpo.store.runs import list_runs
from scpo.store.scored import FinishedRun, Known, Scored, load_scored, runs_of
from scpo.store.studies import StudyRecord

LEVEL = 0.95
"""Confidence level of everything in a report."""

TOLERANCE = 1e-6
"""Two numbers are the same if they differ by less, absolutely or in proportion: no digit that a report shows."""

IDENTITY = ("country", "trained_for", "tested_on", "other", "check", "method", "tau", "beta", "seed")
"""Fields that name a row of a document, whatever its place."""

NO_NUMBER = {"run", "runs", "study", "missing"}
"""Fields that are names; they say where a number comes from."""

MANIFEST = "report.json"
NUMBERS = "numbers"
"""Where a report keeps its `Manifest` and the documents of its numbers."""

CHECK = "check-"
"""Beginning of the names of documents of checks."""

OnStage = Callable[[str, float, float, str], None]


class Manifest(Record):
    """`report.json`: what a report is made of, enough to make it again."""

    format_version: int = 1
    study: StudyRecord
    encoding: EncodingConfig
    documents: list[str]
    """Documents of numbers in the report, by name: ``numbers/<name>.json``."""

    choice: ReportChoice | None = None
    """What was chosen for the report; None where nothing could be chosen yet."""


class Difference(NamedTuple):
    """A value that is not the same in two documents."""

    where: str
    recorded: Any
    found: Any


def encoding_of(store: Store, study: StudyRecord) -> EncodingConfig:
    """Return how the models of a study read.

    Raises
    ------
    InputError
        If none of its runs has been asked for yet.
    """
    for record in list_runs(store):
        if record.run_id in study.runs:
            return record.config.encoding
    raise InputError(f"study {study.name} has no run yet: `scpo runs --study {study.name}` shows what became of them")


def scored_of(store: Store, study: StudyRecord) -> Scored:
    """Return the data set of a study with the global model's rewards, read as its runs read.

    Raises
    ------
    InputError
        If the data set under this name is another one by now.
    """
    scored = load_scored(store, study.dataset, study.model_key, context=encoding_of(store, study).context)
    if scored.info.key != study.dataset_key:
        raise InputError(f"data set {study.dataset} has changed since study {study.name}: run the study again")
    return scored


def finished_of(store: Store, scored: Scored, study: StudyRecord, known: Known | None = None) -> list[FinishedRun]:
    """Return the finished runs of a study in its own order, so that ties fall alike on every machine.

    Raises
    ------
    InputError
        If none is finished.
    """
    found = runs_of(store, scored, study=study.name, known=known)
    if not found:
        raise InputError(
            f"study {study.name} has no finished run yet: `scpo runs --study {study.name}` shows how far it is"
        )
    place = {run_id: number for number, run_id in enumerate(study.runs)}
    return sorted(found, key=lambda run: place[run.run_id])


def kept_checks(
    store: Store, scored: Scored, runs: Sequence[FinishedRun], known: Known | None = None
) -> dict[str, CheckDocument]:
    """Return the checks that have been carried out, by name: with a study's runs, or else with all there are."""
    every = runs_of(store, scored, known=known)
    found = {}
    for name in CHECKS:
        kept = find_check(store, scored, runs, name, level=LEVEL) or find_check(store, scored, every, name, level=LEVEL)
        if kept is not None:
            found[name] = kept
    return found


def study_documents(
    store: Store,
    study: StudyRecord,
    *,
    checks: Sequence[str] | None = None,
    on_progress: OnStage = lambda stage, done, total, unit: None,
    save: bool = True,
    known: Known | None = None,
) -> dict[str, Any]:
    """Return the numbers of a study: ``frontier``, ``bias``, ``divergence`` and one document per check.

    Parameters
    ----------
    checks : sequence of str, optional
        Checks to carry out where they are missing. If not given, those that were carried out with exactly the runs of
        this study: others cannot be made again from the study alone.
    known : dict, optional
        Runs that were read before, as `scpo.store.scored.read_runs` takes them.

    Returns
    -------
    dict
        ``divergence`` is absent where the data set has fewer than two communities.
    """
    known = {} if known is None else known
    scored = scored_of(store, study)
    runs, config = finished_of(store, scored, study, known), EvaluationConfig(level=LEVEL)
    on_progress("numbers", 0, 3, "documents")
    missing = {"missing": missing_runs(store, scored, study=study.name, known=known)}
    documents: dict[str, Any] = {"frontier": frontier_document(scored, runs, config, study=study.name) | missing}
    on_progress("numbers", 1, 3, "documents")
    documents["bias"] = bias_document(scored, runs, config) | missing
    on_progress("numbers", 2, 3, "documents")
    if len(scored.dataset.countries) > 1:
        found = load_divergence(
            store,
            scored,
            config,
            on_progress=lambda done, total: on_progress("distances", done, total, "communities and couples"),
            save=save,
        )
        documents["divergence"] = divergence_document(found)
    on_progress("numbers", 3, 3, "documents")
    for name in CHECKS if checks is None else checks:
        kept = find_check(store, scored, runs, name, level=LEVEL)
        if kept is None and checks is not None:
            kept = load_check(
                store,
                scored,
                runs,
                name,
                level=LEVEL,
                on_progress=lambda done, total, name=name: on_progress(f"check {name}", done, total, "steps"),  # type: ignore[misc]
                save=save,
            )
        if kept is not None:
            documents[f"{CHECK}{name}"] = kept.model_dump(mode="json")
    return documents


def differences(recorded: Any, found: Any, *, tolerance: float = TOLERANCE, where: str = "") -> list[Difference]:
    """List in what two documents differ; rows are matched by what names them, names of runs are left out."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        keys = [key for key in (*recorded, *(key for key in found if key not in recorded)) if key not in NO_NUMBER]
        return [
            difference
            for key in keys
            for difference in differences(
                recorded.get(key), found.get(key), tolerance=tolerance, where=f"{where} {key}".strip()
            )
        ]
    if isinstance(recorded, list) and isinstance(found, list):
        rows, others = _by_name(recorded), _by_name(found)
        return [
            difference
            for key in (*rows, *(key for key in others if key not in rows))
            for difference in differences(rows.get(key), others.get(key), tolerance=tolerance, where=f"{where} [{key}]")
        ]
    return [] if _same(recorded, found, tolerance) else [Difference(where, recorded, found)]


def n_values(document: Any) -> int:
    """Count the values of a document that `differences` compares."""
    if isinstance(document, dict):
        return sum(n_values(value) for key, value in document.items() if key not in NO_NUMBER)
    if isinstance(document, list):
        return sum(n_values(value) for value in document)
    return 1


def _by_name(rows: list[Any]) -> dict[str, Any]:
    """Name the rows of a list by their identity, or by their place where that is none."""
    names = [_name(row) for row in rows]
    known = None not in names and len(set(names)) == len(names)
    return {str(name) if known else str(place): row for place, (name, row) in enumerate(zip(names, rows, strict=True))}


def _name(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    parts = [f"{key} {row[key]}" for key in IDENTITY if row.get(key) is not None and not isinstance(row[key], dict)]
    return ", ".join(parts) or None


def _same(recorded: Any, found: Any, tolerance: float) -> bool:
    numbers = (int, float)
    both = isinstance(recorded, numbers) and isinstance(found, numbers)
    if both and not isinstance(recorded, bool) and not isinstance(found, bool):
        return math.isclose(recorded, found, rel_tol=tolerance, abs_tol=tolerance)
    return bool(recorded == found)


def study_toml(study: StudyRecord, encoding: EncodingConfig) -> str:
    """Write a study as the file that ``scpo study --config`` reads."""
    plan = study.plan.model_dump(mode="json")
    more = plan.pop("more", [])
    training = {key: value for key, value in study.training.model_dump(mode="json").items() if value is not None}
    lines = [*_toml({**plan, "countries": study.countries, "context": encoding.context})]
    for part in more:
        lines += ["", "[[more]]", *_toml(part)]
    return "\n".join([*lines, "", "[training]", *_toml(training)]) + "\n"


def _toml(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key} = {_toml_value(value)}"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(_toml(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return repr(value) if isinstance(value, float) else canonical_json(value)
