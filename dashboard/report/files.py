"""The figures of a report as files, in every size and form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from dashboard.kit import exports
from dashboard.report.sections import Exhibit
from scpo.results.report_choice import Size

SIZES: dict[Size, str] = {"column": exports.COLUMN, "page": exports.PAGE, "slide": exports.SLIDE}
"""Size of a report, the end of a file's name -> size of `kit.exports.SIZES`."""

Tell = Callable[[int, int], None]


class Drawn(NamedTuple):
    """A figure as it is placed: its file, and its size in inches on a page."""

    file: str
    width: float
    height: float


def write_figures(folder: Path, exhibits: Sequence[Exhibit], *, sizes: Sequence[Size], tell: Tell) -> None:
    """Write ``<name>_<size>.svg``, ``.pdf`` and ``.png`` of all figures with their words."""
    steps = [(exhibit, size) for exhibit in exhibits for size in sizes]
    for number, (exhibit, size) in enumerate(steps):
        tell(number, len(steps))
        figure = exhibit.figure
        svg = exports.render(figure.file_spec(SIZES[size], title=exhibit.title), "svg")
        for form in exports.MIME:
            (folder / f"{figure.name}_{size}.{form}").write_bytes(exports.converted(svg, form))
    tell(len(steps), len(steps))


def write_bare(
    folder: Path, exhibits: Sequence[Exhibit], *, size: str, form: exports.Format, tell: Tell
) -> dict[str, list[Drawn]]:
    """Write the figures without words, for a document that has its own; slides have one or more of a figure.

    Returns
    -------
    dict
        Name of a figure -> its files in the folder.
    """
    drawn: dict[str, list[Drawn]] = {}
    for number, exhibit in enumerate(exhibits):
        tell(number, len(exhibits))
        figure = exhibit.figure
        charts = figure.for_slides() if size == exports.SLIDE else [figure.for_file(size)]
        for part, chart in enumerate(charts):
            spec = exports.figure_spec(
                chart, title="", subtitle="", caption="", size=size, least_width=figure.least_width
            )
            svg, file = exports.render(spec, "svg"), f"{figure.name}_{part}.{form}"
            (folder / file).write_bytes(exports.converted(svg, form))
            drawn.setdefault(figure.name, []).append(
                Drawn(file, *(one / exports.PER_INCH for one in exports.size_of(svg)))
            )
    tell(len(exhibits), len(exhibits))
    return drawn
