"""The data set that was used last in a cache: what the dashboard begins with. A hint, and no result rests on it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.errors import ScpoError
from scpo.store.cache import Store, write_json

FILE = "last_used.json"
SAMPLE = "sample"


def remember_used(store: Store, name: str) -> None:
    """Note that a data set is used; where the cache cannot be written nothing is noted."""
    with contextlib.suppress(OSError):
        write_json(store.root / FILE, {"dataset": name})


def first_dataset(store: Store, datasets: Mapping[str, DatasetInfo]) -> str | None:
    """Choose the data set to begin with; None if there is none.

    Parameters
    ----------
    datasets : mapping
        The registered data sets by name.

    Returns
    -------
    str or None
        The one that was used last, else the generated sample, else the one that was registered first; survey answers
        only where there is nothing else.
    """
    with contextlib.suppress(ScpoError):
        noted = store.read_json(store.root / FILE, what="note of the data set used last")
        if isinstance(noted, dict) and noted.get("dataset") in list(datasets):
            return str(noted["dataset"])
    surveyed = {name: SOURCES[info.source].unit == "question" for name, info in datasets.items()}
    return min(
        datasets, key=lambda name: (surveyed[name], name != SAMPLE, datasets[name].created_at, name), default=None
    )
