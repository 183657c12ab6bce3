"""Starred pairs and views of a data set: what someone wants to come back to, and the slides they are shown as.

A pair is a name: its texts lie with the data. A view is kept as it was drawn when it was starred, so that a slide says
tomorrow what it says today, and needs nothing but itself. The list is small and read by every page; each view lies in a
file of its own. Once people log in each has stars of their own: `whose` is what their files are called, None the stars
that all share where nobody logs in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from scpo.config import FixedRecord, Record
from scpo.errors import InputError
from scpo.store.cache import Store, now, write_sealed

MOST_NOTE = 1_000
"""Characters of a note."""

MOST_BYTES = 4_000_000
"""Bytes of a view with its drawings and its table."""

Migration = Callable[[dict[str, Any]], dict[str, Any]]


class PairStar(FixedRecord):
    """A starred pair."""

    kind: Literal["pair"] = "pair"
    pair_id: str = Field(min_length=1)
    note: str = Field(default="", max_length=MOST_NOTE)
    """What someone wants to say about it; plain text."""

    starred_at: str = Field(default_factory=now)

    @property
    def key(self) -> str:
        """Return its name in the list: a pair and a view may be called the same."""
        return f"pair:{self.pair_id}"

    @property
    def title(self) -> str:
        """Return how it is called in a list."""
        return f"Pair {self.pair_id}"


class ViewStar(FixedRecord):
    """A starred view: where it was seen, and the name of what it showed."""

    kind: Literal["view"] = "view"
    view: str = Field(pattern="^[0-9a-f]{16}$")
    """Hash of what it showed: name of its file."""

    figure: str
    title: str
    """The finding."""

    page: str
    query: str
    """Page and query string of the address at which it can be seen alive."""

    note: str = Field(default="", max_length=MOST_NOTE)
    starred_at: str = Field(default_factory=now)

    @property
    def key(self) -> str:
        """Return its name in the list."""
        return f"view:{self.view}"


Star = Annotated[PairStar | ViewStar, Field(discriminator="kind")]
Change = Callable[[list[Star]], list[Star]]
"""Makes a new list of an old one."""


class View(FixedRecord):
    """What a starred figure showed, all of it JSON."""

    format_version: int = 1
    figure: str
    title: str
    subtitle: str
    caption: str
    alt: str
    how: str
    """How it was computed; Markdown."""

    light: dict[str, Any]
    dark: dict[str, Any]
    """The drawings as Vega-Lite, with their data."""

    columns: list[tuple[str, str, str]]
    """Of the table: name, heading and kind."""

    table: dict[str, list[Any]]
    """By column; fractions, unknown is null."""

    least_width: int
    """Narrowest plot that stays readable, in pixels."""


def _with_kinds(value: dict[str, Any]) -> dict[str, Any]:
    """Make a list of both kinds of a list of pairs."""
    kept = {name: one for name, one in value.items() if name != "pairs"}
    return kept | {"format_version": 2, "stars": [{"kind": "pair", **one} for one in value.get("pairs", [])]}


class Stars(Record):
    """`stars.json`: what is starred in a data set, in the order of the slides."""

    MIGRATIONS: ClassVar[dict[int, Migration]] = {1: _with_kinds}

    format_version: int = 2
    dataset: str
    """Name of the data set: stars outlive a new registration, because ids of pairs are stable across loads."""

    stars: list[Star] = Field(default_factory=list)


def with_star(stars: list[Star], star: Star) -> list[Star]:
    """Return the list with a star at its end; one that is there keeps its place and its note."""
    return stars if any(one.key == star.key for one in stars) else [*stars, star]


def without(stars: list[Star], keys: Collection[str]) -> list[Star]:
    """Return the list without some stars; one that is not there is no error."""
    return [one for one in stars if one.key not in keys]


def noted(stars: list[Star], key: str, note: str) -> list[Star]:
    """Return the list with another note on a star.

    Raises
    ------
    InputError
        If there is no such star, or the note is too long.
    """
    note = note.strip()
    if len(note) > MOST_NOTE:
        raise InputError(f"the note has {len(note):,} characters: shorten it to {MOST_NOTE:,}")
    place = _place(stars, key)
    return [*stars[:place], stars[place].model_copy(update={"note": note}), *stars[place + 1 :]]


def moved(stars: list[Star], key: str, place: int) -> list[Star]:
    """Return the list with a star at a place, counted from 0; beyond an end it stands at that end.

    Raises
    ------
    InputError
        If there is no such star.
    """
    star = stars[_place(stars, key)]
    rest = without(stars, [key])
    place = min(max(0, place), len(rest))
    return [*rest[:place], star, *rest[place:]]


def _place(stars: list[Star], key: str) -> int:
    for place, one in enumerate(stars):
        if one.key == key:
            return place
    raise InputError(f"nothing is starred as {key!r}: list the stars to see their names")


def starred_pairs(stars: Iterable[Star]) -> list[str]:
    """List the ids of the starred pairs, in the order of the list."""
    return [one.pair_id for one in stars if isinstance(one, PairStar)]


def read_stars(store: Store, dataset: str, *, whose: str | None = None) -> list[Star]:
    """List what is starred in a data set, in order."""
    return _read(store, dataset, whose).stars


def has_view(store: Store, dataset: str, view: str, *, whose: str | None = None) -> bool:
    """Tell whether what a starred view showed is there."""
    return _view_file(store, dataset, view, whose).is_file()


def read_view(store: Store, dataset: str, view: str, *, whose: str | None = None) -> View:
    """Read what a starred view showed.

    Raises
    ------
    InputError
        If it is not there.
    """
    path = _view_file(store, dataset, view, whose)
    return store.read_record(path, View, what=f"starred view {view} of {dataset}")


def change(
    store: Store,
    dataset: str,
    how: Change,
    *,
    views: Collection[tuple[str, View]] = (),
    whose: str | None = None,
) -> list[Star]:
    """Change the list of a data set and return it; files of views that are not in it any more are removed.

    Parameters
    ----------
    how : callable
        Makes the new list of the one that is stored.
    views : collection of (str, View)
        Views that are new in the list, by the hash of what they show.

    Raises
    ------
    InputError
        If a view is too large, or what `how` raises.
    StoreError
        If another process changes the list at this very moment.
    """
    for _, view in views:
        check_size(view)
    with store.lock(f"stars-{dataset}", busy="the stars are being changed elsewhere; try again"):
        after = how(_read(store, dataset, whose).stars)
        for name, view in views:
            write_sealed(_view_file(store, dataset, name, whose), view.model_dump(mode="json"))
        write_sealed(_file(store, dataset, whose), Stars(dataset=dataset, stars=after).model_dump(mode="json"))
        listed = {one.view for one in after if isinstance(one, ViewStar)}
        for path in _view_file(store, dataset, "any", whose).parent.glob("*.json"):
            if path.stem not in listed:
                path.unlink(missing_ok=True)
    return after


def check_size(view: View) -> None:
    """Refuse a view that is too large to keep.

    Raises
    ------
    InputError
        If it has more than `MOST_BYTES`.
    """
    size = len(view.model_dump_json().encode())
    if size > MOST_BYTES:
        raise InputError(
            f"this view has {size / 1e6:.1f} MB, and a star keeps at most {MOST_BYTES / 1e6:.0f}: "
            "choose fewer countries, and star it again"
        )


def _folder(store: Store, dataset: str, whose: str | None) -> Path:
    return store.folder("stars" if whose is None else f"stars-of/{whose}", dataset)


def _file(store: Store, dataset: str, whose: str | None) -> Path:
    return _folder(store, dataset, whose) / "stars.json"


def _view_file(store: Store, dataset: str, view: str, whose: str | None) -> Path:
    return _folder(store, dataset, whose) / "views" / f"{view}.json"


def _read(store: Store, dataset: str, whose: str | None) -> Stars:
    path = _file(store, dataset, whose)
    if not path.is_file():
        return Stars(dataset=dataset)
    return store.read_record(path, Stars, what=f"list of stars of {dataset}")
