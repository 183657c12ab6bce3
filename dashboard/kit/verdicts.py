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


WHERE: dict[str, str] = {
    "all_country": "over all test pairs",
    "true_country": "where the global model is wrong",
    "excess": "in excess",
}
"""Measures of a comparison, as a sentence begins."""


def compared(row: Mapping[str, Any] | pd.Series, first: str, second: str) -> str:
    """Say which of two sides is ahead, or that none is seen to be and what could have been missed.

    Parameters
    ----------
    row : mapping
        Of `scpo.results.compare.comparison_table`.
    first, second : str
        What the sides are called.
    """
    where, found = WHERE[row["subset"]].capitalize(), verdict(row, "diff", p="holm")
    if found == "few":
        return f"{where}: too few users for a verdict on {first} and {second}."
    if found == "unknown":
        return f"{where}: the difference between {first} and {second} has no interval."
    if found == "open" and not row["diff_low"] <= 0 <= row["diff_high"]:
        return (
            f"{where}, the difference between {first} and {second} may be chance after correction: {_difference(row)}."
        )
    if found == "open":
        missed = "" if pd.isna(row["visible"]) else f"; one below {_size(row['visible'])} would be missed"
        return f"{where}, no difference between {first} and {second} is seen: {_difference(row)}{missed}."
    if found == "gain":
        return f"{where}, {first} is ahead of {second} by {_difference(row).lstrip('+')}, beyond chance."
    turned = {"diff_value": -row["diff_value"], "diff_low": -row["diff_high"], "diff_high": -row["diff_low"]}
    return f"{where}, {second} is ahead of {first} by {_difference(turned).lstrip('+')}, beyond chance."


def compared_briefly(row: Mapping[str, Any] | pd.Series, first: str, second: str) -> str:
    """Say the same in a few words, for a headline of several measures."""
    found = verdict(row, "diff", p="holm")
    if found in ("gain", "loss"):
        return f"{first if found == 'gain' else second} ahead by {_size(abs(row['diff_value']))}"
    return {"few": "too few users", "unknown": "no interval"}.get(found, "no difference seen")


def _difference(row: Mapping[str, Any] | pd.Series) -> str:
    return text.difference_estimate(row, "diff")


def _size(value: float) -> str:
    return text.points(value).lstrip("+")
