"""tau and beta beside the points of methods that have several settings, where there is room for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd

from dashboard.kit import glossary, marks
from dashboard.tradeoff.reference import BREAK_EVEN
from scpo.methods import EXTERNAL, NEVER_CHOSEN

WIDE, NARROW = 560.0, 280.0
"""Widths of the plot in pixels for which places are sought: what has room in the wide one only is hidden below
`NEEDS_WIDTH`."""

NEEDS_WIDTH = 480
HEIGHT = 400.0

LETTER, LINE, MARK = 5.9, 13.0, 9.0
"""Width of a letter, height of a line, and half the width of a mark, in pixels."""

SIDES: dict[str, tuple[Literal["left", "right"], int, int]] = {
    "above right": ("left", 10, -9),
    "below right": ("left", 10, 10),
    "above left": ("right", -10, -9),
    "below left": ("right", -10, 10),
}
"""Where a label may stand, clear of the intervals: alignment and distance to its point, the preferred side first."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Tell whether two rectangles overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def texts(shown: pd.DataFrame) -> list[str]:
    """Return for each point what tells it from the other settings of its method; nothing where there is no other.

    A model from elsewhere has its name. Controls have nothing: they are small and grey. While presenting nobody is told
    of tau and beta.
    """
    found = [""] * len(shown)
    for method, place in shown.groupby("method").indices.items():
        rows = shown.iloc[place]
        if method == EXTERNAL:
            for i, name in zip(place, rows["external"], strict=True):
                found[i] = str(name)
        if method in NEVER_CHOSEN or len(rows) < 2 or glossary.is_plain():
            continue
        varying = [(sign, name) for sign, name in (("τ", "tau"), ("β", "beta")) if len(set(rows[name].dropna())) > 1]
        for i, (_, row) in zip(place, rows.iterrows(), strict=True):
            found[i] = " ".join([f"{sign} {row[name]:g}" for sign, name in varying])
    return found


def placed(
    shown: pd.DataFrame,
    across: tuple[float, float],
    up: tuple[float, float],
    *,
    log: bool,
    selected: str | None,
    reference: float | None = None,
) -> pd.DataFrame:
    """Find a side for the label of each point on which it covers no point and no other label.

    Parameters
    ----------
    shown : DataFrame
        Points with a place in the plane: `true_value`, `all_value`, `method`, `tau`, `beta`, `setting`.
    across, up : tuple of float
        Ends of the axes.
    selected : str, optional
        Its label finds its place first, then those of its method.
    reference : float, optional
        Height of the global model's line, whose name stands above its right end.

    Returns
    -------
    DataFrame
        The points that have a label in a wide plot, with `label`, `side`, a key of `SIDES`, and `narrow`, whether a
        narrow plot has room for it too. What finds no place has none.
    """
    rows = shown.assign(label=texts(shown)).reset_index(drop=True)
    scale = math.log if log else float
    (left, right), (low, high) = ((scale(one), scale(other)) for one, other in (across, up))
    x = [(scale(one) - left) / (right - left) for one in rows["true_value"]]
    y = [HEIGHT * (1 - (scale(one) - low) / (high - low)) for one in rows["all_value"]]
    chosen = set(rows.loc[rows["setting"] == selected, "method"])
    order = sorted(
        rows.index[rows["label"] != ""],
        key=lambda i: (rows["setting"][i] != selected, rows["method"][i] not in chosen, i),
    )
    sides: dict[int, str] = {}
    narrow: dict[int, bool] = {}
    taken = {width: [_mark(width * a, b) for a, b in zip(x, y, strict=True)] for width in (WIDE, NARROW)}
    if reference is not None:
        name = HEIGHT * (1 - (scale(reference) - low) / (high - low))
        for width, boxes in taken.items():
            boxes.append(Box(width - LETTER * len(BREAK_EVEN) - 4, name - LINE - 2, width, name))
    for i in order:
        label = str(rows["label"][i])
        side = next((one for one in SIDES if _is_free(_box(WIDE * x[i], y[i], label, one), taken[WIDE], WIDE)), None)
        if side is None:
            continue
        sides[i] = side
        taken[WIDE].append(_box(WIDE * x[i], y[i], label, side))
        small = _box(NARROW * x[i], y[i], label, side)
        narrow[i] = _is_free(small, taken[NARROW], NARROW)
        taken[NARROW] += [small] if narrow[i] else []
    return rows.loc[list(sides)].assign(side=list(sides.values()), narrow=list(narrow.values()))


def _mark(x: float, y: float) -> Box:
    return Box(x - MARK, y - MARK, x + MARK, y + MARK)


def _box(x: float, y: float, label: str, side: str) -> Box:
    align, dx, dy = SIDES[side]
    width = LETTER * len(label)
    left = x + dx if align == "left" else x + dx - width
    return Box(left, y + dy - LINE / 2, left + width, y + dy + LINE / 2)


def _is_free(box: Box, taken: Sequence[Box], width: float) -> bool:
    inside = box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= HEIGHT
    return inside and not any(box.meets(other) for other in taken)


def layers(
    shown: pd.DataFrame, x: alt.X, y: alt.Y, *, log: bool, selected: str | None, dark: bool, reference: float | None
) -> list[alt.Chart]:
    """Write tau and beta beside the points; see `placed`."""
    if shown.empty:
        return []
    ends = x["scale"]["domain"], y["scale"]["domain"]
    rows = placed(shown, *ends, log=log, selected=selected, reference=reference)
    found = []
    for (side, narrow), those in rows.groupby(["side", "narrow"], sort=False):
        align, dx, dy = SIDES[str(side)]
        base = alt.Chart(those[["true_value", "all_value", "label", "point"]]).encode(x=x, y=y, text="label:N")
        look: dict[str, Any] = {"align": align, "dx": dx, "dy": dy, "fontSize": 11, "clip": True}
        if not narrow:
            look["opacity"] = alt.ExprRef(f"width > {NEEDS_WIDTH} ? 1 : 0")
        found += marks.text_on_ground(base, look, dark=dark)
    return found


def sentence(rows: pd.DataFrame) -> str:
    """Say what the small labels are; nothing where no method has several settings."""
    told = texts(rows[rows["method"] != EXTERNAL])
    return " Beside points: τ and β where a method has several settings." if any(told) else ""
