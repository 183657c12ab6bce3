"""Who gains and who pays, in sentences written from the data."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text

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
    n_own = int((solid["trained_for"] == solid["tested_on"]).sum())
    n_other = len(solid) - n_own
    home = f"At home {int((own & up).sum())} of {text.count(n_own, 'model')} gain"
    if not n_other:
        return f"{home} and {int((own & down).sum())} lose beyond chance"
    others = text.count((~own & up).sum(), "comparison gains", "comparisons gain")
    return f"{home} beyond chance; in other countries {others} and {int((~own & down).sum())} of {n_other} lose"


def steering_title(points: pd.DataFrame) -> str:
    """Say how many settings recover more and yet rank fewer pairs right."""
    known = points.dropna(subset=["true_value", "gain_value"])
    if known.empty:
        return "Over-steering cannot be seen yet"
    over = int(known["over_steering"].fillna(False).astype(bool).sum())
    if not over:
        return f"None of {text.count(len(known), 'point')} over-steers beyond chance"
    points_known = text.count(len(known), "point")
    return f"{over} of {points_known} over-steer: they recover own preferences and rank fewer of all pairs right"
