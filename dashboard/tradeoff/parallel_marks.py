"""Parallel coordinates: each setting a line from what was asked for to what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import marks, scales, text, theme

HEIGHT = 300
LETTER = 5.2
"""Width of a letter of a method's name, in pixels."""

NONE = -0.16
"""Where a line passes an axis on which its setting has no value, below the axis (its ends are 0 and 1)."""


class Axis(NamedTuple):
    """An axis of the figure."""

    column: str
    title: str
    says: Callable[[float], str]
    """Writes a value."""

    ticks: Callable[[float, float], list[float]]
    """Of the ends of the axis."""


def _own(values: Iterable[float]) -> Callable[[float, float], list[float]]:
    """Return ticks at the values themselves, thinned out where there are many."""
    found = sorted({float(v) for v in values if not np.isnan(v)})
    step = max(1, -(-len(found) // 6))
    return lambda low, high: found[::step]


def _shares(low: float, high: float) -> list[float]:
    return scales.ticks((low, high), log=False, most=6)


def _points(low: float, high: float) -> list[float]:
    step = next(s for s in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= 6)
    return [round(i * step, 6) for i in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]


SHORT = {"Pairs kept": "Kept", "All-country": "All", "Recovered share": "Own", "Excess": "Exc."}
"""Titles for one column of a paper."""

SHORT_NAMES = "Kept: share of training pairs; All: all-country; Own: recovered share; Exc.: excess."


def _axes(table: pd.DataFrame, *, narrow: bool) -> list[Axis]:
    number, percent = (lambda v: f"{v:g}"), (lambda v: f"{100 * v:.0f} %")
    axes = [
        Axis("tau", "τ", number, _own(table["tau"])),
        Axis("beta", "β", number, _own(table["beta"])),
        Axis("kept_share", "Pairs kept", percent, _shares),
        Axis("all_value", "All-country", percent, _shares),
        Axis("true_value", "Recovered share", percent, _shares),
        Axis("excess_value", "Excess", lambda v: text.signed(v).replace(".0", ""), _points),
    ]
    return [axis._replace(title=SHORT.get(axis.title, axis.title)) for axis in axes] if narrow else axes


def _places(methods: Iterable[str], *, narrow: bool) -> alt.Scale:
    """Return the scale of the axes: left of the first there is room for the names of methods, in pixels."""
    if narrow:
        return alt.Scale(type="point", padding=0.35)
    left = round(LETTER * max(map(len, methods), default=0)) + 14
    return alt.Scale(type="point", padding=0, range=[left, {"expr": "width - 24"}])


def with_kept_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the settings, without the global model, with the share of the training pairs that each keeps."""
    tuned = rows[rows["method"] != "global"]
    return tuned.assign(kept_share=tuned["n_kept"] / tuned["n_train"])


def parallel_chart(
    table: pd.DataFrame, *, dark: bool, selected: str | None = None, narrow: bool = False
) -> alt.TopLevelMixin:
    """Draw a line per setting over method, tau, beta, share of pairs kept, both accuracies and excess.

    Parameters
    ----------
    table : DataFrame
        Of `with_kept_share`, of one country or of the mean, named as settings are.
    selected : str, optional
        Setting that is drawn strongly.
    narrow : bool
        For one column of a paper: short titles, small type.
    """
    colours = theme.surface(dark=dark)
    axes = _axes(table, narrow=narrow)
    size = 8 if narrow else 11
    methods = [look.label for name, look in theme.METHODS.items() if name in set(table["method"])]
    order = ["Method", *(axis.title for axis in axes)]
    height = {label: 1 - (i + 0.5) / len(methods) for i, label in enumerate(methods)}
    vertices: list[dict[str, Any]] = []
    for (_, row), ink in zip(table.iterrows(), marks.inks(table), strict=True):
        vertices.append(_vertex(row, "Method", height[row["method_label"]], row["method_label"], ink, selected))
    tick_rows = [{"axis": "Method", "at": at, "label": label, "met": False} for label, at in height.items()]
    for axis in axes:
        values = table[axis.column].to_numpy(dtype=float)
        known = values[~np.isnan(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
        low, high = low - room, high + room
        tick_rows += [
            {"axis": axis.title, "at": (one - low) / (high - low), "label": axis.says(one), "met": one in values}
            for one in axis.ticks(low, high)
        ]
        if known.size < values.size:
            tick_rows.append({"axis": axis.title, "at": NONE, "label": "–" if narrow else "no value", "met": True})
        for (_, row), ink, value in zip(table.iterrows(), marks.inks(table), values, strict=True):
            at = NONE if np.isnan(value) else (value - low) / (high - low)
            said = "none, or not known" if np.isnan(value) else axis.says(value)
            vertices.append(_vertex(row, axis.title, at, said, ink, selected))
    x = alt.X(
        "axis:N",
        sort=order,
        title=None,
        scale=_places(methods, narrow=narrow),
        axis=alt.Axis(orient="top", labelAngle=0, labelFontSize=size + 1.5, labelColor=colours.text, ticks=False,
                      domain=False, labelLimit=120, grid=True, gridColor=theme.RULE, gridOpacity=0.7),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=None, scale=alt.Scale(domain=[NONE - 0.04, 1.02], nice=False))
    drawn = pd.DataFrame(vertices)
    drawn["place"] = drawn["axis"].map({title: place for place, title in enumerate(order)})
    strong, faint = drawn[drawn["strong"]], drawn[~drawn["strong"]]
    stroke = alt.Stroke("ink:N", scale=None)
    tooltip = marks.tooltip(setting_label="setting", axis="axis", value="value")
    line = {"x": x, "y": y, "detail": "point:N", "order": alt.Order("place:Q")}
    rows = pd.DataFrame(tick_rows)
    ticks = alt.Chart(rows)
    # Lines meet these labels from the left: they stand above them.
    names, met = (alt.Chart(part).encode(x=x, y=y, text="label:N") for part in (rows[~rows["met"]], rows[rows["met"]]))
    beside = {"align": "right", "dx": -5 if narrow else -8, "fontSize": size}
    layers = [
        alt.Chart(faint).mark_line(strokeWidth=1.6, opacity=0.5).encode(stroke=stroke, **line),
        alt.Chart(strong).mark_line(strokeWidth=4, opacity=1).encode(stroke=stroke, **line),
        ticks.mark_tick(orient="horizontal", size=7, thickness=1, color=theme.RULE).encode(x=x, y=y),
        *marks.text_on_ground(names, beside, dark=dark),
        *marks.text_on_ground(met, beside | {"dy": -0.9 * size}, dark=dark),
        # A wide, invisible line is what one hits.
        alt.Chart(drawn)
        .mark_line(strokeWidth=8, opacity=0)
        .encode(
            stroke=stroke,
            tooltip=marks.tooltip(setting_label="setting"),
            description="setting_label:N",
            **line,
        )
        .add_params(alt.selection_point(name="pick", fields=["point"])),
        alt.Chart(drawn)
        .mark_point(filled=True, size=36, opacity=1)
        .encode(x=x, y=y, fill=alt.Fill("ink:N", scale=None), stroke=stroke, tooltip=tooltip),
    ]
    return alt.layer(*layers).properties(height=HEIGHT, width="container")


def _vertex(row: pd.Series, axis: str, at: float, value: str, ink: str, selected: str | None) -> dict[str, Any]:
    return {
        "point": row["point"],
        "setting_label": row["setting_label"],
        "axis": axis,
        "at": at,
        "value": value,
        "ink": ink,
        "strong": row["setting"] == selected,
    }
