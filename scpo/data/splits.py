"""Training, validation and test users. The unit is always the user: pairs of one person never lie on both sides."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scpo.config import SplitConfig
from scpo.errors import InputError


def assign_split(
    users: pd.DataFrame, config: SplitConfig, *, with_pairs: Collection[str] | None = None
) -> pd.DataFrame:
    """Divide users into training and test users.

    Parameters
    ----------
    users : DataFrame
        One row per person with `user_id` and `country` (null is a stratum of its own).
    config : SplitConfig
        ``reference``: the permutation of scikit-learn's ``train_test_split`` over the rows as they stand, countries
        ignored. ``stratified`` and ``prompts``: within each country, independent of the order of rows and of the other
        countries; a country of two or more users has at least one on each side.
    with_pairs : collection of str, optional
        Users that have pairs. `stratified` then divides them and the others separately, so that a country's test
        users are not people who never rated anything. `reference` ignores it, as the reference does.

    Returns
    -------
    DataFrame
        A copy of `users` with the column `split`, ``"train"`` or ``"test"``.

    Raises
    ------
    InputError
        If there are fewer than two users.
    """
    if len(users) < 2:
        raise InputError(f"a split into training and test users needs at least two users, found {len(users)}")
    in_test = _reference(len(users), config) if config.kind == "reference" else _stratified(users, config, with_pairs)
    return users.assign(split=pd.Series(np.where(in_test, "test", "train"), index=users.index, dtype="str"))


def validation_users(user_ids: ArrayLike, *, fraction: float, seed: int, least: int = 1) -> set[str]:
    """Choose validation users among training users.

    Parameters
    ----------
    user_ids : array of str
        Ids of training users, repeated or not, in any order.
    fraction : float
        Share of the different users, in (0, 1); at least one is chosen and at least one is left.
    seed : int
        Seed of the choice.
    least : int
        So many are chosen where the share is fewer, as long as one is left.

    Returns
    -------
    set of str
        Empty if there is only one user.
    """
    if not 0 < fraction < 1:
        raise InputError(f"the fraction of validation users must lie between 0 and 1, got {fraction}")
    different = _different(user_ids)
    return {different[i] for i in _choose(len(different), fraction, f"validation:{seed}", least=least)}


def user_folds(user_ids: ArrayLike, *, folds: int, seed: int) -> dict[str, int]:
    """Divide users into folds of nearly equal size.

    Parameters
    ----------
    user_ids : array of str
        Ids of users, repeated or not, in any order.
    folds : int
        How many folds, at least two; no more than there are users are made.
    seed : int
        Seed of the division.

    Returns
    -------
    dict of str to int
        User -> number of the fold, from 0.

    Raises
    ------
    InputError
        If there are fewer than two users or folds.
    """
    different = _different(user_ids)
    if folds < 2 or len(different) < 2:
        raise InputError(f"folds need at least two users and two folds, got {len(different)} users and {folds} folds")
    order = _generator(f"folds:{seed}").permutation(len(different))
    return {different[user]: place % min(folds, len(different)) for place, user in enumerate(order)}


def _different(user_ids: ArrayLike) -> list[str]:
    return sorted({str(user) for user in np.asarray(user_ids, dtype=object)})


def _reference(n_users: int, config: SplitConfig) -> np.ndarray:
    """Test users of ``train_test_split(range(n), test_size=..., random_state=seed)``, shape (n,), bool.

    Its legacy generator is part of the definition, so that the test users are those of the published run.
    """
    n_test = min(math.ceil(config.test_fraction * n_users), n_users - 1)
    permutation = np.random.RandomState(config.seed).permutation(n_users)
    in_test = np.zeros(n_users, dtype=bool)
    in_test[permutation[:n_test]] = True
    return in_test


def _stratified(users: pd.DataFrame, config: SplitConfig, with_pairs: Collection[str] | None) -> np.ndarray:
    frame = pd.DataFrame({"user_id": users["user_id"].to_numpy(), "country": users["country"].to_numpy()})
    frame["active"] = True if with_pairs is None else frame["user_id"].isin(set(with_pairs))
    in_test = np.zeros(len(frame), dtype=bool)
    for _, rows in frame.sort_values("user_id").groupby(["country", "active"], dropna=False):
        country, active = rows["country"].iloc[0], rows["active"].iloc[0]
        stratum = f"country {country}" if isinstance(country, str) else "no country"
        chosen = _choose(len(rows), config.test_fraction, f"{config.seed}:{stratum}:{bool(active)}")
        in_test[rows.index.to_numpy()[chosen]] = True
    return in_test


def _choose(n: int, fraction: float, seed_text: str, *, least: int = 1) -> np.ndarray:
    """Positions of a seeded random share of n things: at least one chosen and one left if n >= 2, else none."""
    if n < 2:
        return np.empty(0, dtype=np.intp)
    size = min(max(math.floor(fraction * n + 0.5), least), n - 1)
    return _generator(seed_text).permutation(n)[:size]


def _generator(seed_text: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(seed_text.encode()).digest()[:8]))
