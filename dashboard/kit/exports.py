"""Figures as files: PNG, SVG, PDF by vl-convert, on white ground, with title, caption and source."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd
import vl_convert

from dashboard.kit import theme
from dashboard.kit.live import Live

Format = Literal["png", "svg", "pdf"]
MIME: dict[Format, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""Forms of a figure that can be downloaded."""

COLUMN, PAGE, SLIDE = "Column (3.3 in)", "Page (6.9 in)", "Slide (1600 x 900)"
SIZES: dict[str, tuple[int, int | None]] = {COLUMN: (317, None), PAGE: (662, None), SLIDE: (1600, 900)}
"""Outer width and height in pixels at 96 per inch; the height of a figure is its own where it is None."""

BESIDE, ABOVE = 190, 190
"""First guess of what axes, legend and words need beside and above the plot, in pixels; then it is measured."""

LEAST = 110
"""A plot is never narrower or lower than this."""


SLIDE_SCALE = 2.0
"""A slide is drawn at half its pixels and enlarged, so that its type can be read from afar."""


LOW = 290
"""Narrow figures are not higher than about as wide."""


class Room(NamedTuple):
    """What a figure is drawn for, in pixels."""

    width: int
    height: int | None
    """Of the plot with its axes and legend, without words above and below; None: as high as the figure likes."""

    @property
    def narrow(self) -> bool:
        """Whether it is one column of a paper: smaller type, short names, the legend below."""
        return self.width < theme.NARROW


BARE = {COLUMN: None, PAGE: 345, SLIDE: 324}
"""Height of a figure without its words, in pixels as it is drawn: two of them on a page, and what a slide has left."""


def room(size: str) -> Room:
    """Return what a figure of a size is drawn for."""
    width, height = SIZES[size]
    return Room(int(width / SLIDE_SCALE), BARE[size]) if height else Room(width, None)


def figure_spec(
    chart: alt.TopLevelMixin | Live, *, title: str, subtitle: str, caption: str, size: str, least_width: int = LEAST
) -> dict[str, Any]:
    """Return the Vega-Lite specification of a figure with its words, fitted to a size.

    Parameters
    ----------
    chart : Chart
        Drawn for the light mode.
    title, subtitle, caption : str
        Plain text; wrapped to the width. Without any of them a figure is as high as its room.
    size : str
        One of `SIZES`.
    least_width : int
        Narrowest plot that stays readable; a figure that needs more is wider than asked for.
    """
    outer, height = room(size).width, SIZES[size][1]
    worded = height / SLIDE_SCALE if height else None
    tall = worded if title or subtitle or caption else BARE[size]
    spec = chart.to_dict()
    words = {"title": title, "subtitle": subtitle, "caption": caption}
    beside = BESIDE // 2 if outer < theme.NARROW else BESIDE  # narrow figures have their legend below
    wide, high = max(least_width, outer - beside), max(LEAST, int(tall) - ABOVE) if tall else None
    whole = _with_words(spec, (wide, high), outer=outer, **words)
    if spec.get("width") != "container":
        return whole
    drawn = re.search(r'width="([\d.]+)" height="([\d.]+)"', vl_convert.vegalite_to_svg(whole))
    if drawn is None:
        return whole
    wide = max(least_width, int(wide + outer - float(drawn[1])))
    if tall and high and isinstance(spec.get("height"), int):
        high = max(LEAST, int(high + tall - float(drawn[2])))
        high = high if height else min(high, spec["height"])
    return _with_words(spec, (wide, high), outer=outer, **words)


def _with_words(
    chart: dict[str, Any], plot: tuple[int, int | None], *, outer: int, title: str, subtitle: str, caption: str
) -> dict[str, Any]:
    """Put title and subtitle above and the caption below a chart whose plot has the given width and height."""
    spec = {key: value for key, value in chart.items() if key not in ("$schema", "config", "datasets")}
    if spec.get("width") == "container":
        spec["width"] = plot[0]
        if isinstance(spec.get("height"), int):
            spec["height"] = plot[1] or (min(spec["height"], LOW) if outer < theme.NARROW else spec["height"])
    around = {"$schema": chart["$schema"], "datasets": chart.get("datasets", {})}
    around["config"] = theme.export_config(width=outer)
    if not (title or subtitle or caption):
        return spec | around | {"padding": 2}
    letters = max(36, int(outer / 6.3))
    # The caption begins below the plot: where the plot is narrow, a longer line would make the figure wider.
    across = min(letters * 1.1, max(24, plot[0] / 4.5)) if outer < theme.NARROW else letters * 1.1
    lines = textwrap.wrap(caption, int(across))
    below = {
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
        "width": plot[0],
        "height": 12 * len(lines),
    }
    return around | {
        "title": {"text": textwrap.wrap(title, letters), "subtitle": textwrap.wrap(subtitle, int(letters * 1.05))},
        "vconcat": [spec, below],
        "spacing": 16,
        "padding": 12,
    }


def render(spec: dict[str, Any], form: Format) -> bytes:
    """Turn a specification into the bytes of a file."""
    if form == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    if form == "pdf":
        return vl_convert.vegalite_to_pdf(spec)
    return vl_convert.vegalite_to_png(spec, scale=2.0)


def converted(svg: bytes, form: Format) -> bytes:
    """Turn a figure that is drawn as SVG into another form; quicker than to draw it again."""
    if form == "svg":
        return svg
    drawing = svg.decode()
    return vl_convert.svg_to_pdf(drawing) if form == "pdf" else vl_convert.svg_to_png(drawing, scale=2.0)


def csv(table: pd.DataFrame, caption: str) -> bytes:
    """Return a table as CSV: fractions, not percent; unknown is empty; the caption as a comment on top."""
    plain = table.assign(
        **{str(c): [" ".join(map(str, v)) if isinstance(v, list | tuple) else v for v in table[c]] for c in table}
    )
    return f"# {' '.join(caption.split())}\n{plain.to_csv(index=False)}".encode()
