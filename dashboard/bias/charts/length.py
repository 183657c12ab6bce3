"""Length bias: how much more often a model prefers the longer response than people do, before and after."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.bias.charts.two_models import GLOBAL, OWN, encoding, inks
from dashboard.kit import marks, scales, text, theme

ROW = 36
"""Height of a row in pixels; it holds two marks."""


def length_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the length bias of the global model and of each country's own, with intervals; 0 is as often as people.

    Parameters
    ----------
    rows : DataFrame
        Of `results.length_table`, one setting.
    """
    few = rows["too_few_users"].astype(bool)
    labels = [f"{n} · {text.count(u, 'user')}" for n, u in zip(rows["name"], rows["n_users"], strict=True)]
    method, parts = str(rows["method"].iloc[0]), []
    for name, which in (("before", GLOBAL), ("after", OWN)):
        parts.append(
            pd.DataFrame(
                {
                    "label": labels,
                    "which": which,
                    "value": rows[f"bias_{name}_value"].to_numpy(),
                    "low": rows[f"bias_{name}_low"].to_numpy(),
                    "high": rows[f"bias_{name}_high"].to_numpy(),
                    "ink": [theme.FEW if f else inks(method)[which] for f in few],
                    "too_few_users": few.to_numpy(),
                    "words": [text.difference_estimate(row, f"bias_{name}") for _, row in rows.iterrows()],
                    "change": [text.difference_estimate(row, "bias_change") for _, row in rows.iterrows()],
                    "longer": [text.difference_estimate(row, "longer_change") for _, row in rows.iterrows()],
                    "shorter": [text.difference_estimate(row, "shorter_change") for _, row in rows.iterrows()],
                    "sample": [
                        f"{row['n_longer']:,} longer, {row['n_shorter']:,} shorter, {row['n_equal']:,} equal pairs, "
                        f"{text.count(row['n_users'], 'user')}"
                        for _, row in rows.iterrows()
                    ],
                }
            )
        )
    shown = pd.concat(parts, ignore_index=True)
    solid = shown[~shown["too_few_users"]]
    ends = (solid if len(solid) else shown)[["low", "high"]].to_numpy(dtype=float).ravel()
    end = scales.symmetric_end(ends)
    title = "Prefers the longer response more often than people, points"
    x = alt.X("value:Q", title=title, **marks.in_points((-end, end), ticks=8))
    y = marks.rows_y("label", labels, limit=280)
    offset = alt.YOffset("which:N", sort=[GLOBAL, OWN], scale=alt.Scale(paddingOuter=0.6))
    ink = alt.Stroke("ink:N", scale=None)
    bars = (
        alt.Chart(shown)
        .mark_rule(strokeWidth=1.6, clip=True)
        .encode(x=marks.moved(x, "low"), x2="high:Q", y=y, yOffset=offset, stroke=ink)
    )
    dots = (
        alt.Chart(shown)
        .mark_point(filled=True, size=95, opacity=1)
        .encode(
            x=x,
            y=y,
            yOffset=offset,
            **encoding(method),
            tooltip=marks.tooltip(
                label="country",
                which="model",
                words="length bias",
                change="change of it",
                longer="change in accuracy, people chose the longer",
                shorter="change in accuracy, people chose the shorter",
                sample="on",
            ),
        )
    )
    return alt.layer(marks.rule_at(x, 0.0), bars, dots).properties(
        height=alt.Step(ROW, **{"for": "position"}), width="container"
    )
