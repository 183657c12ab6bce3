"""The figures of a report as files, in every size and form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from dashboard.kit import exports
from dashboard.report.sections import Exhibit

SIZES = {"column": "Column (3.3 in)", "page": "Page (6.9 in)", "slide": "Slide (1600 x 900)"}
"""End of a file's name -> size of `kit.exports.SIZES`."""

PER_INCH = 96.0


class Drawn(NamedTuple):
    """A figure as it is placed: where its files lie, and its size in inches on a page."""

    name: str
    width: float
    height: float


def write_figures(
    folder: Path, exhibits: Sequence[Exhibit], *, sizes: Sequence[str], tell: Callable[[int, int], None]
) -> list[Drawn]:
    """Write ``<name>_<size>.svg``, ``.pdf`` and ``.png`` of all figures; return their sizes as ``page``."""
    drawn = []
    for number, exhibit in enumerate(exhibits):
        for step, size in enumerate(sizes):
            tell(number * len(sizes) + step, len(exhibits) * len(sizes))
            figure = exhibit.figure
            spec = exports.figure_spec(
                figure.for_file(SIZES[size]),
                title=exhibit.title,
                subtitle=figure.subtitle,
                caption=figure.caption,
                size=SIZES[size],
                least_width=figure.least_width,
            )
            svg = exports.render(spec, "svg")
            for form in exports.MIME:
                (folder / f"{figure.name}_{size}.{form}").write_bytes(exports.converted(svg, form))
            if size == "page":
                drawn.append(Drawn(figure.name, *_inches(svg)))
    tell(len(exhibits) * len(sizes), len(exhibits) * len(sizes))
    return drawn


def _inches(svg: bytes) -> tuple[float, float]:
    found = re.search(rb'width="([\d.]+)" height="([\d.]+)"', svg)
    if found is None:
        raise ValueError("a drawing without width and height")
    return float(found[1]) / PER_INCH, float(found[2]) / PER_INCH


def write_bare(folder: Path, exhibits: Sequence[Exhibit], tell: Callable[[int, int], None]) -> None:
    """Write ``<name>_bare.png``: the figures without words, for slides, which have their own."""
    for number, exhibit in enumerate(exhibits):
        tell(number, len(exhibits))
        figure = exhibit.figure
        spec = exports.figure_spec(
            figure.for_file(SIZES["slide"]),
            title="",
            subtitle="",
            caption="",
            size=SIZES["slide"],
            least_width=figure.least_width,
        )
        (folder / f"{figure.name}_bare.png").write_bytes(exports.render(spec, "png"))
    tell(len(exhibits), len(exhibits))
