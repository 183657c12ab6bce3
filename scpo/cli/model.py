"""``scpo model``: global reward models, and models from elsewhere to compare with."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import (
    Data,
    Json,
    MaxLength,
    ReadContext,
    Seed,
    country_codes,
    following,
    say_broken,
    store_and_settings,
    within,
)
from scpo.cli.training import Given, asked_training, trains
from scpo.config import UNSEEN_SHARE, EncodingConfig, Share, TrainingConfig
from scpo.errors import InputError
from scpo.names import plain_name
from scpo.words import counted

app = typer.Typer(name="model", no_args_is_help=True, help="Reward models: global ones, and those from elsewhere.")


@app.command("list")
def model_list(json: Json = False) -> None:
    """List the registered models, the global models trained here, and those added from elsewhere."""
    from scpo.methods import TRAINING_UNKNOWN
    from scpo.models import REGISTRY
    from scpo.store.externals import list_externals
    from scpo.store.models import list_models

    store, _ = store_and_settings()
    say_broken(store, "models", "externals")
    added = list_externals(store)
    rows = [[m.name, m.hub_id or "built here", m.licence, m.note] for m in REGISTRY.values()]
    rows = [row for row in rows if row[0] not in {one.name for one in added}]
    rows += [
        [
            m.name,
            "trained here",
            "",
            f"{m.backbone} on {m.dataset}, {counted(m.n_pairs, 'pair')}, {counted(m.n_users, 'user')}",
        ]
        for m in list_models(store)
        if m.name not in REGISTRY
    ]
    rows += [
        [m.name, m.ref, m.licence or "unknown", f"from elsewhere, for {m.trained_for}; {TRAINING_UNKNOWN}"]
        for m in added
    ]
    if json:
        print_json([dict(zip(("name", "origin", "licence", "note"), row, strict=True)) for row in rows])
        return
    print_table(["name", "origin", "licence", "note"], rows)


@app.command("show")
def model_show(ref: str, json: Json = False) -> None:
    """Show one model: what it is, and for a model trained here its data and its accuracy on held-out users."""
    from scpo.methods import TRAINING_UNKNOWN
    from scpo.references import lookup
    from scpo.store.externals import has_external, read_external
    from scpo.store.models import named_model

    store, _ = store_and_settings()
    record = named_model(store, ref)
    if has_external(store, ref):
        document = read_external(store, ref).model_dump(mode="json") | {"training": TRAINING_UNKNOWN, "held_out": None}
    else:
        document = record.model_dump(mode="json") if record else {k: str(v) for k, v in vars(lookup(ref)).items()}
    if json:
        print_json(document)
        return
    print_table(["field", "value"], [[key, value] for key, value in document.items()])


@app.command("add")
def model_add(
    ref: Annotated[str, typer.Argument(help="Folder written by save_pretrained, hub id[@revision], or registry name.")],
    trained_for: Annotated[
        str | None, typer.Option("--for", help="Whose model it is: country code, name, or community of --data.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its name here; the last part of REF if not given.")] = None,
    setting: Annotated[
        str | None,
        typer.Option(help="What models of several countries that belong together share; its name if not given."),
    ] = None,
    data: Annotated[str | None, typer.Option("--data", help="Data set whose communities are no countries.")] = None,
    json: Json = False,
) -> None:
    """Add a reward model from elsewhere, to be scored and compared with a study's models of the same country."""
    from pathlib import Path

    from scpo.methods import TRAINING_UNKNOWN
    from scpo.models import PUBLISHED, registered
    from scpo.store.datasets import load_dataset
    from scpo.store.externals import add_external
    from scpo.work.score import identify_model

    store, settings = store_and_settings(writes=True)
    row = registered(ref)
    whose = trained_for or (row.trained_for if row else None)
    if whose is None:
        raise InputError("whose model is it? --for takes a country, or with --data one of its communities")
    communities = (
        [whose] if data and whose in load_dataset(store, data).countries else country_codes(whose, store, data or "")
    )
    if len(communities) != 1:
        raise InputError(f"--for {whose!r} must name one community")
    if data:
        load_dataset(store, data).check(communities)
    own = name or (row.name if row else plain_name(Path(ref.partition("@")[0]).expanduser().resolve().name))
    published = row is not None and row.trained_for is not None
    record = add_external(
        store,
        identify_model(store, ref, settings),
        name=own,
        trained_for=communities[0],
        setting=setting or (PUBLISHED if published else own),
        ref=ref,
        licence=row.licence if row else None,
    )
    if json:
        print_json(record.model_dump(mode="json") | {"training": TRAINING_UNKNOWN})
        return
    say(f"{record.name}, for {record.trained_for}: {TRAINING_UNKNOWN}")
    say(f"`scpo score --data {data or 'NAME'} --model {record.name}` brings it onto the pages Trade-off and Bias")


@app.command("remove", hidden=True)
@app.command("rm")
def model_remove(name: str, json: Json = False) -> None:
    """Delete a global model trained here, with its scores, unless it is needed; forget one from elsewhere."""
    from scpo.jobs.removal import remove_model
    from scpo.store.externals import has_external, remove_external

    store, _ = store_and_settings(writes=True)
    if has_external(store, name):
        forgotten = remove_external(store, name)
        record, said = forgotten.model_dump(mode="json"), f"{name}, for {forgotten.trained_for}, is forgotten"
    else:
        record, said = remove_model(store, name).model_dump(mode="json"), f"model {name} is removed"
    print_json(record) if json else say(said)


@app.command("train-global")
@trains
def model_train_global(
    data: Data,
    name: Annotated[str, typer.Option(help="Name of the new model.")],
    backbone: Annotated[str, typer.Option(help="Folder of an encoder, or tiny.")],
    given: Given,
    exclude_countries: Annotated[str | None, typer.Option(help="Leave out every user with a row from there.")] = None,
    unseen: Annotated[
        float,
        typer.Option(
            help="Share of every community's training users left out, to choose budgets on; 0: nobody.",
            callback=within(Share),
        ),
    ] = UNSEEN_SHARE,
    max_length: MaxLength = None,
    context: ReadContext = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Train a global model from all other people's pairs (unknown country included)."""
    from scpo.store.datasets import load_dataset
    from scpo.store.externals import has_external
    from scpo.store.models import new_model_name
    from scpo.work.context import Work
    from scpo.work.global_model import train_global

    store, settings = store_and_settings(writes=True)
    if has_external(store, new_model_name(name)):
        raise InputError(f"{name} is the name of a model from elsewhere: choose another with --name")
    encoding = {"max_length": max_length, "context": context}
    training, one_pass = asked_training(TrainingConfig(epochs=1), given)
    title = f"global model {name}"
    with following(store, settings, f"train-{name}", title, dataset=data, model=name, keep=True) as follow:
        record = train_global(
            Work(store, settings, follow),
            load_dataset(store, data),
            name=name,
            backbone=backbone,
            exclude_countries=country_codes(exclude_countries, store, data),
            training=training or one_pass,
            encoding=EncodingConfig.model_validate({k: v for k, v in encoding.items() if v is not None}),
            seed=seed,
            unseen_share=unseen,
        )
    document = record.model_dump(mode="json")
    print_json(document) if json else print_table(["field", "value"], [[k, v] for k, v in document.items()])
