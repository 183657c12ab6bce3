"""Divergence in sentences written from the data."""

from __future__ import annotations

import pandas as pd

from dashboard.divergence.charts.triangle import distance_words, floor_words
from dashboard.divergence.load import CLOUD, SURE_BRANCH, TRUSTED_STRESS
from dashboard.kit import text

HOW = {
    "distance": "**Distance** of two communities: a last-layer preference model is fitted to each around the global "
    "model's head; both judge the same common pairs of responses. The distance is the angle between their gaps, "
    "δ = arccos(ρ) / π. For gaps that are jointly normal it is the share of common pairs that the two models order the "
    "other way round: 10 % are about ten of a hundred pairs; unrelated tastes are 50 % apart. ρ is corrected for the "
    "few users behind each model by splitting each community's users into halves, so that no product holds the same "
    "user twice (Spearman 1904). Two samples of one population then lie around 0, on either side of it; an estimate "
    "below 0 means **no difference found** and is shown as ≈ 0.",
    "jackknife": "**Intervals** of distances are approximate: delete-a-group jackknife over users, variances of both "
    "communities added, t interval on the scale of ρ. Ends below 0 are shown as 0; the CSV file has them as they are.",
    "floor": "**Noise floor** (diagonal, upper end): the same distance between two random halves of one community, "
    "over random halvings. Halves have half the users, so the floor is on the cautious side. A couple is **beyond "
    "the noise floor** if the low end of its interval lies above the upper ends of both communities' floors. All other "
    "cells are faded. The couples are not corrected for their number: single cells near the floor may be chance.",
    "tree": "**Tree**: average linkage, neighbours as close as possible (optimal leaf ordering, Bar-Joseph et al. "
    "2001); the triangle has its order. The small number at a branching is its support: the percentage of draws whose "
    f"tree has a branch with exactly these communities; below {100 * SURE_BRANCH:.0f} % it is dashed. Draws vary "
    "every cell within its interval, independently of the others, so support is a cautious guide, no test.",
    "few_users": "**Grey**: fewer than ten users in one of the communities. Communities with fewer than eight users "
    "have no distance and are not shown.",
    "to_global": "**Disagreement**: share of all pairs of a community, training and test users together, on which the "
    "global model prefers the response that the person rejected (gap below 0; ties do not count). The Brief shows the "
    "same for test users alone. Where the global model was trained on people of a community, it disagrees with them "
    "less for that reason too.",
    "users": "**Intervals** come from resampling *users*: pairs of one person stand or fall together.",
    "p_glo": "**p_glo** = 1 / (1 + exp(−gap)): the global model's probability for what the person chose. Left of 0.5, "
    "coloured, it disagrees; the coloured area is the share in the dots. Areas of all communities are equal. The "
    "triangle is the median. These are counts of pairs, not estimates, so they have no interval.",
    "map": "**Map**: classical multidimensional scaling (Torgerson 1952) of the distances; axes have no meaning, only "
    "distances on the paper have. Names without room are left out; tooltips and the table have them. "
    f"Outlines hold {100 * CLOUD:.0f} % of the maps of draws within the intervals, turned "
    f"onto this one. **Stress-1** is the relative misfit: below 0.1 good, above {TRUSTED_STRESS:g} not to be trusted.",
    "world": "**World map**: where the communities are, nothing else; no number is drawn on it. Borders: United "
    "Nations geodata as prepared by plotly.js (MIT licence); they state no position on the status of any territory.",
}
"""Explanations, put together per chart."""


def how(*names: str) -> str:
    """Return the explanation of a chart."""
    return "\n\n".join(HOW[name] for name in names)


def title(couples: pd.DataFrame) -> str:
    """Say how many couples differ beyond noise, and which most."""
    solid = couples[~couples["too_few_users"].astype(bool)].dropna(subset=["value"])
    if solid.empty:
        return "No two communities have ten users each: no distance can be told from noise"
    beyond = solid[solid["beyond"].astype(bool)]
    among = text.count(len(solid), "couple")
    if beyond.empty:
        return f"With so few users, none of {among} of communities differs beyond the noise floor"
    far = beyond.loc[beyond["value"].idxmax()]
    verb = "differs" if len(beyond) == 1 else "differ"
    return (
        f"{len(beyond)} of {among} of communities {verb} beyond the noise floor; the largest estimate is "
        f"{distance_words(far)}, between {far['first_name']} and {far['second_name']}"
    )


def left_out(missing: list[str], *, noun: str) -> str:
    """Say which communities have no distance; empty if all have one."""
    if not missing:
        return ""
    verb = "has" if len(missing) == 1 else "have"
    names = text.listed(missing, most=8)
    return f"{names} {verb} fewer than eight users and no distance ({text.count(len(missing), noun)} left out)."


def couple(row: pd.Series) -> str:
    """Say what is known about a couple, in one or two sentences."""
    names = f"{row['first_name']} and {row['second_name']}"
    if pd.isna(row["value"]):
        return f"{names}: too few users for a distance."
    if bool(row["too_few_users"]):
        return f"{names}: fewer than ten users in one of them, so no verdict. Estimate {distance_words(row)}."
    if bool(row["beyond"]):
        of_hundred = max(1, round(100 * row["value"]))
        return (
            f"Models of {names} order about {of_hundred} of a hundred common pairs differently, more than the "
            "halves of each community differ from each other."
        )
    if row["value"] <= 0:
        return f"No difference found between {names}: the estimate is not above 0."
    return f"{names}: the estimate is above 0, but its interval reaches into the noise floor, so it may be chance."


def floor(row: pd.Series) -> str:
    """Write the noise floor of a community with its sample."""
    return f"{floor_words(row)} ({text.sample_text(row)})"


def to_global_title(table: pd.DataFrame) -> str:
    """Say between which shares the global model disagrees."""
    solid = table[~table["too_few_users"].astype(bool)]
    if solid.empty:
        return "How often the global model disagrees with the people"
    low, high = solid.loc[solid["value"].idxmin()], solid.loc[solid["value"].idxmax()]
    if len(solid) == 1:
        return f"The global model disagrees with {text.percent(low['value'])} of the choices of {low['name']}"
    return (
        f"The global model disagrees with {text.percent(low['value'])} ({low['name']}) to "
        f"{text.percent(high['value'])} ({high['name']}) of the choices"
    )


def map_title(stress: float) -> str:
    """Say whether the map can be trusted."""
    if stress > TRUSTED_STRESS:
        return f"The map cannot be trusted: stress {stress:.2f}"
    return f"The distances in the plane: stress {stress:.2f}, {'good' if stress < 0.1 else 'fair'}"
