"""A report as PDF, typeset by typst: the template beside this file, words and tables as JSON, figures as PDF files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from dashboard.report.files import Drawn
from dashboard.report.html import cell
from dashboard.report.sections import Section

TEMPLATE = Path(__file__).with_name("template.typ")
WIDEST, HIGHEST = 6.9, 9.4
"""Room for a figure on a page, in inches."""

FAIR = 40.0
"""A column is at most so wide, in letters, in proportion to the others."""


def typeset(
    folder: Path,
    *,
    title: str,
    banner: str,
    about: str,
    footer: str,
    sections: Sequence[Section],
    drawn: Sequence[Drawn],
) -> bytes:
    """Typeset a report.

    Parameters
    ----------
    folder : Path
        Holds ``figures/<name>_page.pdf``; the template and what it reads are put beside.
    drawn : sequence of Drawn
        All figures of the sections.
    """
    sizes = {one.name: one for one in drawn}
    found = {
        "title": title,
        "banner": banner,
        "about": about,
        "footer": footer,
        "sections": [_section(one, sizes) for one in sections],
    }
    (folder / "report.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    main = folder / TEMPLATE.name
    main.write_bytes(TEMPLATE.read_bytes())
    made: bytes = typst.compile(str(main), root=str(folder), format="pdf")
    return made


def _section(section: Section, sizes: dict[str, Drawn]) -> dict[str, Any]:
    figures = []
    for exhibit in section.exhibits:
        size = sizes[exhibit.figure.name]
        width = min(size.width, WIDEST, HIGHEST * size.width / size.height)
        figures.append({"file": f"{size.name}_page.pdf", "width": width, "alt": exhibit.figure.alt})
    return {
        "title": section.title,
        "sentences": section.sentences,
        "figures": figures,
        "tables": [_table(heading, table) for heading, table in section.tables],
    }


def _table(heading: str, table: pd.DataFrame) -> dict[str, Any]:
    rows = [[cell(value) for value in row] for row in table.itertuples(index=False)]
    columns = [str(name) for name in table]
    widths = [_width(name, [row[number] for row in rows]) for number, name in enumerate(columns)]
    return {"heading": heading, "columns": columns, "rows": rows, "widths": widths}


def _width(heading: str, cells: list[str]) -> float:
    """Return the share of a column: room for its longest word, and more the longer its texts are."""
    words = [word for one in (heading, *cells) for word in one.split()]
    longest = max((len(one) for one in cells), default=0)
    return max(4.0, *(len(word) + 1.0 for word in words if len(word) <= FAIR / 2), min(FAIR, longest**0.75))
