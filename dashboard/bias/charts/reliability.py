"""Calibration of margins: what models say against how often people agree."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.bias.charts.two_models import GLOBAL, OWN, encoding, inks
from dashboard.kit import marks, text, theme

SIZE = 380
"""Height of the plot in pixels."""


def reliability_chart(bins: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the share of pairs in which people agree against what the model says; on the line it is calibrated.

    Parameters
    ----------
    bins : DataFrame
        Of `results.reliability_table`, one setting, and one country or all.
    """
    method, few = str(bins["method"].iloc[0]), bins["too_few_users"].astype(bool)
    which = bins["model"].map({"global": GLOBAL, "own": OWN})
    shown = bins.assign(
        which=which,
        ink=[theme.FEW if f else inks(method)[name] for name, f in zip(which, few, strict=True)],
        words=[text.share_estimate(row, "agreed") for _, row in bins.iterrows()],
        said_words=[text.percent(value) for value in bins["said"]],
        share_words=[text.percent(value) for value in bins["share"]],
        sample=[text.sample_text(row) for _, row in bins.iterrows()],
        edges=[_edges(low, high) for low, high in zip(bins["low_edge"], bins["high_edge"], strict=True)],
    )
    low = min(0.5, float(shown["agreed_low"].min(skipna=True)) if shown["agreed_low"].notna().any() else 0.5)
    low = max(0.0, round(low - 0.02, 2))
    percent = "format(datum.value * 100, '.0f')"
    x = alt.X(
        "said:Q",
        title="The model says it is right, %",
        scale=alt.Scale(domain=[0.49, 1.0], nice=False),
        axis=alt.Axis(labelExpr=percent, values=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
    )
    y = alt.Y(
        "agreed_value:Q",
        title="People agree, %",
        scale=alt.Scale(domain=[low, 1.0], nice=False),
        axis=alt.Axis(labelExpr=percent, tickCount=6),
    )
    perfect = alt.Chart(pd.DataFrame({"said": [0.5, 1.0], "agreed_value": [0.5, 1.0]}))
    perfect = perfect.mark_line(color=theme.RULE, strokeDash=[4, 3]).encode(x=x, y=y)
    ink, base = alt.Stroke("ink:N", scale=None), alt.Chart(shown)
    bars = base.mark_rule(strokeWidth=1.6, clip=True).encode(
        x=x, y=marks.moved(y, "agreed_low"), y2="agreed_high:Q", stroke=ink
    )
    lines = base.mark_line(strokeWidth=1.2, opacity=0.5).encode(x=x, y=y, detail="which:N", stroke=ink)
    dots = base.mark_point(filled=True, opacity=1).encode(
        x=x,
        y=y,
        **encoding(method),
        size=alt.Size("share:Q", scale=alt.Scale(domain=[0, 1], range=[40, 500]), legend=None),
        tooltip=marks.tooltip(
            which="model",
            edges="says between",
            said_words="says on average",
            words="people agree",
            share_words="of the pairs",
            sample="on",
        ),
    )
    return alt.layer(perfect, lines, bars, dots).properties(height=SIZE, width="container")


def _edges(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f}{text.NBSP}%"
