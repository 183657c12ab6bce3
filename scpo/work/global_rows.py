"""Whom a global model is trained and tested on, and whom one has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from scpo.data.splits import validation_users
from scpo.errors import InputError
from scpo.store.cache import Store
from scpo.store.datasets import Dataset, list_infos, load_dataset
from scpo.store.models import RUN_PREFIX, has_model, read_model
from scpo.store.runs import RunDirectory

LEAST_UNSEEN = 2
"""Users of a community that are left out at least: one alone tells nothing about the next."""


class GlobalRows(NamedTuple):
    """What a global model is trained on and tested on, and who is left out."""

    train: pd.DataFrame
    """Pairs of training users."""

    test: pd.DataFrame
    """Pairs of test users."""

    left_out_users: int
    """Training users with a row from an excluded country."""

    unseen_users: list[str]
    """Training users of other countries that are left out so that budgets can be chosen on them, sorted."""


def rows_for_global(dataset: Dataset, exclude_countries: Sequence[str], *, unseen_share: float = 0.0) -> GlobalRows:
    """Choose the pairs a global model is trained on and those it is tested on.

    Left out are all rows, also those without a country, of every user who has a row from an excluded country, and of a
    share of the training users of every other community (`LEAST_UNSEEN` at least, as long as one is left).

    Parameters
    ----------
    unseen_share : float, in [0, 1)
        0 leaves out nobody of the countries that are not excluded.

    Raises
    ------
    InputError
        If a country is unknown or the share is out of range.
    """
    if not 0 <= unseen_share < 1:
        raise InputError(f"the share of users that is left out must be at least 0 and below 1, got {unseen_share}")
    pairs = dataset.pairs
    dataset.check(sorted(set(exclude_countries)))
    excluded = set(pairs.loc[pairs["country"].isin(list(exclude_countries)), "user_id"])
    rest = pairs[~pairs["user_id"].isin(excluded)]
    training = pairs.loc[pairs["split"] == "train", "user_id"]
    unseen: set[str] = set()
    if unseen_share:
        for _, of_country in rest[rest["split"] == "train"].groupby("country"):
            unseen |= validation_users(
                of_country["user_id"].to_numpy(), fraction=unseen_share, seed=0, least=LEAST_UNSEEN
            )
    return GlobalRows(
        train=rest[(rest["split"] == "train") & ~rest["user_id"].isin(unseen)],
        test=rest[rest["split"] == "test"],
        left_out_users=int(training[training.isin(excluded)].nunique()),
        unseen_users=sorted(unseen),
    )


def seen_users(store: Store, dataset: Dataset, identity_key: str, name: str) -> set[str]:
    """Return the training users of a data set whose pairs a model has been trained on.

    Nobody if the model comes from elsewhere, or was trained here on another data set. Data sets with the same responses
    are the same people in other communities.

    Parameters
    ----------
    identity_key, name : str
        Key and name of the model that has scored the data set; a finished run has also seen who its country's training
        users are.
    """
    if name.startswith(RUN_PREFIX):
        run = RunDirectory(store, name.removeprefix(RUN_PREFIX)).record().config
        own = _same_people(store, dataset, run.dataset_key)
        seen = seen_users(store, dataset, run.model_key, run.model)
        if own is None:
            return seen
        of_country = (own.pairs["country"] == run.country) & (own.pairs["split"] == "train")
        return seen | set(own.pairs.loc[of_country, "user_id"])
    record = read_model(store, identity_key) if has_model(store, identity_key) else None
    trained_on = None if record is None else _same_people(store, dataset, record.dataset_key)
    if record is None or trained_on is None:
        return set()
    rows = rows_for_global(trained_on, record.exclude_countries)
    return set(rows.train["user_id"]) - set(record.unseen_users)


def _same_people(store: Store, dataset: Dataset, key: str) -> Dataset | None:
    """Return the data set of this key if its responses are those of `dataset`; None if they are not."""
    if dataset.info.key == key:
        return dataset
    for info in list_infos(store):
        if info.key == key and info.sha256["utterances"] == dataset.info.sha256["utterances"]:
            return load_dataset(store, info.name)
    return None
