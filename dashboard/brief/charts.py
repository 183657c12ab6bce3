"""Dots with intervals, one row per country: the gain of a setting, or the global model before any training."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.marks import ROW


def gain_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the paired difference to the global model per country: dot, thick 80 % and thin 95 % bar.

    Parameters
    ----------
    rows : DataFrame
        Of one setting from `results.setting_table` at 95 %, the mean included.
    """
    merged = rows.dropna(subset=["gain_value"]).assign(
        label=lambda t: marks.row_labels(t, users="all_n_users"),
        is_mean=lambda t: t["country"] == "mean",
        sign=lambda t: ["gain" if v >= 0 else "loss" for v in t["gain_value"]],
        sure=lambda t: (t["gain_holm"] < text.ALPHA) & ~t["too_few_users"].astype(bool),
        words=lambda t: [text.difference_estimate(row, "gain") for _, row in t.iterrows()],
        sample=lambda t: [text.sample_text(row, "all_") for _, row in t.iterrows()],
        holm=lambda t: [text.p_value(v) for v in t["gain_holm"]],
        visible=lambda t: [text.points(v).lstrip("+") for v in t["gain_visible"]],
        own=lambda t: [text.recovered(row) for _, row in t.iterrows()],
    )
    order = merged.sort_values(["is_mean", "too_few_users", "gain_value"], ascending=[True, True, False])[
        "label"
    ].tolist()
    end = scales.symmetric_end(merged[["gain_low", "gain_high"]].to_numpy(dtype=float).ravel())
    title = "Change in all-country accuracy, points"
    x, y = alt.X("gain_value:Q", title=title, **marks.in_points((-end, end), ticks=8)), marks.rows_y("label", order)
    colour = alt.condition(
        "datum.too_few_users",
        alt.value(theme.FEW),
        alt.Color("sign:N", scale=alt.Scale(domain=["gain", "loss"], range=[theme.GAIN, theme.LOSS]), legend=None),
    )
    base = alt.Chart(merged)
    bars = marks.intervals(base, x, y, prefix="gain_", color=colour)
    ground = theme.surface(dark=dark).background
    hollow = base.mark_point(filled=True, size=120, opacity=1).encode(x=x, y=y, shape=_shape(), color=alt.value(ground))
    dots = base.mark_point(filled=True, size=120, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=colour,
        stroke=colour,
        shape=_shape(),
        fillOpacity=alt.condition("datum.sure", alt.value(1), alt.value(0)),
        tooltip=marks.tooltip(
            name="country",
            words="difference to the global model",
            sample="on",
            holm="p, corrected",
            visible="smallest change that would be seen",
            own="recovered share",
        ),
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["country"]))
    return alt.layer(marks.rule_at(x, 0.0), *bars, hollow, dots).properties(height=alt.Step(ROW), width="container")


def _shape() -> Any:
    return alt.condition("datum.is_mean", alt.value("diamond"), alt.value("circle"))


def global_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the global model's accuracy (dot) and the share of pairs it disagrees on (square) per country.

    Parameters
    ----------
    rows : DataFrame
        `results.country_table` at 95 %.
    """
    ends = ("value", "low", "high", "inner_low", "inner_high")
    disagree = rows.drop(columns=list(ends)).rename(columns={f"disagree_{end}": end for end in ends})
    parts = [rows.assign(what="All-country accuracy"), disagree.assign(what="Disagreement")]
    known = pd.concat(parts).dropna(subset=["value"])
    long = known.assign(
        label=marks.row_labels(known),
        words=[f"{text.percent(r['value'])} {text.percent_range(r['low'], r['high'])}" for _, r in known.iterrows()],
        sample=[text.sample_text(row) for _, row in known.iterrows()],
        ink=[
            theme.FEW if few else theme.METHODS["global"].colour if what == "All-country accuracy" else theme.LOSS
            for what, few in zip(known["what"], known["too_few_users"], strict=True)
        ],
    )
    first = long[long["what"] == "All-country accuracy"]
    order = first.sort_values(["too_few_users", "value"], ascending=[True, False])["label"].tolist()
    domain = scales.share_domain(long[["low", "high", "value"]].to_numpy(dtype=float).ravel(), log=False)
    x, y = alt.X("value:Q", title="Share of test pairs", **marks.in_shares(domain)), marks.rows_y("label", order)
    names = ["All-country accuracy", "Disagreement"]
    colours = alt.Scale(domain=names, range=[theme.METHODS["global"].colour, theme.LOSS])
    ink = alt.Stroke("ink:N", scale=None)
    legend = alt.Legend(title=None, orient="top")
    base = alt.Chart(long)
    ground = theme.surface(dark=dark).background
    shapes = alt.Scale(domain=names, range=["circle", "square"])
    hollow = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=x,
        y=y,
        color=alt.value(ground),
        shape=alt.condition("datum.what == 'Disagreement'", alt.value("square"), alt.value("circle")),
    )
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.condition(
            "datum.too_few_users", alt.value(theme.FEW), alt.Color("what:N", scale=colours, legend=legend)
        ),
        stroke=ink,
        shape=alt.Shape("what:N", scale=shapes, legend=legend),
        fillOpacity=alt.condition("datum.too_few_users", alt.value(0), alt.value(1)),
        tooltip=marks.tooltip(name="country", what="measure", words="share", sample="on"),
    )
    return alt.layer(*marks.intervals(base, x, y, stroke=ink), hollow, dots).properties(
        height=alt.Step(ROW), width="container"
    )
