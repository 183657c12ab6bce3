"""``scpo score``, ``run`` and ``study``: the commands that compute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scpo.cli.console import Follower, integers, numbers, print_json, say
from scpo.cli.follow import follow_job, follow_runs
from scpo.cli.options import (
    Batch,
    Countries,
    Data,
    Epochs,
    Frozen,
    Json,
    MaxLength,
    Model,
    Rate,
    Steps,
    country_codes,
    methods_in,
    one_budget,
    store_and_settings,
    training_config,
)
from scpo.cli.stopping import StopRequest
from scpo.config import (
    BUDGET_LADDER,
    DEFAULT_BETA,
    DEFAULT_TAU,
    DEFAULT_TRAINING,
    PAPER_SEEDS,
    SAMPLE_STUDY_TRAINING,
    EncodingConfig,
    ObjectiveConfig,
    TrainingConfig,
)
from scpo.errors import InputError
from scpo.methods import METHODS, PAPER_METHODS, known_method
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.words import counted, joined

if TYPE_CHECKING:
    from scpo.store.studies import StudyPlan, StudyRecord

app = typer.Typer()

Device = Annotated[str, typer.Option(help="For queued runs: auto, cpu, or cuda:N.")]
PAPER_SEEDS_TEXT = ",".join(map(str, PAPER_SEEDS))


@app.command()
def score(data: Data, model: Model, max_length: MaxLength = None, json: Json = False) -> None:
    """Compute rewards and features of every response; killed and called again, it goes on."""
    from scpo.jobs.signs import Signing
    from scpo.work.study import prepare

    store, settings = store_and_settings(writes=True)
    encoding = None if max_length is None else EncodingConfig(max_length=max_length)
    title = f"scores of {data} under {Path(model).name}"
    signing = Signing(store, f"score-{data}-{Path(model).name}", title, dataset=data, model=Path(model).name)
    with signing as sign, Follower(sign) as follow:
        scored = prepare(store, data=data, model=model, settings=settings, on_progress=follow, encoding=encoding)
    scores = scored.scores
    document = {"key": scores.key, **scores.info.model_dump(mode="json")}
    print_json(document) if json else say(f"{counted(scores.info.n_responses, 'response')} scored, key {scores.key}")


@app.command()
def run(
    data: Data,
    model: Model,
    country: Annotated[str, typer.Option(help="Whose reward model: code, name or community.")],
    method: Annotated[str, typer.Option(help=", ".join(METHODS))] = "scpo",
    tau: float = DEFAULT_TAU,
    beta: float = DEFAULT_BETA,
    seed: int = 0,
    steps: Steps = None,
    epochs: Epochs = None,
    lr: Rate = None,
    batch_pairs: Batch = None,
    frozen_layers: Frozen = None,
    normalise_weights: bool = False,
    queue: Annotated[bool, typer.Option("--queue", help="Queue it and return; `scpo runs` shows it.")] = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Finetune one reward model and evaluate it on all countries."""
    from scpo.cli.reports import print_run
    from scpo.jobs import control as jobs
    from scpo.jobs.devices import known_device
    from scpo.work import study as pipeline

    store, settings = store_and_settings(writes=True)
    given = {"learning_rate": lr, "batch_pairs": batch_pairs, "frozen_layers": frozen_layers}
    chosen = country_codes(country, store, data)
    if len(chosen) != 1:
        raise InputError(f"--country {country!r} must name one community; `scpo study` takes several")
    objective = ObjectiveConfig(method=known_method(method), tau=tau, beta=beta, normalise_weights=normalise_weights)
    asked: dict[str, Any] = {
        "data": data,
        "model": model,
        "country": chosen[0],
        "objective": objective,
        "training": _budgeted(model, steps, epochs, given),
        "seed": seed,
        "settings": settings,
    }
    with Follower() as follow, StopRequest() as stop:
        if queue:
            config, _ = pipeline.resolve_run(store, **asked, on_progress=pipeline.stopping(follow, stop))
            record = jobs.ask_run(store, config, device=known_device(device, settings.launcher))
            jobs.ensure_supervisor(store, settings)
        else:
            record = pipeline.run_one(store, **asked, on_progress=follow, should_stop=stop)
    print_json(record.model_dump(mode="json")) if json else print_run(store, record)


@app.command()
def study(
    data: Data,
    model: Model,
    preset: Annotated[str, typer.Option(help="Only `paper` exists.")] = "paper",
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with countries, methods, taus, betas, seeds, [training].")
    ] = None,
    countries: Countries = None,
    methods: Annotated[str | None, typer.Option(help="Methods, comma separated.")] = None,
    seeds: Annotated[str | None, typer.Option(help=f"Seeds, comma separated; {PAPER_SEEDS_TEXT} if not given.")] = None,
    tau: Annotated[str | None, typer.Option(help=f"Filter thresholds; {DEFAULT_TAU} if not given.")] = None,
    beta: Annotated[str | None, typer.Option(help=f"Weight temperatures; {DEFAULT_BETA} if not given.")] = None,
    steps: Steps = None,
    epochs: Epochs = None,
    lr: Rate = None,
    batch_pairs: Batch = None,
    frozen_layers: Frozen = None,
    budget_ladder: Annotated[str | None, typer.Option(help="Steps to try, comma separated.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the study.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until all runs are finished, and show them.")] = False,
    here: Annotated[bool, typer.Option("--here", help="Run in this process, one after the other, no queue.")] = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Run the product of countries, methods, settings and seeds, and evaluate each model on all countries."""
    from scpo.cli.reports import print_study
    from scpo.jobs import control as jobs
    from scpo.jobs.devices import known_device
    from scpo.store.studies import StudyPlan, read_plan, read_study

    if preset != "paper":
        raise InputError(f"no preset {preset}: the only one is paper")
    store, settings = store_and_settings(writes=True)
    given: dict[str, Any] = {}
    if config is not None:
        plan, given = read_plan(config)
        codes = country_codes(joined(plan.countries), store, data)
        plan = plan.model_copy(update={"countries": tuple(codes)})
        if any(option is not None for option in (countries, methods, seeds, tau, beta)):
            raise InputError("--config says what is run: leave out --countries, --methods, --seeds, --tau and --beta")
    else:
        plan = StudyPlan(
            countries=tuple(country_codes(countries, store, data)),
            methods=methods_in(methods) or PAPER_METHODS,
            taus=tuple(numbers(tau)) if tau else (DEFAULT_TAU,),
            betas=tuple(numbers(beta)) if beta else (DEFAULT_BETA,),
            seeds=tuple(integers(seeds)) if seeds else PAPER_SEEDS,
        )
    options = {"learning_rate": lr, "batch_pairs": batch_pairs, "frozen_layers": frozen_layers}
    given |= {key: value for key, value in options.items() if value is not None}
    if steps is not None or epochs is not None:
        given |= {"steps": steps, "epochs": epochs}
    steps, epochs = given.pop("steps", None), given.pop("epochs", None)
    chosen: dict[str, Any] = {
        "data": data,
        "model": model,
        "ladder": integers(budget_ladder) if budget_ladder else list(BUDGET_LADDER),
    }
    title = name or f"{config.stem if config else preset}-{data}-{Path(model).name}"
    training, base = _budgeted(model, steps, epochs, given), training_config(_base(model), **given)
    if here:
        study, failures = _study_here(store, settings, title, plan, training, base, chosen)
    else:
        payload = {
            **chosen,
            "plan": plan.model_dump(mode="json"),
            "training": None if training is None else training.model_dump(mode="json"),
            "base": base.model_dump(mode="json"),
        }
        job_id = jobs.ask_study(store, title, payload, device=known_device(device, settings.launcher))
        jobs.ensure_supervisor(store, settings)
        if not wait:
            print_json({"job": job_id}) if json else say(
                f"{job_id}: queued; `scpo runs --study {title}` shows its runs"
            )
            return
        with Follower() as follow:
            follow_job(store, settings, job_id, follow)
            study = read_study(store, title)
            failures = follow_runs(store, settings, study.runs, follow)
    print_json(study.model_dump(mode="json")) if json else print_study(store, study)
    for run_id, sentence in failures.items():
        say(f"run {run_id} failed: {sentence}")
    if failures:
        raise typer.Exit(1)


def _study_here(
    store: Store,
    settings: Settings,
    name: str,
    plan: StudyPlan,
    training: TrainingConfig | None,
    base: TrainingConfig,
    chosen: dict[str, Any],
) -> tuple[StudyRecord, dict[str, str]]:
    from scpo.work import study as pipeline

    with Follower() as follow, StopRequest() as stop:
        result = pipeline.run_study(
            store,
            name=name,
            plan=plan,
            training=training,
            base=base,
            settings=settings,
            on_progress=follow,
            should_stop=stop,
            **chosen,
        )
    return result.study, result.failures


def _base(model: str) -> TrainingConfig:
    from scpo.models import SAMPLE_MODEL

    return SAMPLE_STUDY_TRAINING if model == SAMPLE_MODEL else DEFAULT_TRAINING


def _budgeted(model: str, steps: int | None, epochs: float | None, given: dict[str, Any]) -> TrainingConfig | None:
    if steps is None and epochs is None:
        return None
    one_budget(steps, epochs)
    base = _base(model).model_dump() | {"steps": steps, "epochs": epochs}
    return TrainingConfig.model_validate(base | {key: value for key, value in given.items() if value is not None})
