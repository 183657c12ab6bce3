"""The order of the stages: data -> global model -> scores -> budget -> runs. The only module that knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scpo.config import (
    BUDGET_LADDER,
    DEFAULT_TRAINING,
    PAPER_COUNTRIES,
    SAMPLE_STUDY_TRAINING,
    EncodingConfig,
    ObjectiveConfig,
    RunConfig,
    TrainingConfig,
)
from scpo.errors import Cancelled, InputError
from scpo.jobs.signs import STUDY_PREFIX, Signing
from scpo.models import SAMPLE_MODEL
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import Dataset, load_dataset
from scpo.store.run_record import RunRecord
from scpo.store.runs import reason
from scpo.store.scored import Scored
from scpo.store.scores import read_scores, scores_key
from scpo.store.studies import StudyPlan, StudyRecord, write_study
from scpo.words import counted
from scpo.work.budget import BudgetRecord, choose_budget
from scpo.work.finetune import execute
from scpo.work.global_model import ensure_sample_model, model_encoding
from scpo.work.register import add_dataset
from scpo.work.score import OnProgress, identify_model, score_dataset

SAMPLE_DATASET = "sample"
PARTS = 5
"""A run evaluates itself on the country's test users, and saves a checkpoint, so many times in its course."""

STEPS_WITHOUT_END = 20
"""Steps between both where the budget is counted in passes."""


def stopping(on_progress: OnProgress, should_stop: Callable[[], bool] | None) -> OnProgress:
    """Let progress be the moment at which a stage that keeps what it has finished can be stopped."""

    def tell(stage: str, done: float, total: float, unit: str) -> None:
        on_progress(stage, done, total, unit)
        if should_stop is not None and should_stop():
            raise Cancelled(f"stopped while {stage}: asked again, it goes on with what is missing")

    return tell


def prepare(
    store: Store,
    *,
    data: str,
    model: str,
    settings: Settings,
    on_progress: OnProgress,
    encoding: EncodingConfig | None = None,
) -> Scored:
    """Read a data set and its scores under a model, computing the scores and, for the sample, data and model."""
    dataset = _dataset(store, data, settings, on_progress)
    if model == SAMPLE_MODEL and dataset.info.source == "sample":
        ensure_sample_model(store, dataset, settings=settings, on_progress=on_progress)
    identity = identify_model(store, model, settings)
    used = encoding or model_encoding(store, identity, EncodingConfig())
    scores = score_dataset(store, dataset, identity, encoding=used, settings=settings, on_progress=on_progress)
    return Scored(dataset, scores)


def _dataset(store: Store, name: str, settings: Settings, on_progress: OnProgress) -> Dataset:
    if name == SAMPLE_DATASET and name not in store.names("datasets"):
        on_progress("generating the sample", 0, 1, "data sets")
        add_dataset(store, name, source="sample", settings=settings)
    return load_dataset(store, name)


def study_countries(dataset: Dataset, asked: Sequence[str]) -> list[str]:
    """Choose a study's communities: those asked for, or the paper's that the data set has, or all it has."""
    if asked:
        unknown = [country for country in asked if country not in dataset.countries]
        if unknown:
            raise InputError(
                f"{dataset.info.name} has no pairs from {', '.join(unknown)}: it has {', '.join(dataset.countries)}"
            )
        return list(asked)
    paper = [country for country in PAPER_COUNTRIES if country in dataset.countries]
    return paper or dataset.countries


def base_training(model: str) -> TrainingConfig:
    """Return the optimiser settings a model is finetuned with unless told otherwise."""
    return SAMPLE_STUDY_TRAINING if model == SAMPLE_MODEL else DEFAULT_TRAINING


def resolve_run(
    store: Store,
    *,
    data: str,
    model: str,
    country: str,
    objective: ObjectiveConfig,
    training: TrainingConfig | None,
    seed: int,
    settings: Settings,
    on_progress: OnProgress,
    encoding: EncodingConfig | None = None,
) -> tuple[RunConfig, Scored]:
    """Turn names into the configuration of a run; without a training budget the model's budget is chosen first."""
    scored = prepare(store, data=data, model=model, settings=settings, on_progress=on_progress, encoding=encoding)
    study_countries(scored.dataset, [country])
    if training is None:
        budget = _budget(
            store, scored, [country], base_training(scored.scores.info.model), BUDGET_LADDER, settings, on_progress
        )
        training = base_training(scored.scores.info.model).model_copy(update={"steps": budget.steps})
    config = RunConfig(
        dataset=scored.info.name,
        dataset_key=scored.info.key,
        model=scored.scores.info.model,
        model_key=scored.scores.info.model_key,
        country=country,
        objective=objective,
        training=training,
        encoding=scored.scores.info.encoding,
        seed=seed,
    )
    return config, scored


def run_one(
    store: Store,
    *,
    settings: Settings,
    on_progress: OnProgress,
    should_stop: Callable[[], bool] | None = None,
    **asked: Any,
) -> RunRecord:
    """Execute one run from raw names to metrics, in this process; see `resolve_run`."""
    before = stopping(on_progress, should_stop)
    config, scored = resolve_run(store, settings=settings, on_progress=before, **asked)
    return carry_out(store, config, scored, settings=settings, on_progress=on_progress, should_stop=should_stop)


def carry_out(
    store: Store,
    config: RunConfig,
    scored: Scored,
    *,
    settings: Settings,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> RunRecord:
    """Execute a run with a sign of life, a checkpoint and an evaluation in its course `PARTS` times."""
    steps = config.training.steps
    every = max(1, steps // PARTS) if steps else STEPS_WITHOUT_END
    with Signing(store, config.run_id, f"run {config.run_id}", job=True, keep=False) as sign:

        def tell(stage: str, done: float, total: float, unit: str) -> None:
            sign(stage, done, total, unit)
            if on_progress is not None:
                on_progress(stage, done, total, unit)

        return execute(
            store,
            config,
            scored,
            settings=settings,
            on_progress=tell,
            should_stop=should_stop,
            checkpoint_every=every,
            evaluate_every=every,
        )


def load_scored(store: Store, config: RunConfig) -> Scored:
    """Read what a run that was asked for needs; everything was computed when it was asked for.

    Raises
    ------
    InputError
        If the data set is gone or is not the one the run was asked for any more.
    StoreError
        If the scores are gone.
    """
    dataset = load_dataset(store, config.dataset)
    if dataset.info.key != config.dataset_key:
        raise InputError(
            f"the data set {config.dataset} is not the one this run was asked for: ask for the run again, "
            "or register the old data under its name"
        )
    return Scored(dataset, read_scores(store, scores_key(dataset.info, config.model_key, config.encoding)))


class PreparedStudy(NamedTuple):
    """A study that is written down, and what its runs need."""

    study: StudyRecord
    configs: list[RunConfig]
    scored: Scored


def prepare_study(
    store: Store,
    *,
    name: str,
    data: str,
    model: str,
    plan: StudyPlan,
    training: TrainingConfig | None,
    settings: Settings,
    on_progress: OnProgress,
    base: TrainingConfig | None = None,
    ladder: Sequence[int] = BUDGET_LADDER,
    encoding: EncodingConfig | None = None,
) -> PreparedStudy:
    """Compute what all runs of a study share, choose the budget if it is open, and write the study down.

    Parameters
    ----------
    training : TrainingConfig or None
        Budget and optimiser; None chooses the budget on validation users with the optimiser settings of `base`.
    ladder : sequence of int
        Budgets in steps that are tried.
    """
    store.folder("studies", name)  # a name that cannot be written is refused before the work, not after it
    scored = prepare(store, data=data, model=model, settings=settings, on_progress=on_progress, encoding=encoding)
    countries = study_countries(scored.dataset, plan.countries)
    chosen: BudgetRecord | None = None
    if training is None:
        base = base or base_training(scored.scores.info.model)
        chosen = _budget(store, scored, countries, base, ladder, settings, on_progress)
        training = base.model_copy(update={"steps": chosen.steps, "epochs": None})
    configs = plan.runs(
        dataset=scored.info.name,
        dataset_key=scored.info.key,
        model=scored.scores.info.model,
        model_key=scored.scores.info.model_key,
        training=training,
        countries=countries,
        encoding=scored.scores.info.encoding,
    )
    study = write_study(
        store,
        name=name,
        dataset=scored.info.name,
        dataset_key=scored.info.key,
        model=scored.scores.info.model,
        model_key=scored.scores.info.model_key,
        plan=plan,
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


def run_study(
    store: Store,
    *,
    name: str,
    data: str,
    model: str,
    plan: StudyPlan,
    training: TrainingConfig | None,
    settings: Settings,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    **rest: Any,
) -> StudyResult:
    """Run a study from raw names to metrics, one run after the other, in this process; see `prepare_study`.

    Notes
    -----
    A run that fails is recorded and does not stop the others. Asked again, only what is missing is computed.
    """
    signing = Signing(store, STUDY_PREFIX + name, f"study {name}", dataset=data, model=Path(model).name, job=True)

    def tell(stage: str, done: float, total: float, unit: str) -> None:
        signing(stage, done, total, unit)
        if on_progress is not None:
            on_progress(stage, done, total, unit)

    with signing:
        study, configs, scored = prepare_study(
            store,
            name=name,
            data=data,
            model=model,
            plan=plan,
            training=training,
            settings=settings,
            on_progress=stopping(tell, should_stop),
            **rest,
        )
        records, failures = _execute_all(store, configs, scored, settings, tell, should_stop)
        signing.message = f"{counted(len(records), 'run')} finished, {len(failures):,} failed"
    return StudyResult(study, records, failures)


def _execute_all(
    store: Store,
    configs: Sequence[RunConfig],
    scored: Scored,
    settings: Settings,
    tell: OnProgress,
    should_stop: Callable[[], bool] | None,
) -> tuple[list[RunRecord], dict[str, str]]:
    records: list[RunRecord] = []
    failures: dict[str, str] = {}
    for done, config in enumerate(configs):
        tell("finetuning", done, len(configs), "runs")
        if should_stop is not None and should_stop():
            raise Cancelled(
                f"stopped after {done} of {counted(len(configs), 'run')}: asked again, it goes on with the others"
            )

        def inside(stage: str, part: float, whole: float, _unit: str, done: int = done) -> None:
            share = min(part / whole, 1) * 0.8 if stage == "training" else 0.8
            tell("finetuning", done + share, len(configs), "runs")

        try:
            records.append(
                carry_out(store, config, scored, settings=settings, on_progress=inside, should_stop=should_stop)
            )
        except Cancelled:
            raise
        except Exception as error:  # its traceback is in the run's record; the other runs go on
            failures[config.run_id] = reason(error, store)
    tell("finetuning", len(configs), len(configs), "runs")
    return records, failures


def _budget(
    store: Store,
    scored: Scored,
    countries: Sequence[str],
    training: TrainingConfig,
    ladder: Sequence[int],
    settings: Settings,
    on_progress: OnProgress,
) -> BudgetRecord:
    return choose_budget(
        store,
        scored,
        countries=countries,
        training=training,
        encoding=scored.scores.info.encoding,
        ladder=ladder,
        settings=settings,
        on_progress=on_progress,
    )
