"""How much the pairs of one choice weigh: a person who chose among k responses makes several pairs at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.data.tables import Tables
from scpo.errors import InputError
from scpo.words import counted

ChoiceWeight = Literal["per-pair", "per-choice"]
"""``per-pair``: every pair weighs 1; ``per-choice``: each of the k pairs of a choice weighs 1/k."""

COLUMN = "choice_weight"


def known_choice_weight(text: str) -> ChoiceWeight:
    """Check what a user said; InputError for anything else."""
    for known in get_args(ChoiceWeight):
        if text == known:
            return cast(ChoiceWeight, known)
    raise InputError(f"--choice-weight {text} is unknown: known are {' and '.join(get_args(ChoiceWeight))}")


def with_choice_weight(tables: Tables) -> Tables:
    """Let every choice count once in training: each of its k pairs weighs 1/k, scaled to mean 1 over all pairs.

    A choice is a user and an interaction. Where all choices have as many pairs, all weigh 1, as without.
    """
    pairs = tables.pairs
    size = pairs.groupby(["user_id", "interaction_id"])["pair_id"].transform("size").to_numpy(dtype=np.float64)
    weight = 1 / size
    n_choices = round(float(weight.sum()))
    low, high = (f"{weight_:.2f}" for weight_ in (weight.min() / weight.mean(), weight.max() / weight.mean()))
    note = (
        f"Every choice counts once in training: {counted(len(pairs), 'pair')} of {counted(n_choices, 'choice')}, each "
        f"weighs 1/k among the k pairs of its choice ({low} to {high}, mean 1). Shares count pairs; their intervals "
        "resample users."
    )
    report = tables.report.model_copy(update={"notes": [*tables.report.notes, note]})
    return replace(tables, pairs=pairs.assign(**{COLUMN: weight / weight.mean()}), report=report)


def choice_weight(pairs: pd.DataFrame) -> NDArray[np.float64] | None:
    """Return what pairs weigh beside a method's weight, shape (n_pairs,); None where all weigh 1."""
    return pairs[COLUMN].to_numpy(dtype=np.float64) if COLUMN in pairs.columns else None
