"""Who gains and who pays, in sentences written from the data."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text
from dashboard.kit.verdicts import no_loss

HOW = {
    "matrix": "A row is a model trained for one country; a column the country on whose test pairs it is compared with "
    "the global model. The diagonal is the country the model was trained for.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""


def matrix_title(cells: pd.DataFrame) -> str:
    """Say how many comparisons are gains and losses beyond chance."""
    solid = text.solid(cells).dropna(subset=["diff_value"])
    if solid.empty:
        return "No country has ten test users: who gains and who pays cannot be said"
    sure = solid[solid["holm"] < text.ALPHA]
    own = sure["trained_for"] == sure["tested_on"]
    up, down = sure["diff_value"] > 0, sure["diff_value"] < 0
    at_home = solid["trained_for"] == solid["tested_on"]
    n_own, n_other = int(at_home.sum()), int((~at_home).sum())
    n_lost = int((own & down).sum())
    lost = f"{n_lost} lose beyond chance" if n_lost or not n_own else no_loss(solid[at_home], "visible")
    home = f"At home {int((own & up).sum())} of {text.count(n_own, 'model')} gain"
    if not n_other:
        return f"{home} beyond chance; {lost}"
    others = text.count((~own & up).sum(), "comparison gains", "comparisons gain")
    n_paid = int((~own & down).sum())
    paid = f"{n_paid} of {n_other} lose" if n_paid else f"{no_loss(solid[~at_home], 'visible')} ({n_other} comparisons)"
    return f"{home} beyond chance; in other countries {others}, {paid}"


def steering_title(points: pd.DataFrame) -> str:
    """Say how many settings recover more and yet rank fewer pairs right."""
    known = points.dropna(subset=["over_holm"])
    if known.empty:
        return "Over-steering cannot be seen yet: it is judged against the model of all pairs, with ten test users"
    over = int(known["over_steering"].astype(bool).sum())
    judged = text.count(len(known), "point")
    if not over:
        return f"Over-steering is not seen beyond chance in {judged}"
    return f"{over} of {judged} over-steer: less excess than training on all pairs, and fewer of all pairs right"


def card_note(row: pd.Series, run: str) -> str:
    """Say whose card it is, and that it is of one run where the matrix has a mean."""
    setting = f"{row['trained_name']}: {row['setting_label']}"
    n_seeds = len(text.as_list(row["runs"]))
    if n_seeds == 1:
        return f"{setting}, run {run[:8]}, the one run of this model."
    return f"{setting}, run {run[:8]}: one of {n_seeds} seeds. The matrix shows their mean, the card this one alone."
