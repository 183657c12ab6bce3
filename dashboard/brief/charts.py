"""Dots with intervals, one row per country: the gain of a setting, or the global model before any training."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.marks import ROW


def _rows(table: pd.DataFrame, *, users: str) -> pd.DataFrame:
    """Add the label of each row: name and number of users."""
    few = table["too_few_users"].astype(bool)
    label = [
        f"{name} · {text.count(n, 'user')}{' (too few)' if f else ''}"
        for name, n, f in zip(table["name"], table[users], few, strict=True)
    ]
    return table.assign(label=label)


def gain_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the paired difference to the global model per country: dot, thick 80 % and thin 95 % bar.

    Parameters
    ----------
    rows : DataFrame
        Of one setting from `results.setting_table` at 95 %, the mean included.
    """
    merged = _rows(rows.dropna(subset=["gain_value"]), users="all_n_users").assign(
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
    x = _difference_axis("gain_value", end)
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False, grid=False))
    colour = alt.condition(
        "datum.too_few_users",
        alt.value(theme.FEW),
        alt.Color("sign:N", scale=alt.Scale(domain=["gain", "loss"], range=[theme.GAIN, theme.LOSS]), legend=None),
    )
    base = alt.Chart(merged)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=theme.RULE, strokeDash=[4, 3])
    zero = zero.encode(x=marks.moved(x, "zero"))
    thin = base.mark_rule(strokeWidth=1.6, clip=True).encode(
        x=marks.moved(x, "gain_low"), x2="gain_high:Q", y=y, color=colour
    )
    thick = base.mark_rule(strokeWidth=5, opacity=0.55, clip=True).encode(
        x=marks.moved(x, "gain_inner_low"), x2="gain_inner_high:Q", y=y, color=colour
    )
    ground = theme.surface(dark=dark).background
    hollow = base.mark_point(filled=True, size=120, opacity=1).encode(x=x, y=y, shape=_shape(), color=alt.value(ground))
    dots = base.mark_point(filled=True, size=120, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=colour,
        stroke=colour,
        shape=_shape(),
        fillOpacity=alt.condition("datum.sure", alt.value(1), alt.value(0)),
        tooltip=[
            alt.Tooltip("name:N", title="country"),
            alt.Tooltip("words:N", title="difference to the global model"),
            alt.Tooltip("sample:N", title="on"),
            alt.Tooltip("holm:N", title="p, corrected"),
            alt.Tooltip("visible:N", title="smallest change that would be seen"),
            alt.Tooltip("own:N", title="recovered share"),
        ],
    )
    chart = alt.layer(zero, thin, thick, hollow, dots.add_params(alt.selection_point(name="pick", fields=["country"])))
    return chart.properties(height=alt.Step(ROW), width="container")


def _shape() -> Any:
    return alt.condition("datum.is_mean", alt.value("diamond"), alt.value("circle"))


def _difference_axis(column: str, end: float) -> alt.X:
    return alt.X(
        f"{column}:Q",
        title="Change in all-country accuracy, points",
        scale=alt.Scale(domain=[-end, end], nice=False),
        axis=alt.Axis(labelExpr="replace(format(datum.value * 100, '+.0f'), '+0', '0')", tickCount=8),
    )


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
    long = _rows(pd.concat(parts).dropna(subset=["value"]), users="n_users").assign(
        words=lambda t: [
            f"{text.percent(r['value'])} {text.percent_range(r['low'], r['high'])}" for _, r in t.iterrows()
        ],
        sample=lambda t: [text.sample_text(row) for _, row in t.iterrows()],
        ink=lambda t: [
            theme.FEW if few else theme.METHODS["global"].colour if what == "All-country accuracy" else theme.LOSS
            for what, few in zip(t["what"], t["too_few_users"], strict=True)
        ],
    )
    first = long[long["what"] == "All-country accuracy"]
    order = first.sort_values(["too_few_users", "value"], ascending=[True, False])["label"].tolist()
    domain = scales.share_domain(long[["low", "high", "value"]].to_numpy(dtype=float).ravel(), log=False)
    x = alt.X(
        "value:Q",
        title="Share of test pairs",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(values=scales.ticks(domain, log=False), format=".0%"),
    )
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False, grid=False))
    names = ["All-country accuracy", "Disagreement"]
    colours = alt.Scale(domain=names, range=[theme.METHODS["global"].colour, theme.LOSS])
    ink = alt.Stroke("ink:N", scale=None)
    legend = alt.Legend(title=None, orient="top")
    base = alt.Chart(long)
    thin = base.mark_rule(strokeWidth=1.6).encode(x=marks.moved(x, "low"), x2="high:Q", y=y, stroke=ink)
    thick = base.mark_rule(strokeWidth=5, opacity=0.55).encode(
        x=marks.moved(x, "inner_low"), x2="inner_high:Q", y=y, stroke=ink
    )
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
        tooltip=[
            alt.Tooltip("name:N", title="country"),
            alt.Tooltip("what:N", title="measure"),
            alt.Tooltip("words:N", title="share"),
            alt.Tooltip("sample:N", title="on"),
        ],
    )
    return alt.layer(thin, thick, hollow, dots).properties(height=alt.Step(ROW), width="container")
