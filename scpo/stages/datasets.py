"""Read a source and register it as a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from scpo.config import SplitConfig
from scpo.data import global_opinions, pairs_file, prism, sample
from scpo.data.tables import DatasetInfo, LoadReport, Tables
from scpo.errors import InputError
from scpo.runs import datasets
from scpo.runs.store import Store
from scpo.settings import Settings

Source = Literal["prism", "global-opinions", "pairs", "sample"]

SAMPLE_SPLIT = SplitConfig(kind="stratified", test_fraction=0.25)
"""The sample's split: a quarter of the users, so that every country has at least ten test users."""

PRISM_SPLIT = SplitConfig(kind="reference")
OWN_SPLIT = SplitConfig(kind="stratified")


class Loaded(NamedTuple):
    """A source that was read, with what is known about it."""

    tables: Tables
    location: str
    revision: str | None
    licence: str
    citation: str | None
    split: SplitConfig


def read_source(
    source: Source, *, path: Path | None, mapping: Mapping[str, str], group: str | None, settings: Settings
) -> Loaded:
    """Read the raw files of a source; nothing is stored."""
    if source not in get_args(Source):
        raise InputError(f"no source {source!r}: known are {', '.join(get_args(Source))}")
    if source == "global-opinions":
        raise InputError(
            "GlobalOpinionQA holds no preference pairs: read it with `scpo data check --source global-opinions`"
        )
    if source == "sample":
        tables = sample.generate_sample()
        return Loaded(tables, "generated, seed 0", None, "Apache-2.0 (generated text)", None, SAMPLE_SPLIT)
    if source == "prism":
        revision = None if path else prism.PRISM_REVISION
        folder = path or prism.fetch_prism(offline=settings.offline, token=settings.hf_token)
        location = str(path) if path else "HannahRoseKirk/prism-alignment"
        return Loaded(
            prism.load_prism(folder), location, revision, prism.PRISM_LICENCE, prism.PRISM_CITATION, PRISM_SPLIT
        )
    if path is None:
        raise InputError(f"--source {source} needs --path FILE")
    tables = pairs_file.load_pairs_file(path, mapping=mapping, group=group)
    return Loaded(tables, path.name, None, "as stated by the owner of the file", None, OWN_SPLIT)


def add_dataset(
    store: Store,
    name: str,
    *,
    source: Source,
    settings: Settings,
    path: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    group: str | None = None,
    split: SplitConfig | None = None,
) -> DatasetInfo:
    """Read a source and register it under a name."""
    loaded = read_source(source, path=path, mapping=mapping or {}, group=group, settings=settings)
    return datasets.register(
        store,
        name,
        loaded.tables,
        source=source,
        location=loaded.location,
        revision=loaded.revision,
        licence=loaded.licence,
        citation=loaded.citation,
        split=split or loaded.split,
        group=group or "country",
    )


def check_source(
    source: Source, *, path: Path | None, mapping: Mapping[str, str], group: str | None, settings: Settings
) -> tuple[LoadReport, Tables | None]:
    """Read a source and return its report and, where it has pairs, its tables; nothing is stored."""
    if source == "global-opinions":
        file = path or global_opinions.fetch_global_opinions(offline=settings.offline, token=settings.hf_token)
        return global_opinions.load_global_opinions(file)[1], None
    tables = read_source(source, path=path, mapping=mapping, group=group, settings=settings).tables
    return tables.report, tables
