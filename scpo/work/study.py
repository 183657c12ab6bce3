"""A study: what its runs share is computed once, then the runs, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from scpo.config import RunConfig
from scpo.errors import Cancelled
from scpo.jobs.signs import STUDY_PREFIX, Signing
from scpo.store.run_record import RunRecord
from scpo.store.runs import list_runs, reason
from scpo.store.scored import Scored
from scpo.store.studies import RUNS_STAGE, StudyRecord, asked_name, write_study
from scpo.words import counted
from scpo.work.context import Work
from scpo.work.prepare import prepare, settle_training, study_countries
from scpo.work.requests import StudyRequest
from scpo.work.room import need_room, saved_bytes, training_bytes
from scpo.work.run import carry_out
from scpo.work.score import scored_model


class PreparedStudy(NamedTuple):
    """A study that is written down, and what its runs need."""

    study: StudyRecord
    configs: list[RunConfig]
    scored: Scored


def prepare_study(work: Work, request: StudyRequest) -> PreparedStudy:
    """Compute what all runs of a study share, choose the budget if it is open, and write the study down."""
    work, store = work.pausing(), work.store
    scored = prepare(work, request)
    countries = study_countries(scored.dataset, request.plan.countries)
    training, chosen = settle_training(work, request, scored, countries)
    configs = request.plan.runs(
        countries=countries, training=training, encoding=scored.scores.info.encoding, **scored.names
    )
    done = {record.run_id for record in list_runs(store) if record.status == "succeeded"}
    weights = saved_bytes(scored_model(store, scored).location)
    missing = sum(config.run_id not in done for config in configs)
    if missing:
        need = (missing - 1) * weights + training_bytes(weights, training)
        need_room(store.root, need, f"study {request.name} with {counted(missing, 'run')} to do")
    study = write_study(
        store,
        name=request.name,
        **scored.names,
        plan=request.plan,
        countries=countries,
        training=training,
        budget={} if chosen is None else chosen.model_dump(mode="json"),
        runs=[config.run_id for config in configs],
    )
    return PreparedStudy(study, configs, scored)


class StudyResult(NamedTuple):
    """What became of a study's runs."""

    study: StudyRecord
    records: list[RunRecord]
    failures: dict[str, str]
    """Run id -> sentence."""


def run_study(work: Work, request: StudyRequest) -> StudyResult:
    """Run a study from raw names to metrics, one run after the other, in this process.

    Notes
    -----
    A run that fails is recorded and does not stop the others. Asked again, only what is missing is computed.
    """
    name, model = asked_name(work.store, request.name), Path(request.model).name
    key, title = STUDY_PREFIX + name, f"study {name}"
    with Signing(work.store, key, title, dataset=request.data, model=model, job=True, also=work.tell) as tell:
        work = replace(work, tell=tell)
        study, configs, scored = prepare_study(work, request)
        records, failures = _execute_all(work, configs, scored)
        tell.message = f"{counted(len(records), 'run')} finished, {len(failures):,} failed"
    return StudyResult(study, records, failures)


def _execute_all(work: Work, configs: Sequence[RunConfig], scored: Scored) -> tuple[list[RunRecord], dict[str, str]]:
    records: list[RunRecord] = []
    failures: dict[str, str] = {}
    for done, config in enumerate(configs):
        work.tell(RUNS_STAGE, done, len(configs), "runs")
        if work.stop():
            raise Cancelled(
                f"stopped after {done} of {counted(len(configs), 'run')}: asked again, it goes on with the others"
            )

        def inside(stage: str, part: float, whole: float, _unit: str, done: int = done) -> None:
            share = min(part / whole, 1) * 0.8 if stage == "training" else 0.8
            work.tell(RUNS_STAGE, done + share, len(configs), "runs")

        try:
            records.append(carry_out(replace(work, tell=inside), config, scored))
        except Cancelled:
            raise
        except Exception as error:  # its traceback is in the run's record; the other runs go on
            failures[config.run_id] = reason(error, work.store)
    work.tell(RUNS_STAGE, len(configs), len(configs), "runs")
    return records, failures
