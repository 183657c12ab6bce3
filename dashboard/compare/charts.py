"""Two sides in pictures: differences with intervals, counts of outcomes, and the margins of each pair under both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme

LETTER_INK = {"B": "#0072B2", "C": "#D55E00", "D": "#009E73"}
"""Colour of the differences to each other side; their letters stand beside them."""

OUTCOME_INK = {"both_right": "#7A8694", "only_first": theme.GAIN, "only_second": theme.LOSS}
NUMBER_INK = {"both_right": "#101418", "only_first": "#FFFFFF", "only_second": "#101418"}
"""Colour of the count written on the bar of each: at least 4.5 to 1 against it."""

BOTH_WRONG = {False: "#C3CAD2", True: "#56606C"}
"""By dark mode: the outcome that says least stands back."""

OUTCOME_SHAPE = {
    "both_right": "circle",
    "only_first": "triangle-up",
    "only_second": "triangle-down",
    "both_wrong": "cross",
}
"""Colour and shape of each outcome: the sides' own colours stand for what only one of them has right."""

LEAST_DIGIT = 0.023
"""A count is written in its part of a bar if that is so long per digit, as a share of the bar."""

SQUARE = 420
"""Height of the scatter plot in pixels."""


def difference_chart(table: pd.DataFrame, *, dark: bool, title: str) -> alt.TopLevelMixin:
    """Draw differences between the first side and the others: dot, thick 80 % and thin 95 % bar, filled beyond chance.

    Parameters
    ----------
    table : DataFrame
        Of one measure from `comparison_table`, with `label` (the row) and `letter` (the other side), in their order.
    title : str
        Of the axis.
    """
    few = table["too_few_users"].astype(bool)
    shown = table.assign(
        ink=[theme.FEW if f else LETTER_INK[letter] for f, letter in zip(few, table["letter"], strict=True)],
        sure=(table["holm"] < text.ALPHA) & ~few,
        words=[text.difference_estimate(row, "diff") for _, row in table.iterrows()],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
        holm_words=[text.p_value(v) for v in table["holm"]],
        visible_words=[text.points(v).lstrip("+") for v in table["visible"]],
    )
    ends = shown[["diff_low", "diff_high", "diff_value"]].to_numpy(dtype=float).ravel()
    x = alt.X("diff_value:Q", title=title, **marks.in_points(scales.points_domain(ends), ticks=8))
    y = marks.rows_y("label", table["label"])
    tooltip = marks.tooltip(
        label="tested on",
        words="difference",
        sample="on",
        holm_words="p, corrected",
        visible_words="smallest difference that would be seen",
    )
    return marks.interval_dots(shown, x, y, tooltip, prefix="diff_", row=marks.ROW, dark=dark)


def outcome_chart(
    counts: pd.DataFrame, *, labels: Mapping[str, str], rows: Sequence[str], dark: bool
) -> alt.TopLevelMixin:
    """Draw how many pairs of each community have which outcome, as shares with their counts.

    Parameters
    ----------
    counts : DataFrame
        One row per community and outcome: `name`, `country`, `outcome`, `place` (what a click reports), `n`, `share`
        with its ends `start` and `end`, and `n_users`.
    labels : mapping
        Outcomes as they are called.
    rows : sequence of str
        Names in order.
    """
    colours = theme.surface(dark=dark)
    grey = colours.text if not dark else "#FFFFFF"
    shown = counts.assign(
        label=counts["outcome"].map(labels),
        ink=[NUMBER_INK.get(one, grey) for one in counts["outcome"]],
        said=[
            f"{text.count(n, 'pair')} of {text.count(users, 'person', 'people')}"
            for n, users in zip(counts["n"], counts["n_users"], strict=True)
        ],
        middle=(counts["start"] + counts["end"]) / 2,
        written=[
            f"{n:,}" if share >= LEAST_DIGIT * len(f"{n:,}") else ""
            for n, share in zip(counts["n"], counts["share"], strict=True)
        ],
    )
    x = alt.X(
        "start:Q",
        title="Share of test pairs",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    y = marks.rows_y("name", rows, limit=200)
    scale = alt.Scale(domain=list(labels.values()), range=_inks(labels, dark=dark))
    pick = alt.selection_point(name="pick", fields=["place"])
    bars = (
        alt.Chart(shown)
        .mark_bar(stroke=colours.background, strokeWidth=1)
        .encode(
            x=x,
            x2="end:Q",
            y=y,
            color=alt.Color("label:N", scale=scale, legend=alt.Legend(title=None, orient="top", columns=2)),
            tooltip=marks.tooltip(
                {"share": ".1%"}, name="tested on", label="outcome", said="count", share="share of its pairs"
            ),
        )
        .add_params(pick)
    )
    numbers = (
        alt.Chart(shown)
        .mark_text(fontSize=11)
        .encode(x=marks.moved(x, "middle"), y=y, text="written:N", color=alt.Color("ink:N", scale=None))
    )
    return alt.layer(bars, numbers).properties(height=alt.Step(marks.ROW), width="container")


def _inks(outcomes: Iterable[str], *, dark: bool) -> list[str]:
    """Return the colours of outcomes."""
    return [OUTCOME_INK.get(one, BOTH_WRONG[dark]) for one in outcomes]


def margin_chart(
    points: pd.DataFrame, *, labels: Mapping[str, str], first: str, second: str, dark: bool
) -> alt.TopLevelMixin:
    """Draw the margin of each pair under the second side (across) and under the first (up).

    Parameters
    ----------
    points : DataFrame
        `pair`, `first`, `second` (margins), `outcome`.
    labels : mapping
        Outcomes as they are called.
    """
    shown = points.assign(label=points["outcome"].map(labels))
    # Those on which the sides disagree are drawn last, above the crowd.
    order = {"both_right": 0, "both_wrong": 1, "only_first": 2, "only_second": 3}
    shown = shown.assign(rank=shown["outcome"].map(order)).sort_values("rank", kind="stable")
    names = list(labels.values())
    colour = alt.Scale(domain=names, range=_inks(labels, dark=dark))
    shape = alt.Scale(domain=names, range=[OUTCOME_SHAPE[one] for one in labels])
    x = alt.X("second:Q", title=f"Margin under {second}", axis=alt.Axis(tickCount=8))
    y = alt.Y("first:Q", title=f"Margin under {first}", axis=alt.Axis(tickCount=8))
    legend = alt.Legend(title=None, orient="top", columns=2)
    dots = (
        alt.Chart(shown)
        .mark_point(filled=True, size=46, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=alt.Color("label:N", scale=colour, legend=legend),
            shape=alt.Shape("label:N", scale=shape, legend=legend),
            tooltip=marks.tooltip(
                {"first": "+.2f", "second": "+.2f"},
                label="outcome",
                country="community",
                first=f"margin under {first}",
                second=f"margin under {second}",
                pair="pair",
            ),
        )
        .add_params(alt.selection_point(name="pick", fields=["pair"]))
    )
    return alt.layer(marks.rule_at(y, 0.0), marks.rule_at(x, 0.0), dots).properties(height=SQUARE, width="container")
