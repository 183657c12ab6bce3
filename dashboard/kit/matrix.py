"""Triangles of couples: where everything stands, the cells and the names."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from dashboard.kit import clicks, glossary, marks, scales, theme
from dashboard.kit.exports import Room

TREE = 130
"""Width of the tree in pixels."""

WIDTH = 396
"""Width that the cells share, in pixels."""

SMALLEST_CELL, LARGEST_CELL = 12, 64

LETTER = 0.55
"""Width of a letter, in parts of its size."""

AXIS = 46
"""Height of the tree's axis under the cells, in pixels."""

PADDING = 26
"""What a file leaves around a figure, in pixels."""


class Plan(NamedTuple):
    """Places of the triangle's parts in pixels."""

    cell: int
    label: int
    top: int
    """Height of the names over the cells."""
    left: int
    """Where the cells begin."""
    width: int
    height: int
    tree: int
    """Width of the tree; a narrow one has no numbers."""
    mark: int
    """Width of the mark before a name; 4 without marks."""
    type: float
    """Size of the names."""
    digits: float | None
    """Size of the numbers; None: cells carry a colour only, numbers are in the tooltip and in the table."""


def plan(names: list[str], *, tree: bool, room: int = WIDTH) -> Plan:
    """Return where everything of the triangle stands; `room` is the width that the cells share."""
    base = max(SMALLEST_CELL, min(LARGEST_CELL, room // max(1, len(names))))
    digits = None if base < 30 else glossary.grown(10 if base < 40 else 12)
    type = glossary.grown(12.5 if base >= 22 else 10)
    cell = int(glossary.grown(base))
    return _placed(names, names, cell, tree=TREE if tree else 0, mark=22, type=type, digits=digits)


def fitted(names: list[str], above: list[str], room: Room, *, tree: bool, below: int = AXIS) -> Plan:
    """Return where everything of the triangle stands in a file; `above` are the names over the columns."""
    beside, smallest = (56, 8.5) if room.narrow else (TREE, 10)
    bare = _placed(names, above, 0, tree=beside if tree else 0, mark=4, type=smallest, digits=None)
    across = room.width - PADDING - bare.width
    down = across if room.height is None else room.height - bare.height - below
    cell = max(SMALLEST_CELL, min(LARGEST_CELL, min(across, down) // max(1, len(names))))
    digits = None if cell < 20 else 8 if cell < 26 else 10 if cell < 40 else 12
    return _placed(names, above, cell, tree=bare.tree, mark=4, type=smallest, digits=digits)


def _placed(
    names: list[str], above: list[str], cell: int, *, tree: int, mark: int, type: float, digits: float | None
) -> Plan:
    label = int(mark + 4 + LETTER * type * max(map(len, names), default=0))
    slant = int(LETTER * type * max(map(len, above), default=0) * math.sqrt(0.5))
    left, side, top = tree + label, cell * len(names), slant + (8 if mark > 4 else 16)
    width = left + side + max(0, slant - cell // 2) + 12
    return Plan(cell, label, top, left, width, top + side, tree, mark, type, digits)


def canvas(where: Plan, *, below: int = AXIS) -> tuple[alt.X, alt.Y]:
    """Return axes in pixels, from the upper left corner; `below` is the room under the cells."""
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, where.width], nice=False))
    return x, alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[where.height + below, 0], nice=False))


def in_cells(
    table: pd.DataFrame, where: Plan, *, row: pd.Series, column: pd.Series, inset: float = 0.0
) -> pd.DataFrame:
    """Add the ends and the middle of each cell: `x`, `x2`, `y`, `y2`, `middle_x`, `middle_y` in pixels."""
    x, y = where.left + where.cell * column, where.top + where.cell * row
    return table.assign(
        x=x + inset,
        x2=x + where.cell - inset,
        y=y + inset,
        y2=y + where.cell - inset,
        middle_x=x + where.cell / 2,
        middle_y=y + where.cell / 2,
    )


def diagonal(
    table: pd.DataFrame, where: Plan, drawn: tuple[alt.X, alt.Y], tooltip: list[alt.Tooltip], *, dark: bool
) -> list[alt.Chart]:
    """Draw the cells of the communities themselves, dashed, with what belongs to one of them alone.

    Parameters
    ----------
    table : DataFrame
        `place` (row and column), `label`, and what the tooltip names.
    """
    x, y = drawn
    colours = theme.surface(dark=dark)
    shown = in_cells(table, where, row=table["place"], column=table["place"], inset=1.5)
    boxes = alt.Chart(shown).mark_rect(fill=colours.background, stroke=colours.grid, strokeWidth=1, strokeDash=[2, 2])
    layers = [boxes.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tooltip)]
    if where.digits:
        size = min(glossary.grown(10), where.digits)
        numbers = alt.Chart(shown).mark_text(fontSize=size, fontStyle="italic", color=colours.muted)
        layers.append(
            numbers.encode(x=marks.moved(x, "middle_x"), y=marks.moved(y, "middle_y"), text="label:N", tooltip=tooltip)
        )
    return layers


def squares(
    cells: pd.DataFrame,
    where: Plan,
    drawn: tuple[alt.X, alt.Y],
    *,
    title: str,
    end: float,
    percent: bool,
    tooltip: list[alt.Tooltip],
    picked: pd.Series,
    dark: bool,
) -> list[alt.Chart]:
    """Draw the cells, their legend and, where they are large enough, their numbers.

    Parameters
    ----------
    cells : DataFrame
        From `in_cells`, with `shown` (the number), `blank` (no colour), `strength` (opacity), `label`, `ink` and
        `weight` of the number, `said` (for a screen reader), `pick` (what a click means).
    title : str
        Of the legend.
    end : float
        Upper end of the scale, which begins at 0.
    percent : bool
        Write the legend in percent.
    picked : Series of bool
        Cells with an outline.
    """
    x, y = drawn
    colours = theme.surface(dark=dark)
    ramp = alt.Scale(domain=[0, end], range=[colours.neutral, theme.distance(dark=dark)], interpolate="lab", clamp=True)
    legend = alt.Legend(
        title=title,
        orient="none",
        legendX=max(0, where.width - (215 if where.mark > 4 else 140)),
        legendY=0,
        direction="horizontal",
        # Not a gradient: an SVG names it by the page's address, and loses it as soon as the address changes.
        type="symbol",
        symbolType="square",
        columns=0,
        symbolSize=220 if where.mark > 4 else 120,
        symbolStrokeWidth=0,
        columnPadding=14 if where.mark > 4 else 8,
        labelExpr="format(datum.value * 100, '.0f')" if percent else "format(datum.value, '.2~f')",
        values=scales.ticks((0.0, end), log=False, most=4),
    )
    # A mark without a number is not drawn at all, not even in the colour of blank cells.
    base = alt.Chart(cells.assign(shown=cells["shown"].fillna(0.0)))
    drawn_cells = base.mark_rect(stroke=colours.background, strokeWidth=1.5 if where.cell >= 24 else 0.75).encode(
        x=x,
        x2="x2:Q",
        y=y,
        y2="y2:Q",
        fill=alt.condition("datum.blank", alt.value(colours.blank), alt.Fill("shown:Q", scale=ramp, legend=legend)),
        fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
        description="said:N",
        tooltip=tooltip,
    )
    drawn_cells = drawn_cells.add_params(alt.selection_point(name="pick", fields=["pick"]))
    outline = alt.Chart(cells[picked]).mark_rect(fill=None, filled=False, stroke=colours.text, strokeWidth=2.6)
    layers = [drawn_cells, outline.encode(x=x, x2="x2:Q", y=y, y2="y2:Q")]
    if where.digits is None:
        return layers
    for weight, rows in cells.groupby("weight"):
        look: dict[str, Any] = {"fontSize": where.digits, "fontWeight": weight}
        numbers = alt.Chart(rows).mark_text(**look)
        layers.append(
            numbers.encode(
                x=marks.moved(x, "middle_x"),
                y=marks.moved(y, "middle_y"),
                text="label:N",
                color=alt.Color("ink:N", scale=None),
                tooltip=tooltip,
            )
        )
    return layers


def number_ink(value: pd.Series, end: float, colours: theme.Surface) -> pd.Series:
    """Return the colour of a number on its cell."""
    return (value > 0.55 * end).map({True: colours.background, False: colours.text})


def names(
    table: pd.DataFrame,
    where: Plan,
    drawn: tuple[alt.X, alt.Y],
    *,
    chosen: Collection[str],
    offered: Collection[str] | None = None,
    dark: bool,
) -> list[alt.Chart]:
    """Draw the names at the rows, with a mark that says whether a country is chosen, and over the columns.

    Parameters
    ----------
    table : DataFrame
        `country`, `name`, `place` (row), `sample` (words), `few` (grey); `above`, over the columns, if not `name`.
    offered : collection of str, optional
        Countries that a click can choose; only they have a mark. All if not given.
    """
    x, y = drawn
    colours = theme.surface(dark=dark)
    table = table if "above" in table else table.assign(above=table["name"])
    place, can = table["place"], set(table["country"] if offered is None else offered)
    shown = table.assign(
        mark_x=where.left - where.label + 12,
        x=where.left - where.label + where.mark,
        y=where.top + where.cell * (place + 0.5),
        above_x=where.left + where.cell * (place + 0.5),
        above_y=where.top + where.cell * place - 5,
        is_chosen=table["country"].isin(list(chosen)),
        pick=[clicks.country_place(country, chosen=list(chosen)) for country in table["country"]],
        act=[
            "take out" if c in chosen else "choose" if c in can else "nothing: not in the data of the sidebar"
            for c in table["country"]
        ],
    )
    shown["ink"] = colours.text
    shown.loc[shown["few"].astype(bool), "ink"] = theme.FEW
    tooltip = marks.tooltip(name="community", sample="with", act="a click, on every page")
    ink = alt.Color("ink:N", scale=None)
    dots = alt.Chart(shown[shown["country"].isin(can)]).mark_point(
        shape="circle", size=55, strokeWidth=1.6, filled=True, cursor="pointer"
    )
    layers = [
        dots.encode(
            x=marks.moved(x, "mark_x"),
            y=y,
            stroke=alt.Stroke("ink:N", scale=None),
            color=alt.condition("datum.is_chosen", alt.Color("ink:N", scale=None), alt.value(colours.background)),
            tooltip=tooltip,
        )
    ]
    for is_chosen, rows in shown.groupby("is_chosen"):
        look: dict[str, Any] = {
            "fontSize": where.type,
            "fontWeight": "bold" if is_chosen else "normal",
            "cursor": "pointer",
        }
        row_names = alt.Chart(rows).mark_text(align="left", baseline="middle", **look)
        column_names = alt.Chart(rows).mark_text(align="left", baseline="middle", angle=315, **look)
        layers += [
            row_names.encode(x=x, y=y, text="name:N", color=ink, tooltip=tooltip),
            column_names.encode(
                x=marks.moved(x, "above_x"), y=marks.moved(y, "above_y"), text="above:N", color=ink, tooltip=tooltip
            ),
        ]
    return layers
