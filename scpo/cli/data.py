"""``scpo data``: register and inspect data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import (
    Group,
    Json,
    Limit,
    Mapping,
    PathOption,
    Source,
    Winner,
    column_mapping,
    say_broken,
    store_and_settings,
)
from scpo.config import SplitConfig
from scpo.data.limits import stated_limits
from scpo.data.sources import known_source

app = typer.Typer(name="data", no_args_is_help=True, help="Register and inspect data sets.")


@app.command("add")
def data_add(
    name: str,
    source: Source,
    path: PathOption = None,
    mapping: Mapping = None,
    group: Group = None,
    winner: Winner = None,
    split: Annotated[str | None, typer.Option(help="reference, stratified, or prompts (apart).")] = None,
    test_fraction: Annotated[float | None, typer.Option(help="Share of users that test.")] = None,
    choice_weight: Annotated[
        str, typer.Option(help="What the k pairs of a choice weigh in training: per-pair (1), or per-choice (1/k).")
    ] = "per-pair",
    limit: Limit = None,
    json: Json = False,
) -> None:
    """Read a source and register it as data set NAME."""
    from scpo.data.choice_weight import known_choice_weight
    from scpo.store.last_used import remember_used
    from scpo.work.register import add_dataset

    store, settings = store_and_settings(writes=True)
    default = known_source(source).split
    wanted = {"kind": split, "test_fraction": test_fraction}
    info = add_dataset(
        store,
        name,
        source=source,
        settings=settings,
        path=path,
        mapping=column_mapping(mapping),
        group=group,
        winner=winner,
        choice_weight=known_choice_weight(choice_weight),
        limits=stated_limits(limit or ()),
        split=SplitConfig.model_validate(
            {**default.model_dump(), **{key: value for key, value in wanted.items() if value is not None}}
        ),
    )
    remember_used(store, info.name)
    _print_info(info, json, notes=True)


@app.command("list")
def data_list(json: Json = False) -> None:
    """List the registered data sets."""
    from scpo.store.datasets import list_infos

    store, _ = store_and_settings()
    infos = list_infos(store)
    say_broken(store, "datasets")
    if json:
        print_json([info.model_dump(mode="json", exclude={"report"}) for info in infos])
        return
    rows = [[i.name, i.source, i.counts["users"], i.counts["utterances"], i.counts["pairs"], i.key] for i in infos]
    print_table(["name", "source", "users", "responses", "pairs", "key"], rows)


@app.command("show")
def data_show(name: str, json: Json = False) -> None:
    """Show one data set: counts, licence, split, what was dropped and why."""
    from scpo.store.datasets import load_info

    _print_info(load_info(store_and_settings()[0], name), json)


@app.command("regroup")
def data_regroup(
    name: str,
    new_name: str,
    group: Annotated[str, typer.Option("--group", help="Survey answer, or several and country, comma separated.")],
    json: Json = False,
) -> None:
    """Register data set NAME again as NEW_NAME with other communities; split and scores stay."""
    from scpo.data.communities import group_columns
    from scpo.work.register import regroup

    store, _ = store_and_settings(writes=True)
    info = regroup(store, name, new_name, group_columns(group))
    _print_info(info, json, notes=True)


@app.command("remove", hidden=True)
@app.command("rm")
def data_remove(name: str) -> None:
    """Delete a data set and its scores; refused while a run, a study or work under way refers to it."""
    from scpo.jobs.removal import remove_dataset

    store, _ = store_and_settings(writes=True)
    remove_dataset(store, name)
    say(f"data set {name} is removed")


@app.command("check")
def data_check(
    file: Path,
    source: Source,
    mapping: Mapping = None,
    group: Group = None,
    winner: Winner = None,
    limit: Limit = None,
    json: Json = False,
) -> None:
    """Read a file and report what would be kept and dropped; nothing is stored."""
    from scpo.cli.reports import print_check
    from scpo.results.check import check_file

    document = check_file(
        source,
        file,
        mapping=column_mapping(mapping),
        group=group,
        winner=winner,
        limits=stated_limits(limit or ()),
    )
    print_json(document) if json else print_check(document)


def _print_info(info: Any, json: bool, *, notes: bool = False) -> None:
    from scpo.cli.reports import print_info

    print_json(info.model_dump(mode="json")) if json else print_info(info)
    for note in info.report.notes if notes and not json else []:
        say(note)
