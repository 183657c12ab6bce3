"""``scpo score``, ``run`` and ``study``: the commands that compute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scpo.cli.console import Follower, integers, numbers, print_json, say
from scpo.cli.follow import follow_job, follow_runs
from scpo.cli.options import (
    Countries,
    Data,
    Json,
    Layout,
    MaxLength,
    Model,
    Output,
    ReadContext,
    Seed,
    country_codes,
    following,
    methods_in,
    store_and_settings,
)
from scpo.cli.stopping import StopRequest
from scpo.cli.training import Given, asked_training, overridden, trains
from scpo.config import BUDGET_LADDER, DEFAULT_BETA, DEFAULT_TAU, PAPER_SEEDS, ObjectiveConfig
from scpo.errors import InputError
from scpo.methods import PAPER_METHODS, TRAINED, known_method
from scpo.models import base_training, read_as
from scpo.names import plain_name
from scpo.references import short_name
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.words import counted, joined

if TYPE_CHECKING:
    from scpo.store.studies import StudyRecord
    from scpo.work.requests import StudyRequest

app = typer.Typer()

Device = Annotated[str, typer.Option(help="Where runs work: auto (as SCPO_DEVICE says), cpu, or cuda:N.")]
PAPER_SEEDS_TEXT = ",".join(map(str, PAPER_SEEDS))


@app.command()
def score(
    data: Data,
    model: Model,
    max_length: MaxLength = None,
    context: ReadContext = None,
    layout: Layout = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Compute rewards and features of every response; killed and called again, it goes on."""
    from scpo.work.context import Work
    from scpo.work.prepare import prepare
    from scpo.work.requests import ScoreRequest

    store, settings = store_and_settings(writes=True)
    model = read_as(model, layout, output)
    request = ScoreRequest(data=data, model=model, max_length=max_length, context=context)
    title = f"scores of {data} under {short_name(model)}"
    name, short = f"score-{data}-{short_name(model)}", short_name(model)
    with following(store, settings, name, title, dataset=data, model=short, keep=True) as follow:
        scores = prepare(Work(store, settings, follow), request).scores
    document = {"key": scores.key, **scores.info.model_dump(mode="json")}
    print_json(document) if json else say(f"{counted(scores.info.n_responses, 'response')} scored, key {scores.key}")
    for note in scores.info.notes:
        say(f"{scores.info.model}: {note}")


@app.command()
@trains
def run(
    data: Data,
    model: Model,
    country: Annotated[str, typer.Option(help="Whose reward model: code, name or community.")],
    given: Given,
    method: Annotated[str, typer.Option(help=", ".join(TRAINED))] = "scpo",
    tau: float = DEFAULT_TAU,
    beta: float = DEFAULT_BETA,
    seed: Seed = 0,
    normalise_weights: bool = False,
    context: ReadContext = None,
    layout: Layout = None,
    output: Output = None,
    queue: Annotated[bool, typer.Option("--queue", help="Queue it and return; `scpo runs` shows it.")] = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Finetune one reward model and evaluate it on all countries."""
    from scpo.cli.reports import print_run
    from scpo.jobs import control as jobs
    from scpo.jobs.devices import known_device
    from scpo.work.context import Work
    from scpo.work.requests import RunRequest
    from scpo.work.run import resolve_run, run_one

    store, settings = store_and_settings(writes=True)
    model = read_as(model, layout, output)
    chosen = country_codes(country, store, data)
    if len(chosen) != 1:
        raise InputError(f"--country {country!r} must name one community; `scpo study` takes several")
    training, base = asked_training(base_training(model), given)
    request = RunRequest(
        data=data,
        model=model,
        country=chosen[0],
        objective=ObjectiveConfig(method=known_method(method), tau=tau, beta=beta, normalise_weights=normalise_weights),
        training=training,
        base=base,
        seed=seed,
        context=context,
        device=known_device(device, settings.launcher),
    )
    with Follower() as follow, StopRequest() as stop:
        if queue:
            config, _ = resolve_run(Work(store, settings, follow, stop), request)
            record = jobs.ask_run(store, config, device=request.device)
            jobs.ensure_supervisor(store, settings)
        else:
            record = run_one(Work(store, _on(settings, device), follow, stop), request)
    print_json(record.model_dump(mode="json")) if json else print_run(store, record)


@app.command()
@trains
def study(
    data: Data,
    model: Model,
    given: Given,
    preset: Annotated[
        str, typer.Option(help="paper, or sliders: the paper's, then a few more tau and beta.")
    ] = "paper",
    config: Annotated[
        Path | None,
        typer.Option("--config", help="TOML file with countries, methods, taus, betas, seeds, context, [training]."),
    ] = None,
    countries: Countries = None,
    methods: Annotated[str | None, typer.Option(help="Methods, comma separated.")] = None,
    seeds: Annotated[str | None, typer.Option(help=f"Seeds, comma separated; {PAPER_SEEDS_TEXT} if not given.")] = None,
    tau: Annotated[str | None, typer.Option(help=f"Filter thresholds; {DEFAULT_TAU} if not given.")] = None,
    beta: Annotated[str | None, typer.Option(help=f"Weight temperatures; {DEFAULT_BETA} if not given.")] = None,
    budget_ladder: Annotated[str | None, typer.Option(help="Steps to try, comma separated.")] = None,
    context: ReadContext = None,
    layout: Layout = None,
    output: Output = None,
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
    from scpo.store.studies import PRESETS, StudyPlan, read_study, read_study_file
    from scpo.work.requests import StudyRequest, check_study

    if preset not in PRESETS:
        raise InputError(f"no preset {preset}: there are {', '.join(PRESETS)}")
    store, settings = store_and_settings(writes=True)
    model = read_as(model, layout, output)
    if config is not None:
        written = read_study_file(config)
        codes = country_codes(joined(written.countries), store, data)
        plan = written.plan.model_copy(update={"countries": tuple(codes)})
        given, context = overridden(written.training, given), context or written.context
        if any(option is not None for option in (countries, methods, seeds, tau, beta)):
            raise InputError("--config says what is run: leave out --countries, --methods, --seeds, --tau and --beta")
    else:
        plan = StudyPlan(
            countries=tuple(country_codes(countries, store, data)),
            methods=methods_in(methods) or PAPER_METHODS,
            taus=tuple(numbers(tau)) if tau else (DEFAULT_TAU,),
            betas=tuple(numbers(beta)) if beta else (DEFAULT_BETA,),
            seeds=tuple(integers(seeds)) if seeds else PAPER_SEEDS,
            more=PRESETS[preset].more,
        )
    training, base = asked_training(base_training(model), given)
    request = StudyRequest(
        name=name or plain_name(f"{config.stem if config else preset}-{data}-{short_name(model)}"),
        data=data,
        model=model,
        plan=plan,
        training=training,
        base=base,
        ladder=tuple(integers(budget_ladder)) if budget_ladder else BUDGET_LADDER,
        context=context,
        device=known_device(device, settings.launcher),
    )
    if here:
        record, failures = _study_here(store, _on(settings, device), request)
    else:
        check_study(store, request)
        job_id = jobs.ask_study(store, request)
        jobs.ensure_supervisor(store, settings)
        if not wait:
            print_json({"job": job_id}) if json else say(
                f"{job_id}: queued; `scpo runs --study {request.name}` shows its runs"
            )
            return
        with Follower() as follow:
            follow_job(store, settings, job_id, follow)
            record = read_study(store, request.name)
            failures = follow_runs(store, settings, record.runs, follow)
    print_json(record.model_dump(mode="json")) if json else print_study(store, record)
    for run_id, sentence in failures.items():
        say(f"run {run_id} failed: {sentence}")
    if failures:
        raise typer.Exit(1)


def _on(settings: Settings, device: str) -> Settings:
    """Return settings for work in this process on a device that was asked for."""
    return settings if device == "auto" else settings.model_copy(update={"device": device})


def _study_here(store: Store, settings: Settings, request: StudyRequest) -> tuple[StudyRecord, dict[str, str]]:
    from scpo.work.context import Work
    from scpo.work.study import run_study

    with Follower() as follow, StopRequest() as stop:
        result = run_study(Work(store, settings, follow, stop), request)
    return result.study, result.failures
