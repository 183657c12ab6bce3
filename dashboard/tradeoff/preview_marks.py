"""Previews on the trade-off: hollow and faint, and what a click on an empty spot means."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import clicks, marks, text, theme

SPOTS = (32, 20)
"""Number of invisible fields across and up that make a click on an empty spot mean the nearest preview."""


def layers(shown: pd.DataFrame, x: alt.X, y: alt.Y, *, log: bool) -> list[alt.Chart]:
    """Return the invisible fields of a click, and previews as hollow, faint marks."""
    marked = shown.assign(
        ink=marks.inks(shown),
        point=clicks.PREVIEW_MARK + shown["point"],
        words=[f"{text.share_estimate(r, 'all')} ({text.sample_text(r, 'all_')})" for _, r in shown.iterrows()],
        own=[f"{text.share_estimate(r, 'true')} ({text.sample_text(r, 'true_')})" for _, r in shown.iterrows()],
        excess=[text.excess(r).removeprefix("excess ") for _, r in shown.iterrows()],
    )
    marked = marked[["true_value", "all_value", "method", "ink", "point", "setting_label", "words", "own", "excess"]]
    tooltip = marks.tooltip(
        setting_label="preview, not a finetune", words="all-country", own="recovered share", excess="excess"
    )
    drawn = []
    for method, rows in marked.groupby("method", sort=False):
        # The shape is a value, not a scale, so that the legend of the runs stays as it is.
        hollow = alt.Chart(rows).mark_point(
            filled=False, shape=theme.METHODS[str(method)].shape, size=46, strokeWidth=1.2, opacity=0.5, clip=True
        )
        drawn.append(hollow.encode(x=x, y=y, stroke=alt.Stroke("ink:N", scale=None), tooltip=tooltip))
    targets = marked[marked["method"] == "scpo"]
    if targets.empty:
        return drawn
    fields = alt.Chart(nearest_spots(targets, x["scale"]["domain"], y["scale"]["domain"], log=log))
    fields = fields.mark_rect(opacity=0).encode(
        x=marks.moved(x, "x"),
        x2="x2:Q",
        y=marks.moved(y, "y"),
        y2="y2:Q",
        tooltip=marks.tooltip(setting_label="nearest preview; click to propose it"),
    )
    return [fields, *drawn]


def nearest_spots(
    targets: pd.DataFrame, across: tuple[float, float], up: tuple[float, float], *, log: bool
) -> pd.DataFrame:
    """Divide the plane into fields, each with the point that lies nearest to its middle on the drawn axes.

    Parameters
    ----------
    targets : DataFrame
        `true_value`, `all_value`, `point`, `setting_label`; at least one row.
    across, up : tuple of float
        Ends of the axes.

    Returns
    -------
    DataFrame
        `x`, `x2`, `y`, `y2`, `point`, `setting_label`, one row per field.
    """
    scale, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
    ends = [scale(np.array(one, dtype=float)) for one in (across, up)]
    edges = [np.linspace(low, high, n + 1) for (low, high), n in zip(ends, SPOTS, strict=True)]
    places = [scale(targets[column].to_numpy(dtype=float)) for column in ("true_value", "all_value")]
    middle = [(edge[:-1] + edge[1:]) / 2 for edge in edges]
    width = [edge[-1] - edge[0] for edge in edges]
    i, j = (one.ravel() for one in np.meshgrid(*(np.arange(n) for n in SPOTS), indexing="ij"))
    distance = ((middle[0][i][:, None] - places[0]) / width[0]) ** 2
    distance += ((middle[1][j][:, None] - places[1]) / width[1]) ** 2
    near = targets.iloc[distance.argmin(axis=1)]
    fields = {"x": edges[0][i], "x2": edges[0][i + 1], "y": edges[1][j], "y2": edges[1][j + 1]}
    return pd.DataFrame(
        {name: back(value) for name, value in fields.items()}
        | {name: near[name].to_numpy() for name in ("point", "setting_label")}
    )
