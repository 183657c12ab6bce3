"""One run: from a request to its configuration, and from that to metrics."""

from __future__ import annotations

from dataclasses import replace

from scpo.config import RunConfig
from scpo.errors import InputError
from scpo.jobs.signs import Signing
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.run_record import RunRecord
from scpo.store.scored import Scored
from scpo.store.scores import read_scores, scores_key
from scpo.work.context import Work
from scpo.work.finetune import execute
from scpo.work.prepare import prepare, settle_training, study_countries
from scpo.work.requests import RunRequest

PARTS = 5
"""A run evaluates itself on the country's test users, and saves a checkpoint, so many times in its course."""

STEPS_WITHOUT_END = 20
"""Steps between both where the budget is counted in passes."""


def resolve_run(work: Work, request: RunRequest) -> tuple[RunConfig, Scored]:
    """Turn names into the configuration of a run; without a training budget the model's budget is chosen first."""
    work = work.pausing()
    scored = prepare(work, request)
    countries = study_countries(scored.dataset, [request.country])
    training, _ = settle_training(work, request, scored, countries)
    return scored.run_config(request.country, request.objective, training, request.seed), scored


def run_one(work: Work, request: RunRequest) -> RunRecord:
    """Execute one run from raw names to metrics, in this process."""
    config, scored = resolve_run(work, request)
    return carry_out(work, config, scored)


def carry_out(work: Work, config: RunConfig, scored: Scored) -> RunRecord:
    """Execute a run with a sign of life, a checkpoint and an evaluation in its course `PARTS` times."""
    steps = config.training.steps
    every = max(1, steps // PARTS) if steps else STEPS_WITHOUT_END
    with Signing(work.store, config.run_id, f"run {config.run_id}", job=True, keep=False, also=work.tell) as tell:
        return execute(replace(work, tell=tell), config, scored, checkpoint_every=every, evaluate_every=every)


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
