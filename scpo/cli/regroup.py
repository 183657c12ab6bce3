"""``scpo data regroup``: the same data with other communities."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import print_json, say
from scpo.cli.options import Json, store_and_settings


def data_regroup(
    name: str,
    new_name: str,
    group: Annotated[str, typer.Option("--group", help="Survey answer, or several and country, comma separated.")],
    json: Json = False,
) -> None:
    """Register data set NAME again as NEW_NAME with other communities; split and scores stay."""
    from scpo.cli.reports import print_info
    from scpo.data.communities import group_columns
    from scpo.work.regroup import regroup

    store, _ = store_and_settings(writes=True)
    info = regroup(store, name, new_name, group_columns(group))
    if json:
        print_json(info.model_dump(mode="json"))
        return
    print_info(info)
    for note in info.report.notes:
        say(note)
