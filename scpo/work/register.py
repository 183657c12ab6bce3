"""Read a source and register it as a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scpo.config import SplitConfig
from scpo.data.choice_weight import ChoiceWeight
from scpo.data.communities import group_columns, regrouped
from scpo.data.limits import LIMITS, Limits
from scpo.data.sources import known_source, read_source
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError
from scpo.measures.families import TOO_FEW_USERS
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
    winner: str | None = None,
    split: SplitConfig | None = None,
    limits: Limits = LIMITS,
    choice_weight: ChoiceWeight = "per-pair",
) -> DatasetInfo:
    """Read a source and register it under a name; without a split it gets the source's own."""
    if choice_weight == "per-choice" and known_source(source).unit == "question":
        raise InputError(f"{source} holds no choices of persons: leave out --choice-weight")
    loaded = read_source(
        source,
        path=path,
        mapping=mapping or {},
        group=group,
        least_users=TOO_FEW_USERS,
        winner=winner,
        offline=settings.offline,
        token=settings.hf_token,
        limits=limits,
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
        choice_weight=choice_weight,
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
