"""Users per community: test users against the line below which a number gets no verdict, and training users."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, text, theme
from dashboard.kit.marks import ROW

_ROUND = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
WIDEST_LINEAR = 150
"""With more users than this the axis is logarithmic, so that the line at ten stays readable."""


def counts_chart(counts: pd.DataFrame, *, unit: str = "user", dark: bool) -> alt.TopLevelMixin:
    """Draw a row per community: training users (diamond), test users (circle), and the line at ten test users.

    Parameters
    ----------
    counts : DataFrame
        `results.community_counts`.
    unit : str
        What counts as one user: ``question`` in survey answers.
    """
    labels = [f"{name} · {text.count(n, 'pair')}" for name, n in zip(counts["name"], counts["pairs"], strict=True)]
    train, test = f"Training {unit}s", f"Test {unit}s"
    table = counts.assign(label=labels, few=counts["too_few_users"].astype(bool))
    long = pd.concat(
        [
            table.assign(what=train, users=table["train_users"], few=False),
            table.assign(what=test, users=table["test_users"]),
        ]
    ).assign(
        ink=lambda t: [
            theme.FEW
            if few
            else theme.METHODS["global"].colour
            if what == train
            else theme.SUBSETS["all_country"].colour
            for few, what in zip(t["few"], t["what"], strict=True)
        ],
        sample=lambda t: [
            f"{row['train_pairs']:,} training and {row['test_pairs']:,} test pairs" for _, row in t.iterrows()
        ],
    )
    most = max(int(long["users"].max()), text.FEW_USERS + 2)
    x = alt.X(
        "users:Q",
        title=f"{unit.capitalize()}s with pairs" + (", logarithmic axis" if most > WIDEST_LINEAR else ""),
        scale=_scale(most),
        axis=alt.Axis(values=[n for n in _ROUND if n <= most])
        if most > WIDEST_LINEAR
        else alt.Axis(tickMinStep=1, tickCount=10),
    )
    y = alt.Y(
        "label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=340, labelPadding=10, ticks=False, domain=False, grid=True, gridOpacity=0.6),
    )
    names = [test, train]
    colours = [theme.SUBSETS["all_country"].colour, theme.METHODS["global"].colour]
    legend = alt.Legend(title=None, orient="top")
    muted = theme.surface(dark=dark).muted
    line = pd.DataFrame({"users": [text.FEW_USERS], "words": [f"{text.FEW_USERS} {test.lower()}"]})
    rule = alt.Chart(line).mark_rule(color=theme.RING, strokeDash=[5, 3], strokeWidth=1.5).encode(x=x)
    late = most < 2 * text.FEW_USERS  # the line is nearer to the right end: its name stands before it
    name = (
        alt.Chart(line)
        .mark_text(
            align="right" if late else "left", baseline="bottom", dx=-5 if late else 5, dy=-3, fontSize=11, color=muted
        )
        .encode(x=x, y=alt.value(0), text="words:N")
    )
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=100, opacity=1, strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("what:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            stroke=alt.Stroke("ink:N", scale=None),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=names, range=["circle", "diamond"]), legend=legend),
            fillOpacity=alt.condition("datum.few", alt.value(0), alt.value(1)),
            tooltip=marks.tooltip({"users": ""}, name="community", what="which", users=f"{unit}s", sample="with"),
        )
    )
    return alt.layer(rule, name, dots).properties(height=alt.Step(ROW), width="container")


def _scale(most: int) -> alt.Scale:
    if most > WIDEST_LINEAR:
        return alt.Scale(type="symlog", constant=3, domain=[0, most * 1.1], nice=False)
    return alt.Scale(domain=[0, most * 1.04], nice=False)
