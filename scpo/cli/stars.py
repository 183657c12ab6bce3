"""``scpo stars``: what is starred in a data set, its order and its notes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from scpo.cli.console import print_json, print_table
from scpo.cli.options import Data, Json, store_and_settings
from scpo.errors import InputError
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.stars import Change, Star, change, moved, noted, read_stars, without

app = typer.Typer(name="stars", no_args_is_help=True, help="Starred pairs and views: the slides of a data set.")

MOST_DIGITS = 9
"""Of the number of a slide; a longer one can only be a name."""

Which = Annotated[str, typer.Argument(help="Number of the slide, or the name that --json gives.")]


@app.command("list")
def list_stars(data: Data, json: Json = False) -> None:
    """List the starred pairs and views in the order of the slides, with their notes."""
    store, settings = store_and_settings()
    _print(_known(store, settings, data), json=json)


@app.command("note")
def note(
    which: Which,
    words: Annotated[str, typer.Argument(help="The note, plain text; empty takes it away.")],
    data: Data,
    json: Json = False,
) -> None:
    """Write the note of a slide."""
    _change(data, which, lambda key: partial(noted, key=key, note=words), json=json)


@app.command("move")
def move(
    which: Which,
    number: Annotated[int, typer.Argument(help="Its new number, from 1.")],
    data: Data,
    json: Json = False,
) -> None:
    """Move a slide to another place."""
    _change(data, which, lambda key: partial(moved, key=key, place=number - 1), json=json)


@app.command("remove")
def remove(which: Which, data: Data, json: Json = False) -> None:
    """Take a star away; the data stay."""
    _change(data, which, lambda key: partial(without, keys=[key]), json=json)


def _known(store: Store, settings: Settings, data: str) -> list[Star]:
    found = read_stars(store, data, whose=settings.stars_of)
    if not found:
        load_info(store, data)  # no stars and no data set: the name is wrong
    return found


def _change(data: str, which: str, how: Callable[[str], Change], *, json: bool) -> None:
    store, settings = store_and_settings(writes=True)
    key = _key(_known(store, settings, data), which)
    _print(change(store, data, how(key), whose=settings.stars_of), json=json)


def _key(stars: list[Star], which: str) -> str:
    """Return the name of a star that is called by its number or its name."""
    if which.isascii() and which.isdigit() and len(which) <= MOST_DIGITS:
        if not 1 <= int(which) <= len(stars):
            raise InputError(f"there is no slide {which}: {len(stars)} are starred")
        return stars[int(which) - 1].key
    if which not in {one.key for one in stars}:
        raise InputError(f"nothing is starred as {which!r}: `scpo stars list` shows the names")
    return which


def _print(stars: list[Star], *, json: bool) -> None:
    if json:
        print_json([{"star": one.key, "title": one.title, **one.model_dump(mode="json")} for one in stars])
        return
    rows = [(number, one.key, one.title, one.note) for number, one in enumerate(stars, 1)]
    print_table(("slide", "star", "title", "note"), rows)
