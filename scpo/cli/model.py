"""``scpo model``: global reward models."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import Follower, print_json, print_table
from scpo.cli.options import (
    Data,
    Json,
    MaxLength,
    ReadContext,
    country_codes,
    store_and_settings,
)
from scpo.cli.training import Given, asked_training, trains
from scpo.config import UNSEEN_SHARE, EncodingConfig, TrainingConfig
from scpo.words import counted

app = typer.Typer(no_args_is_help=True, help="Global reward models.")


@app.command("list")
def model_list(json: Json = False) -> None:
    """List the registered models and the global models trained here."""
    from scpo.models import REGISTRY
    from scpo.store.models import list_models

    rows = [[m.name, m.hub_id or "built here", m.licence, m.note] for m in REGISTRY.values()]
    rows += [
        [
            m.name,
            "trained here",
            "",
            f"{m.backbone} on {m.dataset}, {counted(m.n_pairs, 'pair')}, {counted(m.n_users, 'user')}",
        ]
        for m in list_models(store_and_settings()[0])
        if m.name not in REGISTRY
    ]
    if json:
        print_json([dict(zip(("name", "origin", "licence", "note"), row, strict=True)) for row in rows])
        return
    print_table(["name", "origin", "licence", "note"], rows)


@app.command("show")
def model_show(ref: str, json: Json = False) -> None:
    """Show one model: what it is, and for a model trained here its data and its accuracy on held-out users."""
    from scpo.models import lookup
    from scpo.store.models import named_model

    record = named_model(store_and_settings()[0], ref)
    document = record.model_dump(mode="json") if record else {k: str(v) for k, v in vars(lookup(ref)).items()}
    if json:
        print_json(document)
        return
    print_table(["field", "value"], [[key, value] for key, value in document.items()])


@app.command("train-global")
@trains
def model_train_global(
    data: Data,
    name: Annotated[str, typer.Option(help="Name of the new model.")],
    backbone: Annotated[str, typer.Option(help="Folder of an encoder, or tiny.")],
    given: Given,
    exclude_countries: Annotated[str | None, typer.Option(help="Leave out every user with a row from there.")] = None,
    unseen: Annotated[
        float, typer.Option(help="Share of every community's training users left out, to choose budgets on; 0: nobody.")
    ] = UNSEEN_SHARE,
    max_length: MaxLength = None,
    context: ReadContext = None,
    seed: int = 0,
    json: Json = False,
) -> None:
    """Train a global model from all other people's pairs (unknown country included)."""
    from scpo.jobs.signs import Signing
    from scpo.store.datasets import load_dataset
    from scpo.work.global_model import train_global

    store, settings = store_and_settings(writes=True)
    encoding = {"max_length": max_length, "context": context}
    training, one_pass = asked_training(TrainingConfig(epochs=1), given)
    signing = Signing(store, f"train-{name}", f"global model {name}", dataset=data, model=name)
    with signing as sign, Follower(sign) as follow:
        record = train_global(
            store,
            load_dataset(store, data),
            name=name,
            backbone=backbone,
            exclude_countries=country_codes(exclude_countries, store, data),
            training=training or one_pass,
            encoding=EncodingConfig.model_validate({k: v for k, v in encoding.items() if v is not None}),
            seed=seed,
            settings=settings,
            on_progress=follow,
            unseen_share=unseen,
        )
    document = record.model_dump(mode="json")
    print_json(document) if json else print_table(["field", "value"], [[k, v] for k, v in document.items()])
