"""Who gains and who pays, in sentences written from the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from dashboard.bias.load import GroupsFound
from dashboard.kit import text
from dashboard.kit.verdicts import no_loss
from scpo.measures.extremes import Extremes
from scpo.results import MEAN

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
    lost = (
        f"{text.count(n_lost, 'loses', 'lose')} beyond chance"
        if n_lost or not n_own
        else no_loss(solid[at_home], "visible")
    )
    n_gain = int((own & up).sum())
    home = f"At home {n_gain} of {text.count(n_own, 'model')} {'gains' if 1 in (n_gain, n_own) else 'gain'}"
    if not n_other:
        return f"{home} beyond chance; {lost}"
    others = text.count((~own & up).sum(), "comparison gains", "comparisons gain")
    n_paid = int((~own & down).sum())
    paid = (
        f"{n_paid} of {n_other} {'loses' if n_paid == 1 else 'lose'}"
        if n_paid
        else f"{no_loss(solid[~at_home], 'visible')} ({text.count(n_other, 'comparison')})"
    )
    return f"{home} beyond chance; in other countries {others}, {paid}"


def steering_title(points: pd.DataFrame) -> str:
    """Say how many settings recover more and yet rank fewer pairs right."""
    known = points.dropna(subset=["over_holm"])
    if known.empty:
        return "Over-steering cannot be seen yet: it is judged against the model of all pairs, with ten test users"
    over = int(known["over_steering"].astype(bool).sum())
    if not over:
        judged = text.count(len(known), "comparison")
        return f"Over-steering is not seen beyond chance, in {judged} with training on all pairs"
    judged = text.count(len(known), "model")
    return f"{over} of {judged} over-steer: less excess than training on all pairs, and fewer of all pairs right"


def slopes_title(home: pd.DataFrame) -> str:
    """Say how far accuracy moves on average over the countries with enough users."""
    solid = text.solid(home).dropna(subset=["diff_value"])
    if solid.empty:
        return "No country has ten test users: before and after cannot be judged"
    before, after = text.percent(solid["before_value"].mean()), text.percent(solid["after_value"].mean())
    where = solid["trained_name"].iloc[0] if len(solid) == 1 else f"mean over {len(solid)} countries"
    return f"From {before} with the global model to {after} with the country's own ({where})"


def between_sentence(found: Mapping[str, Extremes | None], *, groups: str, name: Callable[[str], str] = str) -> str:
    """Say whether groups differ in how often their own models agree with them.

    Parameters
    ----------
    found : mapping
        `load.Three`.
    groups : str
        What they are, in the plural.
    name : callable
        Writes a group for a reader.
    """
    after = found["after"]
    if after is None:
        return f"Fewer than two {groups} have ten test users: there is no worst one and no gap."
    gap, chance = (text.points(value).lstrip("+") for value in (after.gap.value, after.by_chance))
    if after.gap.p < text.ALPHA:
        worst = f"{name(after.worst)} is worst off ({text.percent(after.lowest.value)}), {name(after.best)} best"
        return f"{worst}: a gap of {gap}, more than the {chance} of chance."
    return f"No gap beyond chance between {groups}: {gap} are seen, and chance alone makes {chance}."


def facet_label(name: str) -> str:
    """Write a facet for a reader: columns are named in snake case."""
    return name.replace("_", " ")


def groups_title(rows: pd.DataFrame, by: str) -> str:
    """Say which groups gain or lose beyond chance."""
    solid = text.solid(rows).dropna(subset=["diff_value"])
    if solid.empty:
        return f"By {by}, no group has ten test users: who gains and who pays cannot be said"
    sure = solid[solid["holm"] < text.ALPHA]
    up, down = (sure[part]["group"].tolist() for part in (sure["diff_value"] > 0, sure["diff_value"] < 0))
    judged = text.count(len(solid), "group")
    if not len(sure):
        return f"By {by}, no group of {len(solid)} gains or loses beyond chance"
    said = [f"{text.listed(up, most=2)} {'gain' if len(up) > 1 else 'gains'}"] if up else []
    said += [f"{text.listed(down, most=2)} {'lose' if len(down) > 1 else 'loses'}"] if down else []
    return f"By {by}, {' and '.join(said)} beyond chance, of {judged}"


def groups_left_out(found: GroupsFound) -> str:
    """Count and name what takes no part in the comparison of groups."""
    said = []
    if found.too_few:
        verb = "has" if len(found.too_few) == 1 else "have"
        said.append(f"{text.listed(found.too_few)} {verb} fewer than ten test users: no verdict, and in no gap.")
    if found.n_pairs_unknown:
        users, pairs = text.count(found.n_users_unknown, "user"), text.count(found.n_pairs_unknown, "pair")
        said.append(f"Not known for {pairs} of {users}.")
    return " ".join(said)


def inside_left_out(rows: pd.DataFrame) -> str:
    """Count the groups inside one country that have too few users."""
    few = rows[rows["too_few_users"].astype(bool)]
    if few.empty:
        return ""
    return f"{len(few)} of {text.count(len(rows), 'group')} here have fewer than ten test users: no verdict."


def length_row(rows: pd.DataFrame) -> pd.Series | None:
    """Return the row that is told of: the mean if there is one, else the country with most users if they are enough."""
    mean, solid = rows[rows["country"] == MEAN], text.solid(rows)
    if len(mean):
        return mean.iloc[0]
    return solid.sort_values("n_users", ascending=False).iloc[0] if len(solid) else None


def length_title(rows: pd.DataFrame) -> str:
    """Say whether the models' liking for longer responses differs from the global model's."""
    row = length_row(rows)
    if row is None:
        return "No country has ten test users with pairs of both kinds: a liking for length cannot be judged"
    after, before = (text.signed(row[f"bias_{when}_value"]) for when in ("after", "before"))
    where = "on average" if row["country"] == MEAN else f"in {row['name']}"
    if row["p"] < text.ALPHA:
        change = "more" if row["bias_change_value"] > 0 else "less"
        return (
            f"Own models lean to longer responses {change} than the global one: {after} against {before} points {where}"
        )
    return f"No change beyond chance in the liking for longer responses: {after} points {where}, global model {before}"


def calibration_title(row: pd.Series) -> str:
    """Say how sure the own models are against how sure they should be."""
    own, start = (row[f"{when}_value"] for when in ("after", "before"))
    if bool(row["too_few_users"]):
        return "Fewer than ten test users: whether the model is too sure cannot be said"
    side = "too sure" if own > 0 else "not sure enough"
    if not (row["after_low"] > 0 or row["after_high"] < 0):
        return f"The own models are about as sure as they should be: off by {text.points(own)}"
    by, other = (text.points(abs(value)).lstrip("+") for value in (own, start))
    before = "too sure" if start > 0 else "not sure enough"
    return f"The own models are {side} by {by}, the global model {before} by {other}"


def card_note(row: pd.Series, run: str) -> str:
    """Say whose card it is, and that it is of one run where the matrix has a mean."""
    setting = f"{row['trained_name']}: {row['setting_label']}"
    n_seeds = len(text.as_list(row["runs"]))
    if n_seeds == 1:
        return f"{setting}, run {run[:8]}, the one run of this model."
    return f"{setting}, run {run[:8]}: one of {n_seeds} seeds. The matrix shows their mean, the card this one alone."
