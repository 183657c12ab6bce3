"""What the numbers allow to say: the one set of rules for every verdict on a page.

A verdict needs ten users on each subset it rests on and an interval; it goes by the corrected p, which does not depend
on what is selected; where no loss is seen, the loss that could not have been seen is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from dashboard.kit import text

Verdict = Literal["few", "unknown", "gain", "loss", "open"]

IN_WORDS: dict[Verdict, str] = {
    "few": "too few users for a verdict",
    "unknown": "which has no interval",
    "gain": "beyond chance",
    "loss": "beyond chance",
    "open": "which may be chance",
}


def verdict(row: Mapping[str, Any] | pd.Series, name: str, *, p: str) -> Verdict:
    """Return what can be said about a difference.

    Parameters
    ----------
    name : str
        Prefix of its columns ``_value``, ``_low``, ``_high``.
    p : str
        Column of the corrected p.
    """
    if bool(row["too_few_users"]):
        return "few"
    if pd.isna(row[f"{name}_low"]) or pd.isna(row[f"{name}_high"]):
        return "unknown"
    if pd.isna(row[p]) or row[p] >= text.ALPHA:
        return "open"
    return "gain" if row[f"{name}_value"] > 0 else "loss"


def sure(table: pd.DataFrame, name: str, *, p: str) -> pd.DataFrame:
    """Return the rows of which a gain or a loss can be said."""
    known = [verdict(row, name, p=p) in ("gain", "loss") for _, row in table.iterrows()]
    return table[known]


def no_loss(tested: pd.DataFrame, visible: str) -> str:
    """Say that no loss is seen, and how large one could have been without being seen.

    Parameters
    ----------
    tested : DataFrame
        The comparisons with enough users.
    visible : str
        Column of the smallest loss that each would have shown.
    """
    largest = tested[visible].max()
    if pd.isna(largest):
        return "no loss seen, and no user differs, so how large one could be is not known"
    return f"no loss seen; losses up to {text.points(largest).lstrip('+')} are not excluded"
