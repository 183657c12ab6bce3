"""Communities against the global model: how often it disagrees, and how sure it is."""

from __future__ import annotations

import json
from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.kit import clicks, marks, scales, text, theme

ROW = 34

BELOW = 56
"""What the axis and a note under a chart take of its height on the screen."""


def pale_rows(table: pd.DataFrame, chosen: Collection[str]) -> pd.Series:
    """Tell which rows are grey: too few users, or others are chosen."""
    others = ~table["country"].isin(list(chosen)) if set(chosen) & set(table["country"]) else False
    return table["too_few_users"].astype(bool) | others


def to_global_chart(table: pd.DataFrame, *, chosen: Collection[str], dark: bool) -> alt.TopLevelMixin:
    """Draw the share of pairs on which the global model disagrees, per community: dot, 80 % and 95 % bar.

    Parameters
    ----------
    table : DataFrame
        From `load.load_to_global`.
    """
    shown = table.assign(
        label=marks.row_labels(table),
        pick=[clicks.country_place(country, chosen=list(chosen)) for country in table["country"]],
        words=[text.share_estimate(r) for _, r in table.iterrows()],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
        ink=pale_rows(table, chosen).map({True: theme.FEW, False: theme.LOSS}),
    )
    domain = scales.share_domain([*shown[["low", "high", "value"]].to_numpy(dtype=float).ravel(), 0.0], log=False)
    x = alt.X("value:Q", title="Share of pairs with gap < 0", **marks.in_shares(domain, most=6))
    y = marks.rows_y("label", shown["label"], limit=240)
    tooltip = marks.tooltip(name="community", words="disagreement", sample="on")
    known = "!datum.too_few_users"
    return marks.interval_dots(
        shown, x, y, tooltip, row=ROW, dark=dark, against=None, filled=known, shape="square", pick="pick"
    )


def p_glo_chart(table: pd.DataFrame, order: pd.DataFrame, *, chosen: Collection[str], dark: bool) -> alt.TopLevelMixin:
    """Draw the distribution of p_glo per community as one row of bars each; disagreement is coloured.

    Parameters
    ----------
    table : DataFrame
        From `results.community_pairs.p_glo_distribution`.
    order : DataFrame
        From `load.load_to_global`: the rows from top to bottom, with the median.
    """
    colours = theme.surface(dark=dark)
    place = {country: row for row, country in enumerate(order["country"])}
    tallest = max(float(table["share"].max()), 1e-6)
    base = (table["country"].map(place) + 0.94) * ROW
    pale = pale_rows(table, chosen)
    left = table["p_high"] <= 0.5
    shown = table.assign(
        y=base,
        y2=base - 0.86 * ROW * table["share"] / tallest,
        ink=left.map({True: theme.LOSS, False: theme.METHODS["global"].colour}).where(~pale, theme.FEW),
        strength=[0.9 if not p else 0.75 if one else 0.35 for p, one in zip(pale, left, strict=True)],
        words=[text.percent(v) for v in table["share"]],
        span=[f"{a:.2f} to {b:.2f}" for a, b in zip(table["p_low"], table["p_high"], strict=True)],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
    )
    medians = order.assign(
        y=[(row + 0.94) * ROW for row in range(len(order))],
        y2=[(row + 0.94) * ROW + 4 for row in range(len(order))],
        words=[f"{v:.2f}" for v in order["median"]],
    )
    height = ROW * len(order)
    x = alt.X(
        "p_low:Q",
        title="p_glo: how surely the global model prefers what the person chose",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2f", grid=False),
    )
    rows = [(row + 0.6) * ROW for row in range(len(order))]
    axis = alt.Axis(
        values=rows,
        labelExpr=f"{json.dumps(order['name'].tolist())}[round(datum.value / {ROW} - 0.6)]",
        labelLimit=200,
        labelOverlap=False,
        ticks=False,
        domain=False,
        grid=False,
    )
    y = alt.Y("y:Q", title=None, axis=axis, scale=alt.Scale(domain=[height, 0], nice=False))
    bars = alt.Chart(shown).mark_rect(stroke=colours.background, strokeWidth=0.5)
    bars = bars.encode(
        x=x,
        x2="p_high:Q",
        y=y,
        y2="y2:Q",
        fill=alt.Fill("ink:N", scale=None),
        fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
        tooltip=marks.tooltip(name="community", span="p_glo", words="share of its pairs", sample="all its pairs"),
    )
    ground = alt.Chart(medians).mark_rule(color=colours.grid, strokeWidth=1).encode(y=y)
    middle = alt.Chart(medians).mark_point(shape="triangle-up", filled=True, size=34, color=colours.text, opacity=1)
    middle = middle.encode(
        x=marks.moved(x, "median"),
        y=marks.moved(y, "y2"),
        tooltip=marks.tooltip(name="community", words="median p_glo"),
    )
    return alt.layer(ground, bars, marks.rule_at(x, 0.5, "half"), middle).properties(
        height=height + BELOW, width="container"
    )
