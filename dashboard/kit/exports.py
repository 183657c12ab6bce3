"""Figures as files: PNG, SVG, PDF by vl-convert, on white ground, with title, caption and source."""

from __future__ import annotations

import io
import re
import textwrap
from typing import Any, Literal

import altair as alt
import pandas as pd
import vl_convert
from PIL import Image, ImageChops

from dashboard.kit import theme
from dashboard.kit.live import Live

Format = Literal["png", "svg", "pdf"]
MIME: dict[Format, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""Forms of a figure that can be downloaded."""

SIZES: dict[str, tuple[int, int | None]] = {
    "Column (3.3 in)": (317, None),
    "Page (6.9 in)": (662, None),
    "Slide (1600 x 900)": (1600, 900),
}
"""Outer width and height in pixels at 96 per inch; the height of a figure is its own where it is None."""

BESIDE, ABOVE = 190, 190
"""First guess of what axes, legend and words need beside and above the plot, in pixels; then it is measured."""

LEAST = 110
"""A plot is never narrower or lower than this."""


SLIDE_SCALE = 2.0
"""A slide is drawn at half its pixels and enlarged, so that its type can be read from afar."""


LOW = 290
"""Narrow figures are not higher than about as wide."""


def outer_width(size: str) -> int:
    """Return the width in pixels that a figure of a size is drawn for."""
    width, height = SIZES[size]
    return int(width / (SLIDE_SCALE if height else 1.0))


def spec_of(chart: alt.TopLevelMixin | Live) -> dict[str, Any]:
    """Return the whole specification of a chart with its data, however many rows they have."""
    with alt.data_transformers.enable("default", max_rows=None):
        return dict(chart.to_dict())


def figure_spec(
    chart: alt.TopLevelMixin | Live,
    *,
    title: str,
    subtitle: str,
    caption: str,
    size: str,
    least_width: int = LEAST,
    dark: bool = False,
) -> dict[str, Any]:
    """Return the Vega-Lite specification of a figure with its words, fitted to a size.

    Parameters
    ----------
    chart : Chart
        Drawn for the light or dark mode.
    title, subtitle, caption : str
        Plain text; wrapped to the width.
    size : str
        One of `SIZES`.
    least_width : int
        Narrowest plot that stays readable; a figure that needs more is wider than asked for.
    dark : bool
        The mode that the chart is drawn for.
    """
    _, height = SIZES[size]
    outer, tall = outer_width(size), height / SLIDE_SCALE if height else None
    spec = spec_of(chart)
    words: dict[str, Any] = {"title": title, "subtitle": subtitle, "caption": caption, "dark": dark}
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
    return _with_words(spec, (wide, high), outer=outer, **words)


def _with_words(
    chart: dict[str, Any],
    plot: tuple[int, int | None],
    *,
    outer: int,
    title: str,
    subtitle: str,
    caption: str,
    dark: bool,
) -> dict[str, Any]:
    """Put title and subtitle above and the caption below a chart whose plot has the given width and height."""
    spec = {key: value for key, value in chart.items() if key not in ("$schema", "config", "datasets")}
    if spec.get("width") == "container":
        spec["width"] = plot[0]
        if isinstance(spec.get("height"), int):
            spec["height"] = plot[1] or (min(spec["height"], LOW) if outer < theme.NARROW else spec["height"])
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
            "color": theme.surface(dark=dark).muted,
            "x": 0,
            "y": 0,
        },
        "encoding": {"text": {"value": lines}},
        "width": plot[0],
        "height": 12 * len(lines),
    }
    return {
        "$schema": chart["$schema"],
        "title": {"text": textwrap.wrap(title, letters), "subtitle": textwrap.wrap(subtitle, int(letters * 1.05))},
        "vconcat": [spec, below],
        "spacing": 16,
        "padding": 12,
        "datasets": chart.get("datasets", {}),
        "config": theme.export_config(width=outer, dark=dark),
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


def trimmed(png: bytes) -> bytes:
    """Cut the empty ground around a drawing."""
    with Image.open(io.BytesIO(png)) as drawn:
        picture = drawn.convert("RGB")
    ground = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    stream = io.BytesIO()
    picture.crop(ImageChops.difference(picture, ground).getbbox()).save(stream, "PNG")
    return stream.getvalue()


def csv(table: pd.DataFrame, caption: str) -> bytes:
    """Return a table as CSV: fractions, not percent; unknown is empty; the caption as a comment on top."""
    plain = table.assign(
        **{str(c): [" ".join(map(str, v)) if isinstance(v, list | tuple) else v for v in table[c]] for c in table}
    )
    return f"# {' '.join(caption.split())}\n{plain.to_csv(index=False)}".encode()
