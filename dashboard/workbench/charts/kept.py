"""How many training pairs of each country are kept, and how many unweighted pairs they are worth."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, text, theme
from dashboard.kit.live import Live, frame, named


def kept_chart(kept: pd.DataFrame, *, dark: bool) -> Live:
    """Draw how many training pairs of each country are kept, and how many unweighted pairs they are worth."""
    parts = (
        _amount(kept, "kept_share", "n_kept", "Kept pairs"),
        _amount(kept, "effective_share", "effective", "Effective sample size"),
    )
    amounts = {column: [value for part in parts for value in part[column]] for column in parts[0]}
    rows = parts[0]["row"]
    spans = {"row": rows, "low": parts[1]["share"], "high": parts[0]["share"]}
    return Live(_kept_frame(tuple(rows), dark=dark), {"amounts": amounts, "spans": spans})


def _amount(kept: pd.DataFrame, share: str, number: str, label: str) -> dict[str, list[Any]]:
    rows = marks.records(kept, ("name", "n_pairs", "train_users", "tau", "beta", share, number))
    return {
        "row": [f"{row['name']} · {text.count(row['n_pairs'], 'pair')}" for row in rows],
        "share": [row[share] for row in rows],
        "what": [label] * len(rows),
        "words": [f"{row[number]:,.0f} of {row['n_pairs']:,}" for row in rows],
        "users": [text.count(row["train_users"], "training user") for row in rows],
        "setting": [text.setting_label("scpo", row["tau"], row["beta"]) for row in rows],
    }


@frame
def _kept_frame(rows: tuple[str, ...], *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    names = ["Kept pairs", "Effective sample size"]
    x = alt.X(
        "share:Q",
        title="Share of the country's training pairs",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1]),
    )
    y = marks.rows_y("row", rows)
    legend = alt.Legend(title=None, orient="top", symbolSize=100)
    inks = alt.Scale(domain=names, range=[theme.METHODS["scpo"].colour, colours.muted])
    span = named("spans").mark_rule(strokeWidth=1.4, color=theme.RULE)
    span = span.encode(x=marks.moved(x, "low"), x2="high:Q", y=y)
    dots = (
        named("amounts")
        .mark_point(filled=True, size=90, opacity=1, strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("what:N", scale=inks, legend=legend),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=names, range=["circle", "square"]), legend=legend),
            tooltip=marks.tooltip(row="country", what="what", words="pairs", users="from", setting="setting"),
        )
    )
    return alt.layer(span, dots).properties(height=alt.Step(26), width="container").to_dict()
