"""``scpo export``: take a finished run's model away."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import Follower, print_json, say
from scpo.cli.options import Json, Level, store_and_settings

app = typer.Typer()


@app.command("export")
def export(
    run: Annotated[str, typer.Argument(help="Id of a finished run.")],
    target: Annotated[str, typer.Argument(help="New folder, or hub:OWNER/NAME.")],
    adapter: Annotated[bool, typer.Option("--adapter", help="Only the low-rank adapters (LoRA), not merged.")] = False,
    public: Annotated[bool, typer.Option("--public", help="Let everybody read a new repository of the hub.")] = False,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Export a run's model to a folder, or to the hub, that plain transformers loads, with its model card."""
    from scpo.work.context import Work
    from scpo.work.export import export_run

    store, settings = store_and_settings()
    with Follower() as follow:
        work = Work(store, settings, follow)
        found = export_run(work, run, target, adapter=adapter, public=public, level=level)
    if json:
        print_json(found)
        return
    typer.echo(found["where"])
    say(f"{len(found['files'])} files, {found['bytes'] / 1e6:,.1f} MB; README.md is the model card")
