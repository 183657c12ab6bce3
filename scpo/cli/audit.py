"""``scpo audit``: who has asked for what, on the pages and on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import Json, store_and_settings
from scpo.store.audit import FILE, read_lines
from scpo.words import counted

app = typer.Typer()


@app.command()
def audit(
    last: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many lines, the newest.")] = 100,
    json: Json = False,
) -> None:
    """Show who has started, cancelled, uploaded, exported, mended or removed what, and who was refused."""
    store, _ = store_and_settings()
    lines, broken = read_lines(store, last)
    if broken:
        say(f"{counted(broken, 'line')} of {store.root / FILE} cannot be read")
    if json:
        print_json([line.model_dump(mode="json") for line in lines])
        return
    print_table(
        ["at", "who", "via", "role", "what", "about", "allowed"],
        [
            [line.at, line.who, line.via, line.role, line.what, line.about, "yes" if line.allowed else "no"]
            for line in lines
        ],
    )
