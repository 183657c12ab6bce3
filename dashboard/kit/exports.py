"""Figures as files: PNG, SVG, PDF by vl-convert, on white ground, with title, caption and source."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd
from PIL import Image, ImageChops

from dashboard.kit import theme
from dashboard.kit.datasets import whole_spec
from dashboard.kit.drawing import draw
from dashboard.kit.live import Live
from dashboard.kit.table import Column, units

Format = Literal["png", "svg", "pdf"]
MIME: dict[Format, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""Forms of a figure that can be downloaded."""

PER_INCH = 96.0
"""Pixels of a drawing."""

FORMULA = r"=+\-@\t\r\n＝＋－＠"
"""What a cell begins with that a spreadsheet runs, also in full width."""

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


BARE = {COLUMN: None, PAGE: 310, SLIDE: 324}
"""Height of a figure without its words, in pixels as it is drawn: two of them on a page, and what a slide has left."""


def room(size: str) -> Room:
    """Return what a figure of a size is drawn for."""
    width, height = SIZES[size]
    return Room(int(width / SLIDE_SCALE), BARE[size]) if height else Room(width, None)


def spec_of(chart: alt.TopLevelMixin | Live, *, validate: bool = True) -> dict[str, Any]:
    """Return the whole specification of a chart with its data; checked against the schema unless it is not to be."""
    return chart.to_dict() if isinstance(chart, Live) else whole_spec(chart, validate=validate)


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
        Plain text; wrapped to the width. Without any of them a figure is as high as its room.
    size : str
        One of `SIZES`.
    least_width : int
        Narrowest plot that stays readable; a figure that needs more is wider than asked for.
    dark : bool
        The mode that the chart is drawn for.
    """
    outer, height = room(size).width, SIZES[size][1]
    worded = height / SLIDE_SCALE if height else None
    tall = worded if title or subtitle or caption else BARE[size]
    spec = spec_of(chart)
    words: dict[str, Any] = {"title": title, "subtitle": subtitle, "caption": caption, "dark": dark}
    beside = BESIDE // 2 if outer < theme.NARROW else BESIDE  # narrow figures have their legend below
    wide, high = max(least_width, outer - beside), max(LEAST, int(tall) - ABOVE) if tall else None
    whole = _with_words(spec, (wide, high), outer=outer, **words)
    if spec.get("width") != "container":
        return whole
    across, down = size_of(render(whole, "svg"))
    wide = max(least_width, int(wide + outer - across))
    if tall and high and isinstance(spec.get("height"), int):
        high = max(LEAST, int(high + tall - down))
        high = high if height else min(high, spec["height"])
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
    if outer < theme.NARROW:
        _shrink_labels(spec)
    around = {"$schema": chart["$schema"], "datasets": chart.get("datasets", {})}
    around["config"] = theme.export_config(width=outer, dark=dark)
    if not (title or subtitle or caption):
        return spec | around | {"padding": 2}
    letters = max(36, int(outer / 6.3))
    below_title = int(outer / 4.9 if outer < theme.NARROW else letters * 1.05)
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
    return around | {
        "title": {"text": textwrap.wrap(title, letters), "subtitle": textwrap.wrap(subtitle, below_title)},
        "vconcat": [spec, below],
        "spacing": 16,
        "padding": 12,
    }


def _shrink_labels(spec: dict[str, Any]) -> None:
    """Make the words on a narrow plot no larger than those of its axes."""
    for inner in (*spec.get("layer", ()), *spec.get("concat", ()), *spec.get("vconcat", ()), *spec.get("hconcat", ())):
        _shrink_labels(inner)
    mark = spec.get("mark")
    if isinstance(mark, dict) and mark["type"] == "text" and isinstance(mark.get("fontSize"), int | float):
        mark["fontSize"] = min(mark["fontSize"], theme.export_config(width=1)["axis"]["labelFontSize"])


def render(spec: dict[str, Any], form: Format) -> bytes:
    """Turn a specification into the bytes of a file."""
    return converted(draw("vegalite_to_svg", spec).encode(), form)


def converted(svg: bytes, form: Format) -> bytes:
    """Turn a figure that is drawn as SVG into another form of the same size in print: a pixel is 1/96 inch."""
    if form == "svg":
        return svg
    drawing, scale = svg.decode(), 72 / PER_INCH
    if form == "png":
        return bytes(draw("svg_to_png", drawing, scale=scale, ppi=2 * PER_INCH))
    # A PDF counts in points: its drawing is named that much smaller, what it shows stays.
    wide, high = (one * scale for one in size_of(svg))
    return bytes(draw("svg_to_pdf", SIZE.sub(f'width="{wide:g}" height="{high:g}"', drawing, count=1)))


SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')


def size_of(svg: bytes) -> tuple[float, float]:
    """Return width and height of a drawing in pixels."""
    found = SIZE.search(svg.decode())
    if found is None:
        raise ValueError("a drawing without width and height")
    return float(found[1]), float(found[2])


def trimmed(png: bytes) -> bytes:
    """Cut the empty ground around a drawing."""
    with Image.open(io.BytesIO(png)) as drawn:
        picture = drawn.convert("RGB")
    ground = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    stream = io.BytesIO()
    picture.crop(ImageChops.difference(picture, ground).getbbox()).save(stream, "PNG")
    return stream.getvalue()


def csv(table: pd.DataFrame, caption: str, columns: Sequence[Column] = ()) -> bytes:
    """Return a table as CSV: fractions, not percent; unknown is empty; caption and units as a comment on top.

    A text that a spreadsheet would run as a formula begins with an apostrophe (OWASP, *CSV Injection*).

    Parameters
    ----------
    columns : sequence of Column
        Those of the twin of the table: they know the units.
    """
    named = units(table, columns)
    above = f"{caption} Units: {named}; unknown is empty." if named else caption
    above = re.sub(rf"(?<=[,;])(?=\"*[{FORMULA}])", " ", " ".join(above.split()))
    plain = table.assign(**{str(c): [_inert(v) for v in table[c]] for c in table}).rename(columns=_inert)
    return f"# {above}\n{plain.to_csv(index=False)}".encode()


def _inert(value: Any) -> Any:
    """Write a list as a text, and a text so that a spreadsheet shows it; a number stays one."""
    value = " ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return f"'{value}" if isinstance(value, str) and re.match(f"[{FORMULA}]", value) else value
