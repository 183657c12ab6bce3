"""Read a source and register it as a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from scpo.config import SplitConfig
from scpo.data.communities import group_columns, load_grouped_pairs, regrouped
from scpo.data.sources.global_opinions import load as global_opinions
from scpo.data.sources.global_opinions import pairs as opinion_pairs
from scpo.data.sources.prism import load as prism
from scpo.data.sources.sample import generate as sample
from scpo.data.tables import DatasetInfo, LoadReport, Tables
from scpo.errors import InputError
from scpo.measures.bias import TOO_FEW_USERS
from scpo.settings import Settings
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.words import joined

Source = Literal["prism", "global-opinions", "pairs", "sample"]

SAMPLE_SPLIT = SplitConfig(kind="stratified", test_fraction=0.25)
"""The sample's split: a quarter of the users, so that every country has at least ten test users."""

PRISM_SPLIT = SplitConfig(kind="reference")
OPINIONS_SPLIT = SplitConfig(kind="stratified", test_fraction=0.25)
"""The unit is the question: a quarter of them, so that a country with few questions still has several to test on."""

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
        return _read_opinions(path, mapping, group, settings)
    if source == "sample":
        tables = _with_communities(sample.generate_sample(), group)
        return Loaded(tables, "generated, seed 0", None, "Apache-2.0 (generated text)", None, SAMPLE_SPLIT)
    if source == "prism":
        revision = None if path else prism.PRISM_REVISION
        folder = path or prism.fetch_prism(offline=settings.offline, token=settings.hf_token)
        location = str(path) if path else "HannahRoseKirk/prism-alignment"
        return Loaded(
            _with_communities(prism.load_prism(folder), group),
            location,
            revision,
            prism.PRISM_LICENCE,
            prism.PRISM_CITATION,
            PRISM_SPLIT,
        )
    if path is None:
        raise InputError(f"--source {source} needs --path FILE")
    tables = load_grouped_pairs(path, mapping=mapping, group=group, least_users=TOO_FEW_USERS)
    return Loaded(tables, path.name, None, "as stated by the owner of the file", None, OWN_SPLIT)


def _with_communities(tables: Tables, group: str | None) -> Tables:
    columns = group_columns(group or "country")
    return tables if columns == ["country"] else regrouped(tables, columns, least_users=TOO_FEW_USERS)


def _read_opinions(path: Path | None, mapping: Mapping[str, str], group: str | None, settings: Settings) -> Loaded:
    if mapping or group:
        raise InputError(
            "GlobalOpinionQA has columns of its own and its communities are countries: leave out --map and --group"
        )
    file = path or global_opinions.fetch_global_opinions(offline=settings.offline, token=settings.hf_token)
    return Loaded(
        opinion_pairs.load_opinion_tables(file),
        path.name if path else global_opinions.GLOBAL_OPINIONS_REPOSITORY,
        None if path else global_opinions.GLOBAL_OPINIONS_REVISION,
        global_opinions.GLOBAL_OPINIONS_LICENCE,
        global_opinions.GLOBAL_OPINIONS_CITATION,
        OPINIONS_SPLIT,
    )


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
        group=joined(group_columns(group)) if group else "country",
    )


def check_source(
    source: Source, *, path: Path | None, mapping: Mapping[str, str], group: str | None, settings: Settings
) -> tuple[LoadReport, Tables]:
    """Read a source and return its report and its tables; nothing is stored."""
    tables = read_source(source, path=path, mapping=mapping, group=group, settings=settings).tables
    return tables.report, tables
