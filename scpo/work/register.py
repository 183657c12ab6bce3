"""Read a source and register it as a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scpo.config import SplitConfig
from scpo.data.communities import group_columns
from scpo.data.sources import read_source
from scpo.data.tables import DatasetInfo
from scpo.measures.bias import TOO_FEW_USERS
from scpo.settings import Settings
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.words import joined


def add_dataset(
    store: Store,
    name: str,
    *,
    source: str,
    settings: Settings,
    path: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    group: str | None = None,
    split: SplitConfig | None = None,
) -> DatasetInfo:
    """Read a source and register it under a name; without a split it gets the source's own."""
    loaded = read_source(
        source,
        path=path,
        mapping=mapping or {},
        group=group,
        least_users=TOO_FEW_USERS,
        offline=settings.offline,
        token=settings.hf_token,
    )
    return datasets.register(
        store,
        name,
        loaded.tables,
        source=source,
        location=loaded.location,
        revision=loaded.revision,
        licence=loaded.source.licence,
        citation=loaded.source.citation,
        split=split or loaded.source.split,
        group=joined(group_columns(group)) if group else "country",
    )
