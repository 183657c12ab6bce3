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


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    few = table["too_few_users"].astype(bool)
    return table.assign(
        label=[
            f"{name} · {text.count(n, 'user')}{' (too few)' if f else ''}"
            for name, n, f in zip(table["name"], table["n_users"], few, strict=True)
        ]
    )


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
    shown = _labelled(table).assign(
        pick=[clicks.country_place(country, chosen=list(chosen)) for country in table["country"]],
        words=[f"{text.percent(r['value'])} {text.percent_range(r['low'], r['high'])}" for _, r in table.iterrows()],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
        ink=pale_rows(table, chosen).map({True: theme.FEW, False: theme.LOSS}),
    )
    domain = scales.share_domain([*shown[["low", "high", "value"]].to_numpy(dtype=float).ravel(), 0.0], log=False)
    x = alt.X(
        "value:Q",
        title="Share of pairs with gap < 0",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(values=scales.ticks(domain, log=False, most=6), format=".0%"),
    )
    y = alt.Y(
        "label:N",
        sort=shown["label"].tolist(),
        title=None,
        axis=alt.Axis(labelLimit=240, ticks=False, domain=False, grid=False),
    )
    ink = alt.Stroke("ink:N", scale=None)
    base = alt.Chart(shown)
    thin = base.mark_rule(strokeWidth=1.6).encode(x=marks.moved(x, "low"), x2="high:Q", y=y, stroke=ink)
    thick = base.mark_rule(strokeWidth=5, opacity=0.55).encode(
        x=marks.moved(x, "inner_low"), x2="inner_high:Q", y=y, stroke=ink
    )
    ground = alt.value(theme.surface(dark=dark).background)
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2, shape="square", cursor="pointer").encode(
        x=x,
        y=y,
        stroke=ink,
        color=alt.condition("datum.too_few_users", ground, alt.Color("ink:N", scale=None)),
        tooltip=[
            alt.Tooltip("name:N", title="community"),
            alt.Tooltip("words:N", title="disagreement"),
            alt.Tooltip("sample:N", title="on"),
        ],
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["pick"]))
    return alt.layer(thin, thick, dots).properties(height=alt.Step(ROW), width="container")


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
        tooltip=[
            alt.Tooltip("name:N", title="community"),
            alt.Tooltip("span:N", title="p_glo"),
            alt.Tooltip("words:N", title="share of its pairs"),
            alt.Tooltip("sample:N", title="all its pairs"),
        ],
    )
    ground = alt.Chart(medians).mark_rule(color=colours.grid, strokeWidth=1).encode(y=y)
    half = alt.Chart(pd.DataFrame({"half": [0.5]})).mark_rule(strokeDash=[4, 3], color=theme.RULE)
    half = half.encode(x=marks.moved(x, "half"))
    middle = alt.Chart(medians).mark_point(shape="triangle-up", filled=True, size=34, color=colours.text, opacity=1)
    middle = middle.encode(
        x=marks.moved(x, "median"),
        y=marks.moved(y, "y2"),
        tooltip=[alt.Tooltip("name:N", title="community"), alt.Tooltip("words:N", title="median p_glo")],
    )
    return alt.layer(ground, bars, half, middle).properties(height=height + BELOW, width="container")
