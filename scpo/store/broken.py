"""What of the cache cannot be read: named, and never moved by reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.externals import read_external
from scpo.store.models import read_model
from scpo.store.runs import RunDirectory
from scpo.store.scores import read_scores_info
from scpo.store.studies import prepared_study
from scpo.store.survey import survey

READERS: dict[str, Callable[[Store, str], Any]] = {
    "datasets": load_info,
    "models": read_model,
    "scores": read_scores_info,
    "externals": read_external,
    "studies": prepared_study,
    "runs": lambda store, name: RunDirectory(store, name).record(),
}
"""How the record of an entry is read, by kind."""


def broken_entries(store: Store, kinds: Sequence[str] = tuple(READERS)) -> dict[str, str]:
    """Name the entries whose records cannot be read: one sentence each, by ``kind/name``."""
    found: dict[str, str] = {}
    for kind in kinds:
        read = READERS[kind]
        _, broken = survey(store, kind, lambda name, read=read: read(store, name))  # type: ignore[misc]
        found |= {f"{kind}/{name}": why for name, why in broken.items()}
    return found
