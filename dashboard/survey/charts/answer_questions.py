"""Questions x countries, and countries x the options of one question."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from dashboard.kit import glossary, marks, scales, text, theme
from dashboard.kit.matrix import number_ink
from dashboard.survey import words
from scpo.words import shortened

LETTERS = 66
"""Letters in a line of a question at the rows of the heat map; it has two lines, the tooltip has it whole."""

FARTHEST = 0.5
"""Upper end of the colours of distances, whatever is shown; what lies beyond has the last colour, and its number."""

TALL, ROW, CELL = 34, 24, 36
"""Height of a row with a question and of one with a country, and width of a column with a country, in pixels."""


def spread_chart(
    table: pd.DataFrame, countries: pd.DataFrame, *, question: str | None, dark: bool
) -> alt.TopLevelMixin:
    """Draw questions x countries: how far each country's answers lie from the mean of the shown ones.

    Parameters
    ----------
    table : DataFrame
        From `load.load_spread`.
    countries : DataFrame
        From `load.ordered`: the order of the columns.
    question : str or None
        Question whose row is marked.
    """
    colours = theme.surface(dark=dark)
    end = FARTHEST
    each = table.drop_duplicates("question_id")
    label = {one: _two_lines(question) for one, question in zip(each["question_id"], each["question"], strict=True)}
    shown = table.assign(
        words=[words.number(v) for v in table["distance"]],
        mean_words=[
            f"{words.number(m)} over {text.count(n, 'country', 'countries')}"
            for m, n in zip(table["question_distance"], table["n_countries"], strict=True)
        ],
        ink=number_ink(table["distance"], end, colours),
        number=[f"{v:.2f}" for v in table["distance"]],
        pick=[f"question:{one}" for one in table["question_id"]],
        quote=[
            f"{name}: {value:.2f}, {' '.join(label[one])}"
            for name, value, one in zip(table["name"], table["distance"], table["question_id"], strict=True)
        ],
    )
    names = [name for name in countries["name"] if name in set(table["name"])]
    x = alt.X(
        "name:N",
        sort=names,
        title=None,
        scale=alt.Scale(domain=names),
        axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=140, labelOverlap=False, ticks=False, domain=False),
    )
    y = alt.Y(
        "question_id:N",
        sort=list(label),
        title=None,
        axis=alt.Axis(
            labelExpr=f"{json.dumps(label)}[datum.value]",
            labelLimit=glossary.grown(430),
            labelFontSize=glossary.grown(11),
            ticks=False,
            domain=False,
            labelOverlap=False,
        ),
    )
    ramp = alt.Scale(domain=[0, end], range=[colours.neutral, theme.distance(dark=dark)], interpolate="lab", clamp=True)
    legend = alt.Legend(
        title="Distance to the mean of these countries",
        orient="top",
        direction="horizontal",
        titleLimit=400,
        type="symbol",
        symbolType="square",
        symbolSize=220,
        symbolStrokeWidth=0,
        labelExpr="format(datum.value, '.2~f')",
        values=scales.ticks((0.0, end), log=False, most=5),
    )
    tooltip = marks.tooltip(
        question="question", name="country", words="distance to the mean", mean_words="mean of the row"
    )
    base = alt.Chart(shown)
    cells = base.mark_rect(stroke=colours.background, strokeWidth=1.5, cursor="pointer").encode(
        x=x, y=y, fill=alt.Fill("distance:Q", scale=ramp, legend=legend), description="quote:N", tooltip=tooltip
    )
    cells = cells.add_params(alt.selection_point(name="pick", fields=["pick"]))
    picked = alt.Chart(shown[shown["question_id"] == question])
    outline = picked.mark_rect(fill=None, filled=False, stroke=colours.text, strokeWidth=1.6).encode(x=x, y=y)
    numbers = base.mark_text(fontSize=glossary.grown(10)).encode(
        x=x, y=y, text="number:N", color=alt.Color("ink:N", scale=None), tooltip=tooltip
    )
    return alt.layer(cells, outline, numbers).properties(height=alt.Step(TALL), width=alt.Step(CELL))


def _two_lines(question: str) -> list[str]:
    """Break a question into two lines; of a long one the middle is left out."""
    both_ends = words.ends(question, 2 * LETTERS - 12, head=0.5)
    return textwrap.wrap(both_ends, LETTERS, max_lines=2, placeholder=" …")


def question_chart(table: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw how countries answered one question: countries x options, the share in each cell.

    Parameters
    ----------
    table : DataFrame
        From `load.load_answers`.
    """
    colours = theme.surface(dark=dark)
    end = 1.0
    options = table.drop_duplicates("option_index").sort_values("option_index")
    label = {
        str(index): shortened(option, 40)
        for index, option in zip(options["option_index"], options["option"], strict=True)
    }
    shown = table.assign(
        place=table["option_index"].astype(str),
        number=[f"{100 * v:.0f}" for v in table["share"]],
        ink=number_ink(table["share"], end, colours),
        words=[text.percent(v) for v in table["share"]],
        out=[text.percent(v) for v in table["left_out"]],
    )
    x = alt.X(
        "place:N",
        sort=list(label),
        title=None,
        axis=alt.Axis(
            orient="top",
            labelAngle=-30,
            labelLimit=220,
            labelOverlap=False,
            ticks=False,
            domain=False,
            labelExpr=f"{json.dumps(label)}[datum.value]",
        ),
    )
    names = table["name"].drop_duplicates().tolist()
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=200, ticks=False, domain=False))
    ramp = alt.Scale(domain=[0, end], range=[colours.neutral, theme.distance(dark=dark)], interpolate="lab", clamp=True)
    tooltip = marks.tooltip(name="country", option="option", words="share", out="non-answers left out")
    base = alt.Chart(shown)
    cells = base.mark_rect(stroke=colours.background, strokeWidth=1.5).encode(
        x=x, y=y, fill=alt.Fill("share:Q", scale=ramp, legend=None), tooltip=tooltip
    )
    numbers = base.mark_text(fontSize=11).encode(
        x=x, y=y, text="number:N", color=alt.Color("ink:N", scale=None), tooltip=tooltip
    )
    return alt.layer(cells, numbers).properties(height=alt.Step(ROW), width="container")
