"""What every run needs before it starts: data, global model, scores, countries, a training budget."""

from __future__ import annotations

from collections.abc import Sequence

from scpo.config import PAPER_COUNTRIES, EncodingConfig, TrainingConfig
from scpo.data.sources import SOURCES
from scpo.errors import InputError
from scpo.models import SAMPLE_MODEL, SAMPLE_STEPS, base_training
from scpo.store.datasets import Dataset, load_dataset
from scpo.store.scored import Scored
from scpo.store.scores import HISTORY
from scpo.work.budget import BudgetRecord, choose_budget
from scpo.work.context import Work
from scpo.work.global_model import ensure_sample_model, model_encoding
from scpo.work.register import add_dataset
from scpo.work.requests import ScoreRequest, TrainingRequest, is_generated
from scpo.work.score import identify_model, score_dataset

SAMPLE_DATASET = "sample"


def prepare(work: Work, request: ScoreRequest) -> Scored:
    """Read a data set and its scores under a model, computing the scores and, for the sample, data and model.

    A generated source is registered under its own name at first use.
    """
    if request.model.endswith(HISTORY):
        plain = {"model": request.model.removesuffix(HISTORY), "context": "history"}
        request = request.model_copy(update=plain)
    dataset = _dataset(work, request.data)
    if request.model == SAMPLE_MODEL and dataset.info.synthetic:
        people = SOURCES[dataset.info.source].unit == "user"
        trains = dataset if people else _dataset(work, SAMPLE_DATASET)
        ensure_sample_model(work, trains)
    identity = identify_model(work.store, request.model, work.settings)
    encoding = request.encoding(model_encoding(work.store, identity, EncodingConfig()))
    return Scored(dataset, score_dataset(work, dataset, identity, encoding=encoding))


def _dataset(work: Work, name: str) -> Dataset:
    if is_generated(work.store, name):
        work.tell("generating the sample", 0, 1, "data sets")
        add_dataset(work.store, name, source=name, settings=work.settings)
    return load_dataset(work.store, name)


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
    work: Work, request: TrainingRequest, scored: Scored, countries: Sequence[str]
) -> tuple[TrainingConfig, BudgetRecord | None]:
    """Return budget and optimiser of a request, and how the budget was chosen if it was left open.

    The sample's own model has a fixed budget, `SAMPLE_STEPS`.
    """
    if request.training is not None:
        return request.training, None
    base = request.base or base_training(scored.scores.info.model)
    if scored.scores.info.model == SAMPLE_MODEL and scored.info.synthetic:
        return base.model_copy(update={"steps": SAMPLE_STEPS, "epochs": None}), None
    chosen = choose_budget(work, scored, countries=countries, training=base, ladder=request.ladder)
    return base.model_copy(update={"steps": chosen.steps, "epochs": None}), chosen
