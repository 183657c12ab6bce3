"""Communities in the plane, with outlines of uncertainty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import altair as alt
import pandas as pd

from dashboard.divergence.charts.to_global import pale_rows
from dashboard.kit import clicks, marks, text, theme
from dashboard.kit.matrix import LETTER

MAP_SIZE = 420
"""Longer side of the map in pixels."""

TYPE = 12
"""Size of a name, in pixels."""

MOST_OVERLAP = 30.0
"""A name on the map that covers more square pixels of other names and points is left out; its tooltip has it."""

Box = tuple[float, float, float, float]


def map_chart(
    points: pd.DataFrame, clouds: pd.DataFrame, *, chosen: Collection[str], trusted: bool, dark: bool
) -> alt.TopLevelMixin:
    """Draw the communities in the plane with the outlines of their clouds, on equal axes, with a bar for the scale.

    Parameters
    ----------
    points, clouds : DataFrame
        From `tables.map_points` and `tables.map_clouds`.
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
    pale = pale_rows(points, chosen)
    strong = theme.distance(dark=dark)
    shown = points.assign(
        ink=pale.map({True: theme.FEW, False: strong}),
        words=[text.count(n, "user") for n in points["n_users"]],
        pick=[clicks.country_place(country, chosen=list(chosen)) for country in points["country"]],
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
        tooltip=marks.tooltip(name="community", words="with"),
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["pick"]))
    first = [country in chosen for country in points["country"]]
    places = _label_places(points["name"].tolist(), points["x"] / unit, points["y"] / unit, always=first)
    named = [place is not None for place in places]
    known = [place for place in places if place is not None]
    labels = shown[named].assign(label_x=[unit * one for one, _ in known], label_y=[unit * one for _, one in known])
    names = alt.Chart(labels).mark_text(fontSize=TYPE, color=colours.text, cursor="pointer")
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
        half = LETTER * TYPE * len(names[place]) / 2
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
