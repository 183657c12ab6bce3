"""Dots with intervals, one row per country: the gain of a setting, or the global model before any training."""

from __future__ import annotations

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
    known = rows.dropna(subset=["gain_value"])
    few = known["too_few_users"].astype(bool)
    merged = known.assign(
        label=marks.row_labels(known, users="all_n_users"),
        is_mean=known["country"] == "mean",
        ink=marks.sign_inks(known["gain_value"], few),
        sure=(known["gain_holm"] < text.ALPHA) & ~few,
        words=[text.difference_estimate(row, "gain") for _, row in known.iterrows()],
        sample=[text.sample_text(row, "all_") for _, row in known.iterrows()],
        holm=[text.p_value(v) for v in known["gain_holm"]],
        visible=[text.points(v).lstrip("+") for v in known["gain_visible"]],
        own=[text.recovered(row) for _, row in known.iterrows()],
    )
    order = merged.sort_values(["is_mean", "too_few_users", "gain_value"], ascending=[True, True, False])["label"]
    end = scales.symmetric_end(merged[["gain_low", "gain_high"]].to_numpy(dtype=float).ravel())
    title = "Change in all-country accuracy, points"
    x, y = alt.X("gain_value:Q", title=title, **marks.in_points((-end, end), ticks=8)), marks.rows_y("label", order)
    tooltip = marks.tooltip(
        name="country",
        words="difference to the global model",
        sample="on",
        holm="p, corrected",
        visible="smallest change that would be seen",
        own="recovered share",
    )
    shape = alt.condition("datum.is_mean", alt.value("diamond"), alt.value("circle"))
    return marks.interval_dots(merged, x, y, tooltip, prefix="gain_", row=ROW, dark=dark, shape=shape, pick="country")


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
        words=[text.share_estimate(r) for _, r in known.iterrows()],
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
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.condition(
            "datum.too_few_users", alt.value(ground), alt.Color("what:N", scale=colours, legend=legend)
        ),
        stroke=ink,
        shape=alt.Shape("what:N", scale=shapes, legend=legend),
        tooltip=marks.tooltip(name="country", what="measure", words="share", sample="on"),
    )
    return alt.layer(*marks.intervals(base, x, y, stroke=ink), dots).properties(height=alt.Step(ROW), width="container")
