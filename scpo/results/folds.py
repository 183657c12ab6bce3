"""Previews are chosen on training users, by folds of them, and reported on test users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scpo.config import ObjectiveConfig
from scpo.data.splits import user_folds
from scpo.errors import InputError
from scpo.measures import frontier
from scpo.measures.accuracy import both_accuracies
from scpo.measures.estimate import known
from scpo.method.heads import PreferenceFeatures
from scpo.method.held_out import held_out_gaps
from scpo.results.frontier import mark_choice

FOLDS = 5
"""Of a country's training users; fewer where there are fewer users."""

LEAST_USERS = 2
"""Training users without whom nobody is left to choose on."""

_COUNTED = {2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Accuracies of settings on training users, each judged by a last layer that was fitted without them.

    Attributes
    ----------
    objectives : tuple of ObjectiveConfig
    accuracy : ndarray, shape (n_settings, 2)
        All-country and true-country accuracy, fractions; NaN where no training pair is of that kind.
    folds : int
        How many folds there are; the fewest of any country for a mean.
    n_users, n_pairs : int
        Training users and their pairs; of all countries for a mean.
    """

    objectives: tuple[ObjectiveConfig, ...]
    accuracy: NDArray[np.float64]
    folds: int
    n_users: int
    n_pairs: int

    @property
    def words(self) -> str:
        """Say on whom the choice is made and on whom it is reported."""
        return f"chosen by {_COUNTED[self.folds]} folds of training users, reported on test users"

    def to_json(self, *, rule: frontier.Rule, eps: float) -> dict[str, Any]:
        """Return the accuracies on training users that have decided, and of how many folds, users and pairs."""
        best = self.choose(rule=rule, eps=eps)
        all_country, true_country = self.accuracy[self.objectives.index(best)] if best else (np.nan, np.nan)
        return {
            "chosen_on": {
                "folds": self.folds,
                "n_users": self.n_users,
                "n_pairs": self.n_pairs,
                "all_country": known(float(all_country)),
                "true_country": known(float(true_country)),
            },
        }

    def choose(self, *, rule: frontier.Rule, eps: float) -> ObjectiveConfig | None:
        """Return the setting that a rule chooses on the training users; None if no accuracy is known."""
        best = frontier.choose(self.accuracy[:, 1], self.accuracy[:, 0], rule=rule, eps=eps)
        return None if best is None else self.objectives[best]


def hold_out(
    features: PreferenceFeatures,
    user_id: ArrayLike,
    objectives: Sequence[ObjectiveConfig],
    *,
    ridge: float,
    name: str,
    seed: int = 0,
) -> HeldOut:
    """Judge settings by folds of a community's training users.

    Parameters
    ----------
    features : PreferenceFeatures
        Of its training pairs.
    user_id : array_like of str, shape (n_pairs,)
        Who gave each of them.
    objectives : sequence of ObjectiveConfig
    ridge : float, > 0
        lambda.
    name : str
        What the community is called in an error.
    seed : int
        Seed of the folds, and of the pairs that `random` draws.

    Raises
    ------
    InputError
        If there are fewer than two training users.
    """
    users = np.asarray(user_id, dtype=str)
    n_users = len(set(users))
    if n_users < LEAST_USERS:
        raise InputError(
            f"{name} has {n_users} training user, and a choice by folds of training users takes two: leave it out, or "
            "add users"
        )
    folds = min(FOLDS, n_users)
    fold_of = user_folds(users, folds=folds, seed=seed)
    fold = np.array([fold_of[user] for user in users], dtype=np.intp)
    asked = tuple(dict.fromkeys(objectives))
    gaps = held_out_gaps(features, asked, fold, ridge=ridge, seed=seed)
    return HeldOut(asked, both_accuracies(gaps, features.gap), folds, n_users, users.size)


def averaged(parts: Sequence[HeldOut]) -> HeldOut:
    """Average over communities with equal weight; all must have judged the same settings."""
    return HeldOut(
        objectives=parts[0].objectives,
        accuracy=np.mean([part.accuracy for part in parts], axis=0),
        folds=min(part.folds for part in parts),
        n_users=sum(part.n_users for part in parts),
        n_pairs=sum(part.n_pairs for part in parts),
    )


def mark_choice_on_folds(
    table: pd.DataFrame, held_out: Mapping[str, HeldOut], *, rule: frontier.Rule, eps: float
) -> pd.DataFrame:
    """Mark the front of previews on test users, and the choice that training users make.

    Parameters
    ----------
    table : DataFrame
        Rows of `scpo.results.frontier.setting_rows` for previews.
    held_out : mapping
        By `country` of the rows; settings and countries that are missing are never chosen.

    Returns
    -------
    DataFrame
        With `folds_all_value` and `folds_true_value`, the accuracies on training users (NaN where unknown), and with
        `on_frontier` and `chosen`.
    """
    judged = {
        (country, one.method, one.tau, one.beta): value
        for country, found in held_out.items()
        for one, value in zip(found.objectives, found.accuracy, strict=True)
    }
    keys = zip(*(table[name] for name in ("country", "method", "tau", "beta")), strict=True)
    nothing = np.full(2, np.nan)
    values = [
        judged.get((country, method, *(None if pd.isna(one) else one for one in numbers)), nothing)
        for country, method, *numbers in keys
    ]
    both = np.array(values).reshape(len(table), 2)
    table = table.assign(folds_all_value=both[:, 0], folds_true_value=both[:, 1])
    return mark_choice(table, rule=rule, eps=eps, judged="folds_")
