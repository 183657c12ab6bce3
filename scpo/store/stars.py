"""Starred pairs of a data set: what someone wants to come back to, or to show in a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from scpo.errors import InputError
from scpo.store.cache import Store, now, write_json


class Star(BaseModel):
    """A pair and the moment it was starred."""

    model_config = ConfigDict(extra="forbid")

    pair_id: str
    starred_at: str


class Stars(BaseModel):
    """`stars.json`: the starred pairs of a data set, oldest first."""

    model_config = ConfigDict(extra="forbid")

    format_version: int = 1
    dataset: str
    """Name of the data set: stars outlive a new registration, because ids of pairs are stable across loads."""

    pairs: list[Star] = Field(default_factory=list)


def _file(store: Store, dataset: str) -> Path:
    return store.folder("stars", dataset) / "stars.json"


def _read(store: Store, dataset: str) -> Stars:
    path = _file(store, dataset)
    if not path.is_file():
        return Stars(dataset=dataset)
    return store.read_record(path, Stars, what=f"list of starred pairs of {dataset}", entry=path.parent)


def read_stars(store: Store, dataset: str) -> list[str]:
    """List the starred pairs of a data set by id, oldest first."""
    return [star.pair_id for star in _read(store, dataset).pairs]


def star(store: Store, dataset: str, pair_ids: Sequence[str], *, starred: bool = True) -> list[str]:
    """Star pairs of a data set, or take their stars away; return all starred pairs.

    Raises
    ------
    InputError
        If an id is empty.
    StoreError
        If another process changes the list at this very moment.
    """
    if not all(pair_ids):
        raise InputError("a pair without id cannot be starred")
    with store.lock(f"stars-{dataset}", busy="the stars are being changed elsewhere; try again"):
        before = _read(store, dataset).pairs
        if starred:
            known, moment = {one.pair_id for one in before}, now()
            new = [Star(pair_id=one, starred_at=moment) for one in dict.fromkeys(pair_ids) if one not in known]
            after = [*before, *new]
        else:
            after = [one for one in before if one.pair_id not in pair_ids]
        write_json(_file(store, dataset), Stars(dataset=dataset, pairs=after).model_dump(mode="json"))
    return [one.pair_id for one in after]
