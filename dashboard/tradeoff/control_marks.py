"""Controls on the trade-off: small, grey and named, so that the other points have something to be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import marks, text, theme
from scpo.methods import CONTROLS, METHODS

SIZE = 46
"""Area of a mark; the other points have more than twice as much."""

NEAR = (0.4, 0.05)
"""Marks that are closer, in parts of the axes, would have their names over each other."""

NAMES = {"shuffled": "shuffled", "pooled": "pooled", "transfer": "others' models", "length": "longer"}
"""What stands beside a mark."""


def layers(controls: pd.DataFrame, x: alt.X, y: alt.Y, *, dark: bool) -> list[alt.Chart]:
    """Draw controls that no run stands for: hollow where a last layer was fitted, filled where nothing was.

    Parameters
    ----------
    controls : DataFrame
        Rows of `results.control_rows` with a place in the plane, named as settings are.
    """
    drawn = []
    marked = controls.assign(
        words=[f"{text.share_estimate(r, 'all')} ({text.sample_text(r, 'all_')})" for _, r in controls.iterrows()],
        own=[f"{text.share_estimate(r, 'true')} ({text.sample_text(r, 'true_')})" for _, r in controls.iterrows()],
        excess=[text.excess(r).removeprefix("excess ") for _, r in controls.iterrows()],
        origin_words=[origin(r) for _, r in controls.iterrows()],
        beside=controls["method"].map(NAMES),
    )
    columns = ["true_value", "all_value", "method", "preview", "setting_label", "beside"]
    marked = marked[[*columns, "words", "own", "excess", "origin_words"]]
    tooltip = marks.tooltip(
        setting_label="control", origin_words="comes from", words="all-country", own="recovered share", excess="excess"
    )
    down = lowered(controls, x, y)
    for method, rows in marked.groupby("method", sort=False):
        # Shape and colour are values, not scales, so that the legend of the runs stays as it is.
        look = theme.METHODS[str(method)]
        dot = alt.Chart(rows).mark_point(
            shape=look.shape,
            filled=not bool(rows["preview"].iloc[0]),
            color=look.colour,
            size=SIZE,
            strokeWidth=1.3,
            opacity=1,
            clip=True,
        )
        left = method == "length"  # on its right is the name of the noise curve
        written = {
            "align": "right" if left else "left",
            "dx": -7 if left else 7,
            "dy": down[str(method)],
            "fontSize": 10,
            "clip": True,
        }
        name = alt.Chart(rows).encode(x=x, y=y, text="beside:N")
        drawn += [*marks.text_on_ground(name, written, dark=dark), dot.encode(x=x, y=y, tooltip=tooltip)]
    return drawn


def lowered(controls: pd.DataFrame, x: alt.X, y: alt.Y) -> dict[str, int]:
    """Return how far each name stands below its mark, in pixels: of two marks that are close, one goes up, one down."""
    across, up = (_places(controls[f"{name}_value"], axis) for name, axis in (("true", x), ("all", y)))
    found = {}
    for i, method in enumerate(controls["method"]):
        near = (np.abs(across - across[i]) < NEAR[0]) & (np.abs(up - up[i]) < NEAR[1])
        near[i] = False
        higher = near & ((up > up[i]) | ((up == up[i]) & (np.arange(len(up)) < i)))
        found[str(method)] = 1 if not near.any() else 8 if higher.any() else -6
    return found


def _places(values: pd.Series, axis: alt.X | alt.Y) -> np.ndarray:
    """Return where values stand on an axis, as parts of its length."""
    scale = np.log if axis["scale"]["type"] == "log" else np.asarray
    low, high = scale(np.asarray(axis["scale"]["domain"], dtype=float))
    places: np.ndarray = (scale(values.to_numpy(dtype=float)) - low) / (high - low)
    return places


def origin(row: Mapping[str, Any] | pd.Series) -> str:
    """Say where the numbers of a control come from."""
    method = row["method"]
    if method == "shuffled":
        return f"preview, mean over {text.count(row['n_models'], 'exchange')} of judgements"
    if method == "transfer":
        trained = METHODS[row["based_on"]].label
        return f"models of {text.count(row['n_models'], 'other country', 'other countries')}, trained as {trained}"
    return "preview, one last layer for all countries with runs" if method == "pooled" else "no model"


def sentence(controls: pd.DataFrame, settings: pd.DataFrame) -> str:
    """Say what the small grey marks are, and which controls are missing."""
    shown = [method for method in CONTROLS if method in {*controls["method"], *settings["method"]}]
    missing = [METHODS[method].label.lower() for method in NAMES if method not in shown]
    words = " Small and grey: controls; hollow: last-layer previews." if shown else ""
    return words + (f" No numbers yet: {text.listed(missing)}." if missing else "")
