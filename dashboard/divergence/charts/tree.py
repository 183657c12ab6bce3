"""The tree beside a triangle of distances: its root at the left, weak branchings dashed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.matrix import TREE, Plan


def layers(branches: pd.DataFrame, where: Plan, drawn: tuple[alt.X, alt.Y], colours: theme.Surface) -> list[alt.Chart]:
    """Draw the tree with its root at the left; weak branchings are dashed."""
    if branches.empty:
        return []
    x, y = drawn
    deepest = max(float(branches["depth"].max()), 1e-6)
    leaf, root = where.tree - 2.0, 14.0 if where.tree == TREE else 4.0
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
    tooltip = marks.tooltip(members="together", words="at distance", found="same branch in")
    layers = [
        lines,
        alt.Chart(nodes).mark_point(shape="circle", filled=True, size=26, color=colours.muted, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
    ]  # fmt: skip
    if where.digits and where.tree == TREE:
        inner = nodes[nodes["branch"] < nodes["branch"].max()].assign(
            label=lambda t: [f"{100 * v:.0f}" if pd.notna(v) else "" for v in t["support"]]
        )
        # The ground's colour around the number keeps the lines behind it away.
        ground: dict[str, Any] = {"stroke": colours.background, "strokeWidth": 4}
        for ink in (ground, {"color": colours.text}):
            numbers = alt.Chart(inner).mark_text(align="right", dx=-5, fontSize=10, **ink)
            layers.append(numbers.encode(x=x, y=y, text="label:N", tooltip=tooltip))
    return layers + _axis(deepest, leaf, scale, where, drawn, colours)


def _axis(
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
    look: dict[str, Any] = {"color": colours.muted, "fontSize": 10 if where.tree == TREE else 8}
    return [
        alt.Chart(line).mark_rule(color=colours.muted).encode(x=x, x2="x2:Q", y=y),
        alt.Chart(ticks).mark_rule(color=colours.muted).encode(x=x, y=y, y2="y2:Q"),
        alt.Chart(ticks).mark_text(dy=11, **look).encode(x=x, y=y, text="label:N"),
        alt.Chart(name).mark_text(**look).encode(x=x, y=y, text="label:N"),
    ]
