"""The command line: parse, call, print. Logs and progress go to stderr, results to stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from scpo.config import (
    DEFAULT_BETA,
    DEFAULT_TAU,
    METHODS,
    PAPER_SEEDS,
    EncodingConfig,
    Method,
    ObjectiveConfig,
    SplitConfig,
    TrainingConfig,
)
from scpo.console import Follower, as_list, numbers, print_json, print_table, say
from scpo.errors import InputError, ScpoError
from scpo.runs.store import Store
from scpo.settings import load_settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
data_app = typer.Typer(no_args_is_help=True, help="Register and inspect data sets.")
model_app = typer.Typer(no_args_is_help=True, help="Global reward models.")
app.add_typer(data_app, name="data")
app.add_typer(model_app, name="model")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Data = Annotated[str, typer.Option("--data", help="Name of a registered data set.")]
Model = Annotated[
    str, typer.Option("--model", help="Model: registry name, hub id[@revision], folder, or trained name.")
]
Source = Annotated[str, typer.Option("--source", help="prism, global-opinions, pairs or sample.")]
PathOption = Annotated[Path | None, typer.Option("--path", help="File or folder; without it the hub is asked.")]
Mapping = Annotated[list[str] | None, typer.Option("--map", help="canonical=column, may be repeated.")]
Group = Annotated[str | None, typer.Option("--group", help="Column that holds the community, labels as they are.")]
Steps = Annotated[int | None, typer.Option("--steps", help="Optimiser steps; neither: chosen on validation users.")]
Epochs = Annotated[float | None, typer.Option("--epochs", help="Passes over the kept pairs, instead of steps.")]
Rate = Annotated[float | None, typer.Option("--lr", help="Learning rate.")]
Batch = Annotated[int | None, typer.Option("--batch-pairs", help="Pairs per step.")]
Frozen = Annotated[int | None, typer.Option("--frozen-layers", help="Lowest layers that are not trained.")]
MaxLength = Annotated[int | None, typer.Option("--max-length", help="Longest text in tokens.")]
Seeds = Annotated[str, typer.Option("--seeds", help="Seeds, comma separated.")]
Countries = Annotated[str | None, typer.Option("--countries", help="Countries, comma separated; codes or names.")]


def store_and_settings() -> tuple[Store, Any]:
    """Open the cache that the environment names."""
    settings = load_settings()
    return Store(settings.cache_dir), settings


def country_codes(text: str | None, store: Store, data: str) -> list[str]:
    """Read a list of communities as the data set spells them; country names become codes."""
    from scpo.data.countries import resolve_country
    from scpo.runs.datasets import load_info

    group = load_info(store, data).group if data in store.names("datasets") else "country"
    return [resolve_country(item) if group == "country" else item for item in as_list(text)]


def training_config(base: TrainingConfig, **given: Any) -> TrainingConfig:
    """Replace what was given on the command line in the model's optimiser settings."""
    return TrainingConfig.model_validate({**base.model_dump(), **{k: v for k, v in given.items() if v is not None}})


def _mapping(items: list[str] | None) -> dict[str, str]:
    broken = [item for item in items or [] if "=" not in item]
    if broken:
        raise InputError(f"--map {broken[0]} is not of the form canonical=column, for example --map prompt=question")
    return dict(item.split("=", 1) for item in items or [])


@data_app.command("add")
def data_add(
    name: str,
    source: Source,
    path: PathOption = None,
    mapping: Mapping = None,
    group: Group = None,
    split: Annotated[str | None, typer.Option(help="reference or stratified.")] = None,
    test_fraction: Annotated[float | None, typer.Option(help="Share of users that test.")] = None,
    json: Json = False,
) -> None:
    """Read a source and register it as data set NAME."""
    from scpo.stages import datasets as stage

    store, settings = store_and_settings()
    default = {"sample": stage.SAMPLE_SPLIT, "prism": stage.PRISM_SPLIT}.get(source, stage.OWN_SPLIT)
    wanted = {"kind": split, "test_fraction": test_fraction}
    info = stage.add_dataset(
        store,
        name,
        source=source,  # type: ignore[arg-type]
        settings=settings,
        path=path,
        mapping=_mapping(mapping),
        group=group,
        split=SplitConfig.model_validate(
            {**default.model_dump(), **{key: value for key, value in wanted.items() if value is not None}}
        ),
    )
    _print_info(info, json)


@data_app.command("list")
def data_list(json: Json = False) -> None:
    """List the registered data sets."""
    from scpo.runs.datasets import list_infos

    infos = list_infos(store_and_settings()[0])
    if json:
        print_json([info.model_dump(mode="json", exclude={"report"}) for info in infos])
        return
    rows = [[i.name, i.source, i.counts["users"], i.counts["utterances"], i.counts["pairs"], i.key] for i in infos]
    print_table(["name", "source", "users", "responses", "pairs", "key"], rows)


@data_app.command("show")
def data_show(name: str, json: Json = False) -> None:
    """Show one data set: counts, licence, split, what was dropped and why."""
    from scpo.runs.datasets import load_info

    _print_info(load_info(store_and_settings()[0], name), json)


@data_app.command("check")
def data_check(file: Path, source: Source, mapping: Mapping = None, group: Group = None, json: Json = False) -> None:
    """Read a file and report what would be kept and dropped; nothing is stored."""
    from scpo.runs.reports import check_document, print_check
    from scpo.stages.datasets import check_source

    report, tables = check_source(
        source,  # type: ignore[arg-type]
        path=file,
        mapping=_mapping(mapping),
        group=group,
        settings=load_settings(),
    )
    document = check_document(report, tables)
    print_json(document) if json else print_check(document)


def _print_info(info: Any, json: bool) -> None:
    from scpo.runs.reports import print_info

    print_json(info.model_dump(mode="json")) if json else print_info(info)


@model_app.command("list")
def model_list(json: Json = False) -> None:
    """List the registered models and the global models trained here."""
    from scpo.model.registry import REGISTRY
    from scpo.runs.models import list_models

    rows = [[m.name, m.hub_id or "built here", m.licence, m.note] for m in REGISTRY.values()]
    rows += [
        [m.name, "trained here", "", f"{m.backbone} on {m.dataset}, {m.n_pairs} pairs, {m.n_users} users"]
        for m in list_models(store_and_settings()[0])
        if m.name not in REGISTRY
    ]
    if json:
        print_json([dict(zip(("name", "origin", "licence", "note"), row, strict=True)) for row in rows])
        return
    print_table(["name", "origin", "licence", "note"], rows)


@model_app.command("show")
def model_show(ref: str, json: Json = False) -> None:
    """Show one model: what it is, and for a model trained here its data and its accuracy on held-out users."""
    from scpo.model.registry import lookup
    from scpo.runs.models import named_model

    record = named_model(store_and_settings()[0], ref)
    document = record.model_dump(mode="json") if record else {k: str(v) for k, v in vars(lookup(ref)).items()}
    if json:
        print_json(document)
        return
    print_table(["field", "value"], [[key, value] for key, value in document.items()])


@model_app.command("train-global")
def model_train_global(
    data: Data,
    name: Annotated[str, typer.Option(help="Name of the new model.")],
    backbone: Annotated[str, typer.Option(help="Folder of an encoder, or tiny.")],
    exclude_countries: Annotated[str | None, typer.Option(help="Leave out every user with a row from there.")] = None,
    steps: Steps = None,
    epochs: Epochs = None,
    lr: Rate = None,
    batch_pairs: Batch = None,
    frozen_layers: Frozen = None,
    max_length: MaxLength = None,
    seed: int = 0,
    json: Json = False,
) -> None:
    """Train a global model from all other people's pairs (unknown country included)."""
    from scpo.runs.datasets import load_dataset
    from scpo.stages.global_model import train_global

    store, settings = store_and_settings()
    base = TrainingConfig(epochs=1)
    if steps is not None:
        base = base.model_copy(update={"epochs": None})
    with Follower() as follow:
        record = train_global(
            store,
            load_dataset(store, data),
            name=name,
            backbone=backbone,
            exclude_countries=country_codes(exclude_countries, store, data),
            training=training_config(
                base, steps=steps, epochs=epochs, learning_rate=lr, batch_pairs=batch_pairs, frozen_layers=frozen_layers
            ),
            encoding=EncodingConfig() if max_length is None else EncodingConfig(max_length=max_length),
            seed=seed,
            settings=settings,
            on_progress=follow,
        )
    document = record.model_dump(mode="json")
    print_json(document) if json else print_table(["field", "value"], [[k, v] for k, v in document.items()])


@app.command()
def score(data: Data, model: Model, max_length: MaxLength = None, json: Json = False) -> None:
    """Compute rewards and features of every response; killed and called again, it goes on."""
    from scpo.pipeline import prepare

    store, settings = store_and_settings()
    encoding = None if max_length is None else EncodingConfig(max_length=max_length)
    with Follower() as follow:
        prepared = prepare(store, data=data, model=model, settings=settings, on_progress=follow, encoding=encoding)
    scores = prepared.inputs.scores
    document = {"key": scores.key, **scores.info.model_dump(mode="json")}
    print_json(document) if json else say(f"{scores.info.n_responses} responses scored, key {scores.key}")


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
    json: Json = False,
) -> None:
    """Finetune one reward model and evaluate it on all countries."""
    from scpo import pipeline
    from scpo.runs.reports import print_run

    store, settings = store_and_settings()
    given = {"learning_rate": lr, "batch_pairs": batch_pairs, "frozen_layers": frozen_layers}
    objective = ObjectiveConfig(method=_method(method), tau=tau, beta=beta, normalise_weights=normalise_weights)
    with Follower() as follow:
        record = pipeline.run_one(
            store,
            data=data,
            model=model,
            country=country_codes(country, store, data)[0],
            objective=objective,
            training=_budgeted(model, steps, epochs, given),
            seed=seed,
            settings=settings,
            on_progress=follow,
        )
    print_json(record.model_dump(mode="json")) if json else print_run(store, record)


@app.command()
def study(
    data: Data,
    model: Model,
    preset: Annotated[str, typer.Option(help="Only `paper` exists.")] = "paper",
    countries: Countries = None,
    methods: Annotated[str | None, typer.Option(help="Methods, comma separated.")] = None,
    seeds: Seeds = ",".join(map(str, PAPER_SEEDS)),
    tau: Annotated[str, typer.Option(help="Filter thresholds, comma separated.")] = str(DEFAULT_TAU),
    beta: Annotated[str, typer.Option(help="Weight temperatures, comma separated.")] = str(DEFAULT_BETA),
    steps: Steps = None,
    epochs: Epochs = None,
    lr: Rate = None,
    batch_pairs: Batch = None,
    frozen_layers: Frozen = None,
    budget_ladder: Annotated[str | None, typer.Option(help="Steps to try, comma separated.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the study.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until all runs are finished.")] = True,
    json: Json = False,
) -> None:
    """Run the product of countries, methods, settings and seeds, and evaluate each model on all countries."""
    from scpo import pipeline
    from scpo.runs.reports import print_study
    from scpo.runs.studies import StudyPlan

    if preset != "paper":
        raise InputError(f"no preset {preset}: the only one is paper")
    store, settings = store_and_settings()
    plan = StudyPlan(
        countries=tuple(country_codes(countries, store, data)),
        methods=tuple(_method(method) for method in as_list(methods)) or METHODS,
        taus=tuple(numbers(tau)),
        betas=tuple(numbers(beta)),
        seeds=tuple(int(seed) for seed in numbers(seeds)),
    )
    given = {"learning_rate": lr, "batch_pairs": batch_pairs, "frozen_layers": frozen_layers}
    with Follower() as follow:
        result = pipeline.run_study(
            store,
            name=name or f"{preset}-{data}-{Path(model).name}",
            data=data,
            model=model,
            plan=plan,
            training=_budgeted(model, steps, epochs, given),
            base=training_config(_base(model), **given),
            ladder=[int(step) for step in numbers(budget_ladder)] if budget_ladder else pipeline.BUDGET_LADDER,
            settings=settings,
            on_progress=follow,
        )
    print_json(result.study.model_dump(mode="json")) if json else print_study(store, result.study)
    for run_id, sentence in result.failures.items():
        say(f"run {run_id} failed: {sentence}")
    if result.failures:
        raise typer.Exit(1)


def _method(text: str) -> Method:
    if text not in METHODS:
        raise InputError(f"no method {text!r}: known are {', '.join(METHODS)}")
    return text


def _base(model: str) -> TrainingConfig:
    from scpo.model.registry import SAMPLE_MODEL
    from scpo.pipeline import DEFAULT_TRAINING, SAMPLE_STUDY_TRAINING

    return SAMPLE_STUDY_TRAINING if model == SAMPLE_MODEL else DEFAULT_TRAINING


def _budgeted(model: str, steps: int | None, epochs: float | None, given: dict[str, Any]) -> TrainingConfig | None:
    if steps is None and epochs is None:
        return None
    base = _base(model).model_dump() | {"steps": steps, "epochs": epochs}
    return TrainingConfig.model_validate(base | {key: value for key, value in given.items() if value is not None})


def main() -> None:
    """Run the command line; user errors become one line on stderr and an exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments, standalone_mode=True)
    except ScpoError as error:
        if debug:
            raise
        print(f"scpo: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except ValidationError as error:
        if debug:
            raise
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or error.title
        print(f"scpo: {where}: {first['msg']} (given: {first['input']!r})", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
