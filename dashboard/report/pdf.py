"""A report as PDF, typeset by typst: the template beside this file, words and tables as JSON, figures as PDF files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from dashboard.kit import text
from dashboard.report.files import Drawn
from dashboard.report.formulas import typst_math
from dashboard.report.html import cell
from dashboard.report.sections import Section

TEMPLATE = Path(__file__).with_name("template.typ")
WIDEST, HIGHEST = 6.9, 8.2
"""Room for a figure on a page, in inches."""

SHORT, FAIR, PADDING = 24, 40.0, 1.5
"""In letters: cells up to `SHORT` stay on one line where there is room; prose counts as `FAIR`."""


NUMBER = re.compile(r"[-+−≤<]?\d|unknown|–|\[|$")
"""How a cell with a number begins."""


def typeset(
    folder: Path,
    *,
    title: str,
    banner: str,
    about: str,
    sections: Sequence[Section],
    drawn: Mapping[str, list[Drawn]],
    references: str,
) -> bytes:
    """Typeset a report.

    Parameters
    ----------
    folder : Path
        Holds the drawings; the template and what it reads are put beside.
    drawn : mapping
        Of `files.write_bare`, for all figures of the sections.
    references : str
        BibTeX.
    """
    found = {
        "title": title,
        "banner": banner,
        "about": about,
        "footer": f"{banner} {text.engine()}".strip(),
        "sections": [
            _section(one, drawn) | {"headed": number > 0 or one.title != title} for number, one in enumerate(sections)
        ],
    }
    (folder / "report.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    (folder / "refs.bib").write_text(references, encoding="utf-8")
    main = folder / TEMPLATE.name
    main.write_bytes(TEMPLATE.read_bytes())
    made: bytes = typst.compile(str(main), root=str(folder), format="pdf")
    return made


def _section(section: Section, drawn: Mapping[str, list[Drawn]]) -> dict[str, Any]:
    figures = []
    for exhibit in section.exhibits:
        figure = exhibit.figure
        (one,) = drawn[figure.name]
        width = min(one.width, WIDEST, HIGHEST * one.width / one.height)
        words = {"title": exhibit.title, "subtitle": figure.subtitle, "caption": figure.caption, "alt": figure.alt}
        figures.append({"file": one.file, "width": width, **words})
    return {
        "title": section.title,
        "boxed": section.boxed,
        "sentences": section.sentences,
        "figures": figures,
        "appended": section.key == "checks",
        "tables": [_table(heading, table) for heading, table in section.tables],
        "definitions": [
            {"name": one.name, "plain": one.plain, "source": one.source, "formula": typst_math(one.formula)}
            for one in section.definitions
        ],
    }


def _table(heading: str, table: pd.DataFrame) -> dict[str, Any]:
    rows = [[cell(value).replace(text.UNKNOWN, "–") for value in row] for row in table.itertuples(index=False)]
    columns = [str(name) for name in table]
    by_column = [[row[number] for row in rows] for number in range(len(columns))]
    return {
        "heading": heading,
        "columns": columns,
        "rows": rows,
        "widths": [_width(name, cells) for name, cells in zip(columns, by_column, strict=True)],
        "numeric": [all(NUMBER.match(one) for one in cells) for cells in by_column],
        "code": columns == ["Run ids"],
    }


def _width(heading: str, cells: list[str]) -> float:
    """Return the share of a column: room for its longest word and for short cells on one line, less for prose."""
    words = [len(word) + 1.0 for one in (heading, *cells) for word in re.split("[ \n]", one)]
    longest = max((len(one) for one in cells), default=0)
    return PADDING + max(4.0, *(one for one in words if one <= SHORT), longest if longest <= SHORT else FAIR)
