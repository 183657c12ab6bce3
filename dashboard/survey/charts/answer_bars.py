"""The questions that divide two countries, with the answers of both as bars."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import glossary, marks, text, theme
from dashboard.kit.matrix import LETTER
from dashboard.survey import words

LABELS, BARS, GAP = 270, 400, 46
"""Widths of the options, the bars and the numbers behind them, in pixels."""

LINE, BAR, BETWEEN = 17, 10, 20
"""Height of a line of text and of a bar, and space between two questions, in pixels."""

LETTERS = 108
"""Letters in a line of a question's text."""

MOST_LINES = 6

OPTION, SMALL = 46, 12
"""Letters in a line of an option, which has two at most, and the height of such a line in pixels."""


def dividing_chart(table: pd.DataFrame, *, first: str, second: str, dark: bool) -> alt.TopLevelMixin:
    """Draw questions with the answers of two countries: filled bars for the first, hollow ones for the second.

    Parameters
    ----------
    table : DataFrame
        From `load.load_dividing`, as many questions as are to be drawn.
    first, second : str
        Names of the countries.
    """
    colours = theme.surface(dark=dark)
    lines, bars, height = _laid_out(table, first, second)
    width = LABELS + BARS + GAP
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    strong = theme.distance(dark=dark)
    tooltip = marks.tooltip(country="country", option="option", words="share")
    quarters = pd.DataFrame(
        [
            {"x": LABELS + share * BARS, "y": bar["y"].min() - 3, "y2": bar["y2"].max() + 3}
            for _, bar in bars.groupby("rank")
            for share in (0, 0.25, 0.5, 0.75, 1)
        ]
    )
    layers = [alt.Chart(quarters).mark_rule(color=colours.grid).encode(x=x, y=y, y2="y2:Q")]
    for filled, rows in bars.groupby("filled"):
        look: dict[str, Any] = (
            {"fill": strong, "stroke": strong} if filled else {"fill": colours.background, "stroke": colours.muted}
        )
        drawn = alt.Chart(rows).mark_rect(strokeWidth=1.2, **look)
        layers.append(drawn.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tooltip))
    numbers = alt.Chart(bars).mark_text(align="left", dx=5, fontSize=glossary.grown(10), color=colours.muted)
    layers.append(numbers.encode(x=marks.moved(x, "x2"), y=marks.moved(y, "middle"), text="label:N", tooltip=tooltip))
    for (kind, align), rows in lines.groupby(["kind", "align"]):
        face: dict[str, Any] = {"align": align, "baseline": "middle", **_type_of(str(kind), colours)}
        layers.append(alt.Chart(rows).mark_text(**face).encode(x=x, y=y, text="quote:N"))
    return alt.layer(*layers, *_key(x, y, (first, second), strong, colours)).properties(
        width=glossary.grown(width), height=glossary.grown(height)
    )


def _type_of(kind: str, colours: theme.Surface) -> dict[str, Any]:
    if kind == "question":
        return {"fontSize": glossary.grown(13), "fontWeight": "bold", "color": colours.text}
    return {"fontSize": glossary.grown(11), "color": colours.text if kind == "option" else colours.muted}


def _laid_out(table: pd.DataFrame, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return lines of text and bars with their places from the top, and the height of it all."""
    lines: list[dict[str, Any]] = []
    bars: list[dict[str, Any]] = []
    y = 30.0
    for rank, rows in table.groupby("rank"):
        head = rows.iloc[0]
        wrapped = textwrap.wrap(
            f"{rank}. {' '.join(str(head['question']).split())}", LETTERS, max_lines=MOST_LINES, placeholder=" …"
        )
        for line in wrapped:
            lines.append({"x": 0, "y": y + LINE / 2, "quote": line, "kind": "question", "align": "left"})
            y += LINE
        note = words.question_note(head, first, second)
        lines.append({"x": 0, "y": y + LINE / 2, "quote": note, "kind": "note", "align": "left"})
        y += LINE + 6
        for row in rows.to_dict("records"):
            height = 2 * BAR + 4
            option = textwrap.wrap(words.ends(row["option"], 2 * OPTION - 12), OPTION, max_lines=2)
            middle = y + height / 2 - (len(option) - 1) * SMALL / 2
            lines += [
                {"x": LABELS - 10, "y": middle + n * SMALL, "quote": line, "kind": "option", "align": "right"}
                for n, line in enumerate(option)
            ]
            for number, (name, share) in enumerate(((first, row["first_share"]), (second, row["second_share"]))):
                top = y + number * (BAR + 1)
                bars.append(
                    {
                        "rank": rank,
                        "country": name,
                        "option": row["option"],
                        "filled": number == 0,
                        "x": LABELS,
                        "x2": LABELS + share * BARS,
                        "y": top,
                        "y2": top + BAR,
                        "middle": top + BAR / 2,
                        "words": text.percent(share),
                        "label": f"{100 * share:.0f} %",
                    }
                )
            y += height + 5
        y += BETWEEN
    return pd.DataFrame(lines), pd.DataFrame(bars), int(y)


def _key(x: alt.X, y: alt.Y, names: tuple[str, str], strong: str, colours: theme.Surface) -> list[alt.Chart]:
    """Draw which bar is whose."""
    layers = []
    at = 0.0
    for number, name in enumerate(names):
        box = pd.DataFrame({"x": [at], "x2": [at + 22], "y": [6], "y2": [6 + BAR], "words": [name]})
        look: dict[str, Any] = (
            {"fill": strong, "stroke": strong} if number == 0 else {"fill": colours.background, "stroke": colours.muted}
        )
        base = alt.Chart(box)
        layers += [
            base.mark_rect(strokeWidth=1.2, **look).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
            base.mark_text(
                align="left", baseline="middle", dx=6, dy=-BAR / 2, fontSize=glossary.grown(12), color=colours.text
            ).encode(x=marks.moved(x, "x2"), y=marks.moved(y, "y2"), text="words:N"),
        ]
        at += 22 + 24 + LETTER * glossary.grown(12) * len(name)
    return layers
