"""Colours, shapes and the look of exported figures.

Methods are told apart by colour *and* shape (Okabe-Ito palette); there is no colour per country.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from scpo import methods


class Look(NamedTuple):
    """How a method is drawn and called."""

    label: str
    colour: str
    shape: str


_PENTAGON = "M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z"
_STAR = "M0,-1L0.24,-0.31L0.95,-0.31L0.38,0.12L0.59,0.81L0,0.4L-0.59,0.81L-0.38,0.12L-0.95,-0.31L-0.24,-0.31Z"
_HOURGLASS = "M-0.8,-0.9L0.8,-0.9L-0.8,0.9L0.8,0.9Z"

_INK: dict[str, tuple[str, str]] = {
    "full": ("#CC79A7", "diamond"),
    "filter": ("#E69F00", "square"),
    "inverse": ("#009E73", "cross"),
    "weight": ("#56B4E9", "triangle-up"),
    "scpo": ("#0072B2", "circle"),
    "random": ("#999999", "triangle-down"),
    "shuffled": ("#999999", "triangle-left"),
    "pooled": ("#999999", "triangle-right"),
    "transfer": ("#999999", _PENTAGON),
    "length": ("#999999", _HOURGLASS),
    "external": ("#8C6BB1", _STAR),
}
"""Colour and shape of each method of `scpo.methods`; controls share their grey."""

_NO_INK = ("#000000", "triangle-right")
"""How a method is drawn that has none of its own."""

METHODS: dict[str, Look] = {
    "global": Look("Global model", "#5F6B7A", "stroke"),
    **{row.name: Look(row.label, *_INK.get(row.name, _NO_INK)) for row in methods.METHODS.values()},
}
"""Methods in the order of legends and lists."""

RING = "#D55E00"
"""Ring around the chosen setting."""

GAIN, LOSS = "#0072B2", "#D55E00"
"""Ends of the scale of differences: gains blue, losses orange."""

SUBSETS: dict[str, Look] = {
    "all_country": Look("All-country", "#0072B2", "circle"),
    "true_country": Look("True-country (recovered share)", "#D55E00", "square"),
    "excess": Look("Excess over label-blind flips", "#009E73", "triangle-up"),
}
"""Both accuracies and the excess of one model, where they share a chart."""

FEW = "#9AA3AE"
"""Everything with fewer than ten users."""

RULE = "#8A93A0"
"""Reference lines; readable on light and on dark."""


class Surface(NamedTuple):
    """Colours that depend on the mode."""

    background: str
    text: str
    muted: str
    grid: str
    neutral: str
    """Middle of the scale of differences: no difference."""
    blank: str
    """A cell that shows no number."""


LIGHT = Surface("#FFFFFF", "#1F2933", "#52606D", "#E4E7EB", "#F4F4F2", "#E3E6EA")
DARK = Surface("#14181D", "#E6EAEE", "#A5B0BC", "#2E363F", "#2A2F36", "#3A424C")


def surface(*, dark: bool) -> Surface:
    """Return the colours of a mode."""
    return DARK if dark else LIGHT


def distance(*, dark: bool) -> str:
    """Return the end of the scale of distances: no method, no gain, no loss has this hue."""
    return "#B9A3E3" if dark else "#54278F"


NARROW = 400
"""Exported figures below this width in pixels have smaller type and their legend below the plot."""


def export_config(*, width: int, dark: bool = False) -> dict[str, Any]:
    """Return the Vega-Lite configuration of an exported figure: its own ground and fonts.

    Parameters
    ----------
    width : int
        Width of the figure in pixels.
    dark : bool
        For a dark screen; files are light.
    """
    colours = surface(dark=dark)
    narrow = width < NARROW
    size = 9 if narrow else 11
    return {
        "background": colours.background,
        "font": "Liberation Sans, Arial, sans-serif",
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "color": colours.text,
            "subtitleColor": colours.muted,
            "fontSize": size + 2,
            "subtitleFontSize": size,
            "offset": 12,
            "fontWeight": "bold",
        },
        "axis": _axis(colours, labelFontSize=size, titleFontSize=size),
        "legend": {
            "labelColor": colours.text,
            "titleColor": colours.text,
            "labelFontSize": size,
            "titleFontSize": size,
            **({"orient": "bottom", "columns": 3} if narrow else {}),
        },
        "text": {"color": colours.text},
        "header": {"labelColor": colours.text, "labelFontSize": size, "titleColor": colours.text},
    }


def _axis(colours: Surface, **look: float) -> dict[str, Any]:
    lines = {"gridColor": colours.grid, "domainColor": colours.muted, "tickColor": colours.muted}
    words = {"labelColor": colours.muted, "titleColor": colours.text, "titleFontWeight": "normal"}
    return {**words, **lines, **look}


def screen_config(*, dark: bool) -> dict[str, Any]:
    """Return the configuration of a chart on the screen; colours of text come from the app's theme."""
    colours = surface(dark=dark)
    return {
        "background": "transparent",
        "font": '"Source Sans", "Source Sans Pro", sans-serif',
        "title": {"color": colours.text, "fontSize": 13, "anchor": "start"},
        "view": {"stroke": None},
        "axis": _axis(colours, labelFontSize=12, titleFontSize=12.5, titlePadding=10),
        # Centred, a long title of a narrow plot beside long labels would run over the picture's edge.
        "axisX": {"titleAnchor": "end"},
        "legend": {
            "labelColor": colours.text,
            "titleColor": colours.text,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "symbolStrokeWidth": 1.5,
        },
        "header": {
            "labelColor": colours.text,
            "labelFontSize": 13,
            "labelFontWeight": "bold",
            "titleColor": colours.text,
        },
        "text": {"color": colours.text},
    }
