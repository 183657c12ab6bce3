"""The same data set with other communities: users, responses, pairs and split stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

from scpo.data.communities import regrouped
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError
from scpo.measures.bias import TOO_FEW_USERS
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.words import joined


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
    )
