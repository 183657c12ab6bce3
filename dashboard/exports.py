"""Figures as files: PNG, SVG, PDF by vl-convert, on white ground, with title, caption and source."""

from __future__ import annotations

import textwrap
from typing import Any, Literal

import altair as alt
import pandas as pd
import vl_convert

from dashboard import theme

Format = Literal["png", "svg", "pdf"]
SIZES: dict[str, tuple[int, int | None]] = {
    "Column (3.3 in)": (317, None),
    "Page (6.9 in)": (662, None),
    "Slide (1600 x 900)": (1600, 900),
}
"""Outer width and height in pixels at 96 per inch; the height of a figure is its own where it is None."""

LEGEND_ROOM = 190
"""Pixels that axes and a legend at the side need beside the plot."""


def figure_spec(chart: alt.TopLevelMixin, *, title: str, subtitle: str, caption: str, size: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of a figure with its words.

    Parameters
    ----------
    chart : Chart
        Drawn for the light mode.
    title, subtitle, caption : str
        Plain text; wrapped to the width.
    size : str
        One of `SIZES`.
    """
    width, height = SIZES[size]
    spec = chart.to_dict()
    schema = spec.pop("$schema")
    spec.pop("config", None)
    scale = 2.0 if height else 1.0
    outer = width / scale
    plot = max(170, int(outer) - LEGEND_ROOM)
    if spec.get("width") == "container":
        spec["width"] = plot
        if height:
            spec["height"] = max(int(height / scale) - 190, 160)
    letters = max(36, int(outer / 5.9))
    config = theme.export_config(width=width)
    lines = textwrap.wrap(caption, int(letters * 1.15))
    words = {
        "data": {"values": [{}]},
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "top",
            "lineHeight": 12,
            "fontSize": 9,
            "color": theme.LIGHT.muted,
            "x": 0,
            "y": 0,
        },
        "encoding": {"text": {"value": lines}},
        "width": plot,
        "height": 12 * len(lines),
    }
    return {
        "$schema": schema,
        "title": {"text": textwrap.wrap(title, letters), "subtitle": textwrap.wrap(subtitle, int(letters * 1.1))},
        "vconcat": [spec, words],
        "spacing": 16,
        "padding": 12,
        "datasets": spec.pop("datasets", {}),
        "config": config,
    }


def render(spec: dict[str, Any], form: Format) -> bytes:
    """Turn a specification into the bytes of a file."""
    if form == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    if form == "pdf":
        return vl_convert.vegalite_to_pdf(spec)
    return vl_convert.vegalite_to_png(spec, scale=2.0)


def csv(table: pd.DataFrame, caption: str) -> bytes:
    """Return a table as CSV: fractions, not percent; unknown is empty; the caption as a comment on top."""
    plain = table.assign(**{c: [" ".join(v) if isinstance(v, list | tuple) else v for v in table[c]] for c in table})
    return f"# {' '.join(caption.split())}\n{plain.to_csv(index=False)}".encode()
