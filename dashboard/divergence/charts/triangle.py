"""Distances between communities as a triangle in the order of a tree, with noise floors on the diagonal."""

from __future__ import annotations

import math
from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.divergence.charts import tree
from dashboard.kit import clicks, marks, matrix, scales, text, theme
from dashboard.kit.exports import Room
from dashboard.kit.matrix import Plan
from dashboard.kit.shortnames import short_names


def triangle_chart(
    couples: pd.DataFrame,
    communities: pd.DataFrame,
    branches: pd.DataFrame,
    *,
    chosen: Collection[str],
    couple: str | None,
    dark: bool,
    room: Room | None = None,
) -> alt.TopLevelMixin:
    """Draw the distances of all couples as the lower triangle of a matrix, in the order of the tree beside it.

    Parameters
    ----------
    couples, communities, branches : DataFrame
        From `tables.couples`, `tables.communities` and `tables.branches`.
    chosen : collection of str
        Countries of the sidebar; their names are bold, with a filled mark.
    couple : str or None
        Couple whose cell is outlined.
    room : Room, optional
        Of a file, which has short names over the columns, in a narrow one at the rows too, and nothing to click.
    """
    colours = theme.surface(dark=dark)
    grown = len(branches) > 0
    if room is None:
        where = matrix.plan(communities["name"].tolist(), tree=grown)
    else:
        communities = _shortened(communities, narrow=room.narrow)
        where = matrix.fitted(communities["name"].tolist(), communities["above"].tolist(), room, tree=grown)
    end = scales.symmetric_end(couples["value"])
    cells = _cells(couples, where, end=end, dark=dark)
    drawn = matrix.canvas(where)
    tooltip = marks.tooltip(pair="couple", words="distance", noise="noise floor", verdict="verdict", sample="on")
    layers = [
        *tree.layers(branches, where, drawn, colours),
        *_diagonal(communities, where, drawn, dark=dark),
        *matrix.squares(
            cells,
            where,
            drawn,
            title="Distance, % of common pairs",
            end=end,
            percent=True,
            tooltip=tooltip,
            picked=cells["couple"] == couple,
            dark=dark,
        ),
        *matrix.names(
            communities.assign(
                sample=[text.count(n, "user") for n in communities["n_users"]], few=communities["too_few_users"]
            ),
            where,
            drawn,
            chosen=chosen,
            offered=None if room is None else (),
            dark=dark,
        ),
    ]
    return alt.layer(*layers).properties(width=where.width, height=where.height + matrix.AXIS)


def _shortened(communities: pd.DataFrame, *, narrow: bool) -> pd.DataFrame:
    """Give the rows and the columns of a file their names."""
    above = communities["country"].map(short_names(communities["country"]))
    return communities.assign(above=above, name=above if narrow else communities["name"] + " (" + above + ")")


def _cells(couples: pd.DataFrame, where: Plan, *, end: float, dark: bool) -> pd.DataFrame:
    """Add place, words and ink of each cell."""
    colours = theme.surface(dark=dark)
    blank = couples["value"].isna() | couples["too_few_users"].astype(bool)
    differs = couples["differs"].astype(bool) & ~blank
    return matrix.in_cells(couples, where, row=couples["row"], column=couples["column"]).assign(
        shown=couples["value"].clip(lower=0.0),
        blank=blank,
        strength=(differs | blank).map({True: 1.0, False: 0.32}),
        ink=matrix.number_ink(couples["value"], end, colours).where(differs, colours.muted),
        weight=differs.map({True: "bold", False: "normal"}),
        label=[_label(value, few=few) for value, few in zip(couples["value"], blank, strict=True)],
        words=[distance_words(row) for _, row in couples.iterrows()],
        noise=[f"up to {text.percent(v)}" if pd.notna(v) else text.UNKNOWN for v in couples["floor"]],
        verdict=[verdict(row) for _, row in couples.iterrows()],
        sample=[text.sample_text(row) for _, row in couples.iterrows()],
        pair=couples["first_name"] + " and " + couples["second_name"],
        said=[
            f"{row['first_name']} and {row['second_name']}: {distance_words(row)}, {verdict(row)}"
            for _, row in couples.iterrows()
        ],
        pick=couples["couple"].map(clicks.cell_place),
    )


def _label(value: float, *, few: bool) -> str:
    if math.isnan(value) or few:
        return "–"
    return "≈ 0" if value <= 0 else f"{100 * value:.1f}"


def distance_words(row: pd.Series) -> str:
    """Write a distance with its interval; below 0 is 0."""
    low, high = max(row["low"], 0.0), max(row["high"], 0.0)  # NaN stays NaN: it comes first
    return f"{text.percent(max(row['value'], 0.0))} {text.percent_range(low, high)}"


def verdict(row: pd.Series) -> str:
    """Say what a distance allows to say."""
    if bool(row["too_few_users"]) or pd.isna(row["holm"]):
        return "too few users"
    said = "differ" if bool(row["differs"]) else "no difference shown"
    return f"{said}, p after Holm {text.p_value(row['holm'])}"


def _diagonal(communities: pd.DataFrame, where: Plan, drawn: tuple[alt.X, alt.Y], *, dark: bool) -> list[alt.Chart]:
    """Draw the noise floor of each community: how far its own halves are apart."""
    shown = communities.assign(
        label=[f"≤{100 * v:.0f}" if pd.notna(v) else "–" for v in communities["floor_high"]],
        words=[floor_words(row) for _, row in communities.iterrows()],
        sample=[text.sample_text(row) for _, row in communities.iterrows()],
    )
    tooltip = marks.tooltip(name="community", words="noise floor: distance of its own halves", sample="on")
    return matrix.diagonal(shown, where, drawn, tooltip, dark=dark)


def floor_words(row: pd.Series) -> str:
    """Write the noise floor of a community: the range of the distances of its halves, below 0 is 0."""
    if pd.isna(row["floor_high"]):
        return text.UNKNOWN
    return (
        f"0 to {text.percent(max(row['floor_high'], 0.0))}"
        if row["floor_low"] <= 0
        else (f"{text.percent(row['floor_low'])} to {text.percent(row['floor_high'])}")
    )
