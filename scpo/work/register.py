"""Read a source and register it as a data set."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from scpo.config import Record, SplitConfig
from scpo.data.choice_weight import ChoiceWeight
from scpo.data.communities import group_columns, regrouped
from scpo.data.limits import LIMITS, Limits
from scpo.data.sources import known_source, read_source
from scpo.data.sources.reading import Reading
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError
from scpo.measures.families import TOO_FEW_USERS
from scpo.names import checked_name
from scpo.settings import Settings
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.store.files import read_sums, write_sealed
from scpo.words import joined
from scpo.work.room import bytes_of, need_room


def add_dataset(
    store: Store,
    name: str,
    *,
    source: str,
    settings: Settings,
    path: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    group: str | None = None,
    winner: str | None = None,
    split: SplitConfig | None = None,
    limits: Limits = LIMITS,
    choice_weight: ChoiceWeight = "per-pair",
) -> DatasetInfo:
    """Read a source and register it under a name (`scpo.names`); without a split it gets the source's own.

    What was asked is kept with the tables, and a copy of the raw files up to `MOST_RAW` bytes: `rebuild` reads it.
    """
    checked_name(name)
    if choice_weight == "per-choice" and known_source(source).unit == "question":
        raise InputError(f"{source} holds no choices of persons: leave out --choice-weight")
    asked = Asked(
        source=source,
        path=None if path is None else str(path.absolute() if path.exists() else path),
        mapping=dict(mapping or {}),
        group=group,
        winner=winner,
        split=split,
        choice_weight=choice_weight,
        limits=limits,
    )
    return _registered(store, name, asked, settings)


class Asked(Record):
    """`asked.json` of a data set: what it was read from, and how."""

    format_version: int = 1
    source: str
    path: str | None
    mapping: dict[str, str]
    group: str | None
    winner: str | None
    split: SplitConfig | None
    choice_weight: ChoiceWeight
    limits: Limits = LIMITS


ASKED, RAW = "asked.json", "raw"
MOST_RAW = 2**30
"""Bytes of raw files of which a copy is kept; larger ones are read again where they lay."""


def rebuild(
    store: Store, name: str, broken: Path, settings: Settings, *, known: DatasetInfo | None = None
) -> DatasetInfo:
    """Register a data set again from what is kept in its broken folder: what was asked, and the raw files.

    Parameters
    ----------
    known : DatasetInfo, optional
        Its record: of a data set that was registered before this was kept, what is published or generated is read.

    Raises
    ------
    ScpoError
        If that is not kept, is broken itself, or cannot be read any more.
    """
    if known is not None and not (broken / ASKED).is_file():
        asked = Asked(
            source=known.source,
            path=None,
            mapping={},
            group=None if known.group == "country" else known.group,
            winner=None,
            split=known.split,
            choice_weight=known.choice_weight,
        )
    else:
        asked = store.read_record(broken / ASKED, Asked, what=f"note of how {name} was read")
    kept = next((broken / RAW).iterdir(), None) if (broken / RAW).is_dir() else None
    if kept is not None:
        sums = read_sums(broken)
        for path in [kept] if kept.is_file() else [one for one in kept.rglob("*") if one.is_file()]:
            store.check_file(path, sums.get(str(path.relative_to(broken)), ""))
    return _registered(store, name, asked, settings, kept=kept)


def _registered(store: Store, name: str, asked: Asked, settings: Settings, *, kept: Path | None = None) -> DatasetInfo:
    read = kept or (None if asked.path is None else Path(asked.path))
    size = bytes_of(read) if read is not None and read.exists() else 0
    need_room(store.root, size + min(size, MOST_RAW), f"data set {name}")  # its tables, and the copy of its raw files
    reading = Reading(asked.source, read, asked.mapping, asked.group, TOO_FEW_USERS, asked.winner)
    loaded = read_source(reading, offline=settings.offline, token=settings.hf_token, limits=asked.limits)

    def keep(folder: Path) -> None:
        write_sealed(folder / ASKED, asked.model_dump(mode="json"))
        if read is not None and read.exists() and size <= MOST_RAW:
            (folder / RAW).mkdir()
            copy = shutil.copytree if read.is_dir() else shutil.copyfile
            copy(read, folder / RAW / read.name)

    return datasets.register(
        store,
        name,
        loaded.tables,
        source=asked.source,
        location=loaded.location if kept is None or asked.path is None else asked.path,
        revision=loaded.revision,
        licence=loaded.source.licence,
        citation=loaded.source.citation,
        split=asked.split or loaded.source.split,
        group=joined(group_columns(asked.group)) if asked.group else "country",
        choice_weight=asked.choice_weight,
        keep=keep,
    )


def regroup(store: Store, name: str, new_name: str, columns: Sequence[str]) -> DatasetInfo:
    """Register a stored data set under another name with other communities.

    The split into training and test users stays, and so do the responses: global models that were trained on the old
    data set have not seen the test users of the new one, and its scores serve both.

    Parameters
    ----------
    columns : sequence of str
        ``country`` and survey answers; see `scpo.data.communities.regrouped`.
    """
    checked_name(new_name)
    if new_name == name:
        raise InputError(f"{name} keeps its communities: choose another name for the data set with other ones")
    info = datasets.load_info(store, name)
    tables = regrouped(datasets.load_tables(store, name), columns, group=info.group, least_users=TOO_FEW_USERS)
    return datasets.register(
        store,
        new_name,
        tables,
        source=info.source,
        location=info.location,
        revision=info.revision,
        licence=info.licence,
        citation=info.citation,
        split=info.split,
        group=joined(columns),
        choice_weight=info.choice_weight,
    )
