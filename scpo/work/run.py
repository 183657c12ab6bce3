"""One run: from a request to its configuration, and from that to metrics."""

from __future__ import annotations

from collections.abc import Callable

from scpo.config import RunConfig
from scpo.errors import InputError
from scpo.jobs.signs import Signing
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.run_record import RunRecord
from scpo.store.scored import Scored
from scpo.store.scores import read_scores, scores_key
from scpo.work.finetune import execute
from scpo.work.prepare import prepare, settle_training, stopping, study_countries
from scpo.work.requests import RunRequest
from scpo.work.score import OnProgress

PARTS = 5
"""A run evaluates itself on the country's test users, and saves a checkpoint, so many times in its course."""

STEPS_WITHOUT_END = 20
"""Steps between both where the budget is counted in passes."""


def resolve_run(
    store: Store, request: RunRequest, *, settings: Settings, on_progress: OnProgress
) -> tuple[RunConfig, Scored]:
    """Turn names into the configuration of a run; without a training budget the model's budget is chosen first."""
    scored = prepare(store, request, settings=settings, on_progress=on_progress)
    countries = study_countries(scored.dataset, [request.country])
    training, _ = settle_training(store, request, scored, countries, settings=settings, on_progress=on_progress)
    return scored.run_config(request.country, request.objective, training, request.seed), scored


def run_one(
    store: Store,
    request: RunRequest,
    *,
    settings: Settings,
    on_progress: OnProgress,
    should_stop: Callable[[], bool] | None = None,
) -> RunRecord:
    """Execute one run from raw names to metrics, in this process."""
    before = stopping(on_progress, should_stop)
    config, scored = resolve_run(store, request, settings=settings, on_progress=before)
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
    with Signing(store, config.run_id, f"run {config.run_id}", job=True, keep=False, also=on_progress) as tell:
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
