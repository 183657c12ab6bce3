"""Distances between communities: triangle with tree, dots to the global model, distributions of p_glo, and the map."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd

from dashboard import state, text, theme
from dashboard.charts import marks, scales

TREE = 130
"""Width of the tree in pixels."""

WIDTH = 396
"""Width that the cells share, in pixels."""

SMALLEST_CELL, LARGEST_CELL = 12, 64
SMALLEST_WITH_NUMBER = 30
"""Cells narrower than this carry a colour only; numbers are in the tooltip and in the table."""

AXIS = 46
"""Height of the tree's axis under the cells, in pixels."""

LETTER = 6.9
"""Width of a letter of a label, in pixels."""

MAP_SIZE = 420
"""Longer side of the map in pixels."""

ROW = 34

MOST_OVERLAP = 30.0
"""A name on the map that covers more square pixels of other names and points is left out; its tooltip has it."""

Box = tuple[float, float, float, float]

BELOW = 56
"""What the axis and a note under a chart take of its height on the screen."""


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


def plan(names: list[str], *, tree: bool) -> Plan:
    """Return where everything of the triangle stands."""
    cell = max(SMALLEST_CELL, min(LARGEST_CELL, WIDTH // max(1, len(names))))
    longest = max(map(len, names), default=0)
    label = int(26 + LETTER * longest)
    slant = int(LETTER * longest * math.sqrt(0.5))
    left = (TREE if tree else 0) + label
    side = cell * len(names)
    return Plan(cell, label, slant + 8, left, left + side + max(0, slant - cell // 2) + 12, slant + 8 + side)


def triangle_chart(
    couples: pd.DataFrame,
    communities: pd.DataFrame,
    branches: pd.DataFrame,
    *,
    chosen: Collection[str],
    couple: str | None,
    dark: bool,
) -> alt.LayerChart:
    """Draw the distances of all couples as the lower triangle of a matrix, in the order of the tree beside it.

    Parameters
    ----------
    couples, communities, branches : DataFrame
        From `distances.couples`, `distances.communities` and `distances.branches`.
    chosen : collection of str
        Countries of the sidebar; their names are bold, with a filled mark.
    couple : str or None
        Couple whose cell is outlined.
    """
    colours = theme.surface(dark=dark)
    where = plan(communities["name"].tolist(), tree=len(branches) > 0)
    end = scales.symmetric_end(couples["value"])
    cells = _cells(couples, where, end=end, dark=dark)
    drawn = _canvas(where)
    layers = [
        *_tree(branches, where, drawn, colours),
        *_diagonal(communities, where, drawn, colours),
        *_squares(cells, where, drawn, colours, end=end, couple=couple, dark=dark),
        *_names(communities, where, drawn, colours, chosen=chosen),
    ]
    return alt.layer(*layers).properties(width=where.width, height=where.height + AXIS)


def _canvas(where: Plan) -> tuple[alt.X, alt.Y]:
    """Return axes in pixels, from the upper left corner."""
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, where.width], nice=False))
    return x, alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[where.height + AXIS, 0], nice=False))


def _cells(couples: pd.DataFrame, where: Plan, *, end: float, dark: bool) -> pd.DataFrame:
    """Add place, words and ink of each cell."""
    colours = theme.surface(dark=dark)
    x = where.left + where.cell * couples["column"]
    y = where.top + where.cell * couples["row"]
    blank = couples["value"].isna() | couples["too_few_users"].astype(bool)
    beyond = couples["beyond"].astype(bool) & ~blank
    strong = beyond & (couples["value"] > 0.55 * end)
    return couples.assign(
        x=x,
        x2=x + where.cell,
        y=y,
        y2=y + where.cell,
        middle_x=x + where.cell / 2,
        middle_y=y + where.cell / 2,
        shown=couples["value"].clip(lower=0.0),
        blank=blank,
        strength=(beyond | blank).map({True: 1.0, False: 0.32}),
        ink=strong.map({True: colours.background, False: colours.text}).where(beyond, colours.muted),
        weight=beyond.map({True: "bold", False: "normal"}),
        label=[_label(value, few=few) for value, few in zip(couples["value"], blank, strict=True)],
        words=[distance_words(row) for _, row in couples.iterrows()],
        noise=[f"up to {text.percent(v)}" if pd.notna(v) else text.UNKNOWN for v in couples["floor"]],
        verdict=[verdict(row) for _, row in couples.iterrows()],
        sample=[text.sample_text(row) for _, row in couples.iterrows()],
        pair=couples["first_name"] + " and " + couples["second_name"],
        said=[
            f"{row['first_name']} and {row['second_name']}: {distance_words(row)}, {verdict(row)}"
            for _, row in couples.iterrows()
        ],
        pick=couples["couple"].map(state.cell_place),
    )


def _label(value: float, *, few: bool) -> str:
    if math.isnan(value) or few:
        return "–"
    return "≈ 0" if value <= 0 else f"{100 * value:.1f}"


def distance_words(row: pd.Series) -> str:
    """Write a distance with its interval; below 0 is 0."""
    low, high = max(row["low"], 0.0), max(row["high"], 0.0)  # NaN stays NaN: it comes first
    return f"{text.percent(max(row['value'], 0.0))} {text.percent_range(low, high)}"


def verdict(row: pd.Series) -> str:
    """Say what a distance allows to say."""
    if pd.isna(row["value"]) or bool(row["too_few_users"]):
        return "too few users"
    if bool(row["beyond"]):
        return "beyond the noise floor"
    return "no difference found" if row["value"] <= 0 else "inside the noise floor"


def _squares(
    cells: pd.DataFrame,
    where: Plan,
    drawn: tuple[alt.X, alt.Y],
    colours: theme.Surface,
    *,
    end: float,
    couple: str | None,
    dark: bool,
) -> list[alt.Chart]:
    x, y = drawn
    ramp = alt.Scale(domain=[0, end], range=[colours.neutral, theme.distance(dark=dark)], interpolate="lab", clamp=True)
    legend = alt.Legend(
        title="Distance, % of common pairs",
        orient="none",
        legendX=where.width - 170,
        legendY=0,
        direction="horizontal",
        # Not a gradient: an SVG names it by the page's address, and loses it as soon as the address changes.
        type="symbol",
        symbolType="square",
        symbolSize=220,
        symbolStrokeWidth=0,
        columnPadding=14,
        labelExpr="format(datum.value * 100, '.0f')",
        values=scales.ticks((0.0, end), log=False, most=4),
    )
    tooltip = [
        alt.Tooltip("pair:N", title="couple"),
        alt.Tooltip("words:N", title="distance"),
        alt.Tooltip("noise:N", title="noise floor"),
        alt.Tooltip("verdict:N", title="verdict"),
        alt.Tooltip("sample:N", title="on"),
    ]
    base = alt.Chart(cells)
    squares = base.mark_rect(stroke=colours.background, strokeWidth=1.5 if where.cell >= 24 else 0.75).encode(
        x=x,
        x2="x2:Q",
        y=y,
        y2="y2:Q",
        fill=alt.condition("datum.blank", alt.value(colours.blank), alt.Fill("shown:Q", scale=ramp, legend=legend)),
        fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
        description="said:N",
        tooltip=tooltip,
    )
    squares = squares.add_params(alt.selection_point(name="pick", fields=["pick"]))
    picked = alt.Chart(cells[cells["couple"] == couple]).mark_rect(
        fill=None, filled=False, stroke=colours.text, strokeWidth=2.6
    )
    layers = [squares, picked.encode(x=x, x2="x2:Q", y=y, y2="y2:Q")]
    if where.cell < SMALLEST_WITH_NUMBER:
        return layers
    size = 12 if where.cell >= 40 else 10
    for weight, rows in cells.groupby("weight"):
        numbers = alt.Chart(rows).mark_text(fontSize=size, fontWeight=str(weight))
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


def _diagonal(
    communities: pd.DataFrame, where: Plan, drawn: tuple[alt.X, alt.Y], colours: theme.Surface
) -> list[alt.Chart]:
    """Draw the noise floor of each community: how far its own halves are apart."""
    x, y = drawn
    left, top = where.left + where.cell * communities["place"], where.top + where.cell * communities["place"]
    inset = 1.5
    shown = communities.assign(
        x=left + inset,
        x2=left + where.cell - inset,
        y=top + inset,
        y2=top + where.cell - inset,
        middle_x=left + where.cell / 2,
        middle_y=top + where.cell / 2,
        label=[f"≤{100 * v:.0f}" if pd.notna(v) else "–" for v in communities["floor_high"]],
        words=[floor_words(row) for _, row in communities.iterrows()],
        sample=[text.sample_text(row) for _, row in communities.iterrows()],
    )
    tooltip = [
        alt.Tooltip("name:N", title="community"),
        alt.Tooltip("words:N", title="noise floor: distance of its own halves"),
        alt.Tooltip("sample:N", title="on"),
    ]
    boxes = alt.Chart(shown).mark_rect(fill=colours.background, stroke=colours.grid, strokeWidth=1, strokeDash=[2, 2])
    layers = [boxes.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tooltip)]
    if where.cell >= SMALLEST_WITH_NUMBER:
        numbers = alt.Chart(shown).mark_text(fontSize=10, fontStyle="italic", color=colours.muted)
        layers.append(
            numbers.encode(x=marks.moved(x, "middle_x"), y=marks.moved(y, "middle_y"), text="label:N", tooltip=tooltip)
        )
    return layers


def floor_words(row: pd.Series) -> str:
    """Write the noise floor of a community: the range of the distances of its halves, below 0 is 0."""
    if pd.isna(row["floor_high"]):
        return text.UNKNOWN
    return (
        f"0 to {text.percent(max(row['floor_high'], 0.0))}"
        if row["floor_low"] <= 0
        else (f"{text.percent(row['floor_low'])} to {text.percent(row['floor_high'])}")
    )


def _names(
    communities: pd.DataFrame,
    where: Plan,
    drawn: tuple[alt.X, alt.Y],
    colours: theme.Surface,
    *,
    chosen: Collection[str],
) -> list[alt.Chart]:
    """Draw the names at the rows, with a mark that says whether a country is chosen, and over the columns."""
    x, y = drawn
    place = communities["place"]
    shown = communities.assign(
        mark_x=where.left - where.label + 12,
        x=where.left - where.label + 22,
        y=where.top + where.cell * (place + 0.5),
        above_x=where.left + where.cell * (place + 0.5),
        above_y=where.top + where.cell * place - 5,
        is_chosen=communities["country"].isin(list(chosen)),
        pick=[state.country_place(country, chosen=list(chosen)) for country in communities["country"]],
        users=[text.count(n, "user") for n in communities["n_users"]],
        act=["take out" if c in chosen else "choose" for c in communities["country"]],
    )
    shown["ink"] = colours.text
    shown.loc[shown["too_few_users"].astype(bool), "ink"] = theme.FEW
    tooltip = [
        alt.Tooltip("name:N", title="community"),
        alt.Tooltip("users:N", title="with"),
        alt.Tooltip("act:N", title="a click, on every page"),
    ]
    ink = alt.Color("ink:N", scale=None)
    dots = alt.Chart(shown).mark_point(shape="circle", size=55, strokeWidth=1.6, filled=True, cursor="pointer")
    layers = [
        dots.encode(
            x=marks.moved(x, "mark_x"),
            y=y,
            stroke=alt.Stroke("ink:N", scale=None),
            color=alt.condition("datum.is_chosen", alt.Color("ink:N", scale=None), alt.value(colours.background)),
            tooltip=tooltip,
        )
    ]
    size = 12.5 if where.cell >= 22 else 10
    for is_chosen, rows in shown.groupby("is_chosen"):
        look = {"fontSize": size, "fontWeight": "bold" if is_chosen else "normal", "cursor": "pointer"}
        row_names = alt.Chart(rows).mark_text(align="left", baseline="middle", **look)
        column_names = alt.Chart(rows).mark_text(align="left", baseline="middle", angle=315, **look)
        layers += [
            row_names.encode(x=x, y=y, text="name:N", color=ink, tooltip=tooltip),
            column_names.encode(
                x=marks.moved(x, "above_x"), y=marks.moved(y, "above_y"), text="name:N", color=ink, tooltip=tooltip
            ),
        ]
    return layers


def _tree(branches: pd.DataFrame, where: Plan, drawn: tuple[alt.X, alt.Y], colours: theme.Surface) -> list[alt.Chart]:
    """Draw the tree with its root at the left; weak branchings are dashed."""
    if branches.empty:
        return []
    x, y = drawn
    deepest = max(float(branches["depth"].max()), 1e-6)
    leaf, root = TREE - 2.0, 14.0
    scale = (leaf - root) / deepest
    shown = branches.assign(
        x=leaf - scale * branches["depth"],
        y=where.top + where.cell * (branches["place"] + 0.5),
        words=[text.percent(v) for v in branches["depth"]],
        found=[f"{text.percent(v)} of draws" for v in branches["support"]],
    )
    dash = alt.StrokeDash("sure:N", scale=alt.Scale(domain=[True, False], range=[[1, 0], [4, 3]]), legend=None)
    lines = alt.Chart(shown).mark_line(strokeWidth=1.5, color=colours.muted, strokeCap="butt")
    lines = lines.encode(x=x, y=y, detail="branch:N", order="corner:O", strokeDash=dash)
    nodes = shown[shown["corner"].isin([1, 2])].groupby("branch", as_index=False).agg(
        x=("x", "first"), y=("y", "mean"), support=("support", "first"), found=("found", "first"),
        members=("members", "first"), words=("words", "max"), depth=("depth", "max"),
    )  # fmt: skip
    nodes["words"] = [text.percent(v) for v in nodes["depth"]]
    tooltip = [
        alt.Tooltip("members:N", title="together"),
        alt.Tooltip("words:N", title="at distance"),
        alt.Tooltip("found:N", title="same branch in"),
    ]
    layers = [
        lines,
        alt.Chart(nodes).mark_point(shape="circle", filled=True, size=26, color=colours.muted, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
    ]  # fmt: skip
    if where.cell >= SMALLEST_WITH_NUMBER:
        inner = nodes[nodes["branch"] < nodes["branch"].max()].assign(
            label=lambda t: [f"{100 * v:.0f}" if pd.notna(v) else "" for v in t["support"]]
        )
        # The ground's colour around the number keeps the lines behind it away.
        for ink in ({"stroke": colours.background, "strokeWidth": 4}, {"color": colours.text}):
            numbers = alt.Chart(inner).mark_text(align="right", dx=-5, fontSize=10, **ink)
            layers.append(numbers.encode(x=x, y=y, text="label:N", tooltip=tooltip))
    return layers + _tree_axis(deepest, leaf, scale, where, drawn, colours)


def _tree_axis(
    deepest: float, leaf: float, scale: float, where: Plan, drawn: tuple[alt.X, alt.Y], colours: theme.Surface
) -> list[alt.Chart]:
    x, y = drawn
    bottom = where.height + 6.0
    values = [v for v in scales.ticks((0.0, deepest), log=False, most=3) if v <= deepest]
    ticks = pd.DataFrame(
        {
            "x": [leaf - scale * v for v in values],
            "y": bottom,
            "y2": bottom + 4,
            "label": [f"{100 * v:.0f}" for v in values],
        }
    )
    line = pd.DataFrame({"x": [leaf - scale * deepest], "x2": [leaf], "y": [bottom]})
    name = pd.DataFrame({"x": [leaf - scale * deepest / 2], "y": [bottom + 26], "label": ["distance, %"]})
    look = {"color": colours.muted, "fontSize": 10}
    return [
        alt.Chart(line).mark_rule(color=colours.muted).encode(x=x, x2="x2:Q", y=y),
        alt.Chart(ticks).mark_rule(color=colours.muted).encode(x=x, y=y, y2="y2:Q"),
        alt.Chart(ticks).mark_text(dy=11, **look).encode(x=x, y=y, text="label:N"),
        alt.Chart(name).mark_text(**look).encode(x=x, y=y, text="label:N"),
    ]


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    few = table["too_few_users"].astype(bool)
    return table.assign(
        label=[
            f"{name} · {text.count(n, 'user')}{' (too few)' if f else ''}"
            for name, n, f in zip(table["name"], table["n_users"], few, strict=True)
        ]
    )


def _pale(table: pd.DataFrame, chosen: Collection[str]) -> pd.Series:
    """Tell which rows are grey: too few users, or others are chosen."""
    others = ~table["country"].isin(list(chosen)) if set(chosen) & set(table["country"]) else False
    return table["too_few_users"].astype(bool) | others


def to_global_chart(table: pd.DataFrame, *, chosen: Collection[str], dark: bool) -> alt.LayerChart:
    """Draw the share of pairs on which the global model disagrees, per community: dot, 80 % and 95 % bar.

    Parameters
    ----------
    table : DataFrame
        From `distances.to_global`.
    """
    shown = _labelled(table).assign(
        pick=[state.country_place(country, chosen=list(chosen)) for country in table["country"]],
        words=[f"{text.percent(r['value'])} {text.percent_range(r['low'], r['high'])}" for _, r in table.iterrows()],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
        ink=_pale(table, chosen).map({True: theme.FEW, False: theme.LOSS}),
    )
    domain = scales.share_domain([*shown[["low", "high", "value"]].to_numpy(dtype=float).ravel(), 0.0], log=False)
    x = alt.X(
        "value:Q",
        title="Share of pairs with gap < 0",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(values=scales.ticks(domain, log=False, most=6), format=".0%"),
    )
    y = alt.Y(
        "label:N",
        sort=shown["label"].tolist(),
        title=None,
        axis=alt.Axis(labelLimit=240, ticks=False, domain=False, grid=False),
    )
    ink = alt.Stroke("ink:N", scale=None)
    base = alt.Chart(shown)
    thin = base.mark_rule(strokeWidth=1.6).encode(x=marks.moved(x, "low"), x2="high:Q", y=y, stroke=ink)
    thick = base.mark_rule(strokeWidth=5, opacity=0.55).encode(
        x=marks.moved(x, "inner_low"), x2="inner_high:Q", y=y, stroke=ink
    )
    ground = alt.value(theme.surface(dark=dark).background)
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2, shape="square", cursor="pointer").encode(
        x=x,
        y=y,
        stroke=ink,
        color=alt.condition("datum.too_few_users", ground, alt.Color("ink:N", scale=None)),
        tooltip=[
            alt.Tooltip("name:N", title="community"),
            alt.Tooltip("words:N", title="disagreement"),
            alt.Tooltip("sample:N", title="on"),
        ],
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["pick"]))
    return alt.layer(thin, thick, dots).properties(height=alt.Step(ROW), width="container")


def p_glo_chart(table: pd.DataFrame, order: pd.DataFrame, *, chosen: Collection[str], dark: bool) -> alt.LayerChart:
    """Draw the distribution of p_glo per community as one row of bars each; disagreement is coloured.

    Parameters
    ----------
    table : DataFrame
        From `distances.distribution`.
    order : DataFrame
        From `distances.to_global`: the rows from top to bottom, with the median.
    """
    colours = theme.surface(dark=dark)
    place = {country: row for row, country in enumerate(order["country"])}
    tallest = max(float(table["share"].max()), 1e-6)
    base = (table["country"].map(place) + 0.94) * ROW
    pale = _pale(table, chosen)
    left = table["p_high"] <= 0.5
    shown = table.assign(
        y=base,
        y2=base - 0.86 * ROW * table["share"] / tallest,
        ink=left.map({True: theme.LOSS, False: theme.METHODS["global"].colour}).where(~pale, theme.FEW),
        strength=[0.9 if not p else 0.75 if one else 0.35 for p, one in zip(pale, left, strict=True)],
        words=[text.percent(v) for v in table["share"]],
        span=[f"{a:.2f} to {b:.2f}" for a, b in zip(table["p_low"], table["p_high"], strict=True)],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
    )
    medians = order.assign(
        y=[(row + 0.94) * ROW for row in range(len(order))],
        y2=[(row + 0.94) * ROW + 4 for row in range(len(order))],
        words=[f"{v:.2f}" for v in order["median"]],
    )
    height = ROW * len(order)
    x = alt.X(
        "p_low:Q",
        title="p_glo: how surely the global model prefers what the person chose",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2f", grid=False),
    )
    rows = [(row + 0.6) * ROW for row in range(len(order))]
    axis = alt.Axis(
        values=rows,
        labelExpr=f"{json.dumps(order['name'].tolist())}[round(datum.value / {ROW} - 0.6)]",
        labelLimit=200,
        labelOverlap=False,
        ticks=False,
        domain=False,
        grid=False,
    )
    y = alt.Y("y:Q", title=None, axis=axis, scale=alt.Scale(domain=[height, 0], nice=False))
    bars = alt.Chart(shown).mark_rect(stroke=colours.background, strokeWidth=0.5)
    bars = bars.encode(
        x=x,
        x2="p_high:Q",
        y=y,
        y2="y2:Q",
        fill=alt.Fill("ink:N", scale=None),
        fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
        tooltip=[
            alt.Tooltip("name:N", title="community"),
            alt.Tooltip("span:N", title="p_glo"),
            alt.Tooltip("words:N", title="share of its pairs"),
            alt.Tooltip("sample:N", title="all its pairs"),
        ],
    )
    ground = alt.Chart(medians).mark_rule(color=colours.grid, strokeWidth=1).encode(y=y)
    half = alt.Chart(pd.DataFrame({"half": [0.5]})).mark_rule(strokeDash=[4, 3], color=theme.RULE)
    half = half.encode(x=marks.moved(x, "half"))
    middle = alt.Chart(medians).mark_point(shape="triangle-up", filled=True, size=34, color=colours.text, opacity=1)
    middle = middle.encode(
        x=marks.moved(x, "median"),
        y=marks.moved(y, "y2"),
        tooltip=[alt.Tooltip("name:N", title="community"), alt.Tooltip("words:N", title="median p_glo")],
    )
    return alt.layer(ground, bars, half, middle).properties(height=height + BELOW, width="container")


def map_chart(
    points: pd.DataFrame, clouds: pd.DataFrame, *, chosen: Collection[str], trusted: bool, dark: bool
) -> alt.LayerChart:
    """Draw the communities in the plane with the outlines of their clouds, on equal axes, with a bar for the scale.

    Parameters
    ----------
    points, clouds : DataFrame
        From `distances.map_points` and `distances.map_clouds`.
    trusted : bool
        False for a high stress: everything is pale.
    """
    colours = theme.surface(dark=dark)
    everything = pd.concat([points[["x", "y"]], clouds[["x", "y"]]])
    spans = {axis: float(everything[axis].max() - everything[axis].min()) for axis in ("x", "y")}
    unit = 1.12 * max(*spans.values(), 1e-6) / MAP_SIZE
    width = MAP_SIZE
    height = max(220, int(1.12 * spans["y"] / unit) + 30)
    middle = {axis: float(everything[axis].max() + everything[axis].min()) / 2 for axis in ("x", "y")}
    left, bottom = middle["x"] - unit * width / 2, middle["y"] - unit * height / 2
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[left, left + unit * width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[bottom, bottom + unit * height], nice=False))
    pale = _pale(points, chosen)
    strong = theme.distance(dark=dark)
    shown = points.assign(
        ink=pale.map({True: theme.FEW, False: strong}),
        words=[text.count(n, "user") for n in points["n_users"]],
        pick=[state.country_place(country, chosen=list(chosen)) for country in points["country"]],
    )
    ink = dict(zip(shown["country"], shown["ink"], strict=True))
    outlines = alt.Chart(clouds.assign(ink=clouds["country"].map(ink))).mark_line(
        interpolate="linear-closed", strokeWidth=1, strokeOpacity=0.55 if trusted else 0.25, fillOpacity=0.07
    )
    outlines = outlines.encode(
        x=x,
        y=y,
        detail="country:N",
        order="corner:O",
        stroke=alt.Stroke("ink:N", scale=None),
        fill=alt.Fill("ink:N", scale=None),
    )
    dots = alt.Chart(shown).mark_point(
        filled=True, size=80, opacity=1 if trusted else 0.45, strokeWidth=1.6, cursor="pointer"
    )
    dots = dots.encode(
        x=x,
        y=y,
        stroke=alt.Stroke("ink:N", scale=None),
        color=alt.condition("datum.too_few_users", alt.value(colours.background), alt.Color("ink:N", scale=None)),
        tooltip=[alt.Tooltip("name:N", title="community"), alt.Tooltip("words:N", title="with")],
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["pick"]))
    first = [country in chosen for country in points["country"]]
    places = _label_places(points["name"].tolist(), points["x"] / unit, points["y"] / unit, always=first)
    named = [place is not None for place in places]
    known = [place for place in places if place is not None]
    labels = shown[named].assign(label_x=[unit * one for one, _ in known], label_y=[unit * one for _, one in known])
    names = alt.Chart(labels).mark_text(fontSize=12, color=colours.text, cursor="pointer")
    names = names.encode(x=marks.moved(x, "label_x"), y=marks.moved(y, "label_y"), text="name:N")
    bar = _bar_length(unit * width)
    scale = pd.DataFrame(
        {
            "x": [left + 10 * unit],
            "x2": [left + 10 * unit + bar],
            "y": [bottom + 12 * unit],
            "label": [f"{100 * bar:g} %"],
        }
    )
    ruler = alt.Chart(scale).mark_rule(strokeWidth=2, color=colours.muted).encode(x=x, x2="x2:Q", y=y)
    length = alt.Chart(scale).mark_text(align="left", dy=-9, fontSize=11, color=colours.muted)
    layers = [outlines, ruler, length.encode(x=x, y=y, text="label:N"), names, dots]
    return alt.layer(*layers).properties(width=width, height=height)


def _label_places(
    names: Sequence[str], x: Iterable[float], y: Iterable[float], *, always: Sequence[bool] = ()
) -> list[tuple[float, float] | None]:
    """Return the middle of each name in pixels, beside its point and away from other points and names.

    None for a name without room, unless it is to be shown always.
    """
    points = list(zip(x, y, strict=True))
    wanted = list(always) or [False] * len(points)
    taken = [(px - 5, px + 5, py - 5, py + 5) for px, py in points]
    middles: list[tuple[float, float] | None] = [None] * len(points)
    for place in sorted(range(len(points)), key=lambda number: not wanted[number]):
        px, py = points[place]
        half = LETTER * len(names[place]) / 2
        beside = half + 9
        around = [(beside, 0), (-beside, 0), (0, 15), (0, -15), (beside - 4, 12), (beside - 4, -12), (4 - beside, 12)]
        around += [(4 - beside, -12)]
        boxes = [(px + dx - half, px + dx + half, py + dy - 7, py + dy + 7) for dx, dy in around]
        clashes = [sum(_overlap(box, other) for other in taken) for box in boxes]
        best = min(range(len(boxes)), key=clashes.__getitem__)
        if clashes[best] > MOST_OVERLAP and not wanted[place]:
            continue
        taken.append(boxes[best])
        middles[place] = (px + around[best][0], py + around[best][1])
    return middles


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes (left, right, bottom, top) share."""
    width = min(one[1], other[1]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[2], other[2])
    return max(0.0, width) * max(0.0, height)


def _bar_length(width: float) -> float:
    """Return a round length of at most a quarter of the width."""
    lengths = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)
    return next((one for one in lengths if one <= width / 4), lengths[-1])
