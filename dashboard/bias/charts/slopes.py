"""Before and after: one line per country, from the global model's accuracy to that of its own model."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme

BEFORE, AFTER, NAMES = "Global model", "Country's model", ""
"""What stands from left to right."""

HEIGHT = 420
"""Of the plot in pixels."""

LEAST_APART = 17
"""Of two labels in pixels."""

MOST_LINES = 20
"""More names do not fit beside the lines."""


def slopes_chart(home: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw how the accuracy of each country changes from the global model to its own.

    Parameters
    ----------
    home : DataFrame
        The cells of the matrix in which a model is tested on its own country.
    """
    colours = theme.surface(dark=dark)
    few = home["too_few_users"].astype(bool)
    shown = home.assign(
        ink=marks.sign_inks(home["diff_value"], few | home["diff_value"].isna()),
        sure=(home["holm"] < text.ALPHA) & ~few,
        before_words=[text.share_estimate(row, "before") for _, row in home.iterrows()],
        after_words=[text.share_estimate(row, "after") for _, row in home.iterrows()],
        change_words=[text.difference_estimate(row, "diff") for _, row in home.iterrows()],
        counts=[text.lost_and_won(row) for _, row in home.iterrows()],
        sample=[text.sample_text(row) for _, row in home.iterrows()],
        holm_words=[text.p_value(v) for v in home["holm"]],
        end=AFTER,
    )
    domain = scales.share_domain([*shown["before_value"], *shown["after_value"]], log=False)
    shown["label"] = [
        f"{name}  {text.signed(change)}{' ●' if s else ''}{f'  (n = {n})' if f else ''}"
        for name, change, s, f, n in zip(
            shown["trained_name"], shown["diff_value"], shown["sure"], few, shown["n_users"], strict=True
        )
    ]
    shown["label_y"] = spaced(shown["after_value"].tolist(), least=LEAST_APART / HEIGHT * (domain[1] - domain[0]))
    axis = alt.Axis(labelExpr="format(datum.value * 100, '.0f')", values=scales.ticks(domain, log=False))
    scale = alt.Scale(domain=list(domain), nice=False)
    places = alt.Scale(domain=[BEFORE, AFTER, NAMES], padding=0.4)
    ink = alt.Color("ink:N", scale=None)
    tooltip = marks.tooltip(
        trained_name="country",
        before_words="global model",
        after_words="country's model",
        change_words="difference to the global model",
        counts="pairs",
        sample="on",
        holm_words="p, corrected",
    )
    long = pd.concat(
        [shown.assign(place=BEFORE, value=shown["before_value"]), shown.assign(place=AFTER, value=shown["after_value"])]
    )
    x = alt.X(
        "place:N",
        title=None,
        scale=places,
        axis=alt.Axis(values=[BEFORE, AFTER], labelAngle=0, orient="top", domain=False, ticks=False, labelLimit=200),
    )
    y = alt.Y("value:Q", title="All-country accuracy, %", scale=scale, axis=axis)
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=y,
            detail="trained_for:N",
            color=ink,
            strokeDash=alt.condition("datum.sure", alt.value([1, 0]), alt.value([5, 3])),
        )
    )
    ground = alt.value(colours.background)
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=80, opacity=1, strokeWidth=2)
        .encode(x=x, y=y, stroke=alt.Stroke("ink:N", scale=None), color=alt.condition("datum.sure", ink, ground))
        .encode(tooltip=tooltip)
    )
    names = (
        alt.Chart(shown)
        .mark_text(align="left", dx=12, fontSize=12)
        .encode(
            x=alt.X("end:N", title=None, scale=places),
            y=marks.moved(y, "label_y"),
            text="label:N",
            color=alt.value(colours.text),
        )
    )
    return alt.layer(lines, dots, names).properties(height=HEIGHT, width="container")


def spaced(places: Sequence[float], *, least: float) -> list[float]:
    """Move labels apart that would overlap: neighbours become a stack around the mean of their places."""
    stacks: list[list[int]] = []
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        stacks.append([i])
        while len(stacks) > 1 and _ends(stacks[-1], places, least)[0] - _ends(stacks[-2], places, least)[1] < least:
            stacks[-2:] = [stacks[-2] + stacks[-1]]
    moved = list(places)
    for stack in stacks:
        low, _ = _ends(stack, places, least)
        for number, i in enumerate(stack):
            moved[i] = low + number * least
    return moved


def _ends(stack: Sequence[int], places: Sequence[float], least: float) -> tuple[float, float]:
    """Return where the lowest and the highest label of a stack stand."""
    middle, reach = sum(places[i] for i in stack) / len(stack), (len(stack) - 1) / 2 * least
    return middle - reach, middle + reach
