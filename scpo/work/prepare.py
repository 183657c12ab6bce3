"""What every run needs before it starts: data, global model, scores, countries, a training budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scpo.config import PAPER_COUNTRIES, EncodingConfig, TrainingConfig
from scpo.data.sources import SOURCES
from scpo.errors import Cancelled, InputError
from scpo.models import SAMPLE_MODEL, SAMPLE_STEPS, base_training
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import Dataset, load_dataset
from scpo.store.scored import Scored
from scpo.store.scores import HISTORY
from scpo.work.budget import BudgetRecord, choose_budget
from scpo.work.global_model import ensure_sample_model, model_encoding
from scpo.work.register import add_dataset
from scpo.work.requests import ScoreRequest, TrainingRequest, is_generated
from scpo.work.score import OnProgress, identify_model, score_dataset

SAMPLE_DATASET = "sample"


def stopping(on_progress: OnProgress, should_stop: Callable[[], bool] | None) -> OnProgress:
    """Let progress be the moment at which a stage that keeps what it has finished can be stopped."""

    def tell(stage: str, done: float, total: float, unit: str) -> None:
        on_progress(stage, done, total, unit)
        if should_stop is not None and should_stop():
            raise Cancelled(f"stopped while {stage}: asked again, it goes on with what is missing")

    return tell


def prepare(store: Store, request: ScoreRequest, *, settings: Settings, on_progress: OnProgress) -> Scored:
    """Read a data set and its scores under a model, computing the scores and, for the sample, data and model.

    A generated source is registered under its own name at first use.
    """
    if request.model.endswith(HISTORY):
        plain = {"model": request.model.removesuffix(HISTORY), "context": "history"}
        request = request.model_copy(update=plain)
    dataset = _dataset(store, request.data, settings, on_progress)
    if request.model == SAMPLE_MODEL and dataset.info.synthetic:
        people = SOURCES[dataset.info.source].unit == "user"
        trains = dataset if people else _dataset(store, SAMPLE_DATASET, settings, on_progress)
        ensure_sample_model(store, trains, settings=settings, on_progress=on_progress)
    identity = identify_model(store, request.model, settings)
    encoding = request.encoding(model_encoding(store, identity, EncodingConfig()))
    scores = score_dataset(store, dataset, identity, encoding=encoding, settings=settings, on_progress=on_progress)
    return Scored(dataset, scores)


def _dataset(store: Store, name: str, settings: Settings, on_progress: OnProgress) -> Dataset:
    if is_generated(store, name):
        on_progress("generating the sample", 0, 1, "data sets")
        add_dataset(store, name, source=name, settings=settings)
    return load_dataset(store, name)


def study_countries(dataset: Dataset, asked: Sequence[str]) -> list[str]:
    """Choose a study's communities: those asked for, or the paper's that the data set has, or all it has."""
    if asked:
        dataset.check(asked)
        return list(asked)
    if not dataset.countries:
        raise InputError(
            f"no pair of {dataset.info.name} says from where it is, so there is no community to train a model for: "
            "add the data with --map country=COLUMN or --group COLUMN"
        )
    paper = [country for country in PAPER_COUNTRIES if country in dataset.countries]
    return paper or dataset.countries


def settle_training(
    store: Store,
    request: TrainingRequest,
    scored: Scored,
    countries: Sequence[str],
    *,
    settings: Settings,
    on_progress: OnProgress,
) -> tuple[TrainingConfig, BudgetRecord | None]:
    """Return budget and optimiser of a request, and how the budget was chosen if it was left open.

    The sample's own model has a fixed budget, `SAMPLE_STEPS`.
    """
    if request.training is not None:
        return request.training, None
    base = request.base or base_training(scored.scores.info.model)
    if scored.scores.info.model == SAMPLE_MODEL and scored.info.synthetic:
        return base.model_copy(update={"steps": SAMPLE_STEPS, "epochs": None}), None
    chosen = choose_budget(
        store,
        scored,
        countries=countries,
        training=base,
        ladder=request.ladder,
        settings=settings,
        on_progress=on_progress,
    )
    return base.model_copy(update={"steps": chosen.steps, "epochs": None}), chosen
