"""What settings are judged against: the global model, and where a change lands that knows nothing of the country."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, text, theme

BREAK_EVEN = "global model = break-even"


def reference_layers(words: pd.DataFrame, x: alt.X, y: alt.Y, *, label: bool) -> list[alt.Chart]:
    """Return the global model: a dashed line, because its true-country accuracy is 0 by construction.

    Where a model gains as many pairs as it loses it lies on this line too, whatever it recovers.
    """
    reference = alt.Chart(words[words["method"] == "global"])
    y_only = marks.moved(y, "all_value")
    line = reference.mark_rule(strokeDash=[5, 4], color=theme.RULE, strokeWidth=1.4).encode(
        y=y_only, tooltip=marks.tooltip(all_words="global model, all-country")
    )
    if not label:
        return [line]
    name = reference.mark_text(align="right", dx=-4, dy=-7, color=theme.RULE, fontSize=12).encode(
        x=alt.value("width"), y=y_only, text=alt.value(BREAK_EVEN)
    )
    return [line, name]


def noise_layers(
    noise: pd.DataFrame | None, x: alt.X, y: alt.Y, *, country: str, log: bool, label: bool
) -> list[alt.Chart]:
    """Return the noise curve of a country, or of the mean.

    Parameters
    ----------
    noise : DataFrame or None
        Rows of `results.noise_table`.
    """
    if noise is None or noise.empty:
        return []
    curve = noise[(noise["country"] == country) & noise["true_value"].notna()]
    if log:
        curve = curve[curve["true_value"] > 0]
    if curve.empty:
        return []
    drawn = curve.assign(
        words=[
            f"noise of {n:.1f} SD of the gap: {text.percent(own)} recovered, {text.percent(every)} all-country"
            for n, own, every in zip(curve["noise"], curve["true_value"], curve["all_value"], strict=True)
        ]
    )[["true_value", "all_value", "noise", "words"]]
    tooltip = marks.tooltip(words="knows nothing of the country")
    base = alt.Chart(drawn)
    line = base.mark_line(color=theme.RULE, strokeWidth=2.2, opacity=0.55, clip=True).encode(
        x=x, y=y, order="noise:Q", tooltip=tooltip
    )
    if not label:
        return [line]
    inside = _inside(drawn, x, y)
    if inside.empty:
        return [line]
    name = alt.Chart(inside.tail(1)).mark_text(align="left", dx=6, dy=10, color=theme.RULE, fontSize=12, clip=True)
    return [line, name.encode(x=x, y=y, text=alt.value("noise"))]


def _inside(curve: pd.DataFrame, x: alt.X, y: alt.Y) -> pd.DataFrame:
    """Return the points of the curve that leave room for its name inside the axes."""
    (left, right), (low, high) = x["scale"]["domain"], y["scale"]["domain"]
    room = 0.07 * (right - left)
    return curve[curve["true_value"].between(left, right - room) & curve["all_value"].between(low, high)]
