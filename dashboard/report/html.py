"""A report as one HTML file: interactive charts with their libraries inside, nothing is fetched."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from typing import Any

import pandas as pd

from dashboard.kit import text, theme
from dashboard.kit.drawing import draw
from dashboard.kit.figure import Figure, banner_title
from dashboard.kit.table import twin
from dashboard.report.formulas import drawings
from dashboard.report.sections import Exhibit, Section
from scpo.definitions import Definition
from scpo.results.report_choice import PARTS

STYLE = """
body { font: 16px/1.5 "Liberation Sans", Arial, sans-serif; color: #1F2933; background: #FFFFFF; margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 80px; }
h1 { font-size: 28px; line-height: 1.25; } h2 { font-size: 22px; margin-top: 56px; line-height: 1.3; }
h3 { font-size: 17px; margin: 36px 0 4px; } p { max-width: 76ch; }
.muted, figcaption, .sub { color: #52606D; font-size: 14px; } .sub { margin-top: 0; }
.boxed { border: 1px solid #52606D; border-radius: 6px; padding: 0 18px 6px; margin-top: 40px; }
.boxed h2 { margin-top: 14px; } .boxed p { margin: 8px 0; }
.banner { background: #FFF4E5; border-left: 4px solid #D55E00; padding: 10px 14px; }
.chart { width: 100%; overflow-x: auto; } figure { margin: 8px 0 24px; }
nav a { margin-right: 16px; color: #0072B2; }
.rows { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid #E4E7EB; }
dl { display: grid; grid-template-columns: 13em 1fr; gap: 14px 24px; font-size: 15px; } dt { font-weight: bold; }
dt small { display: block; font-weight: normal; color: #52606D; } dd { margin: 0; max-width: 76ch; }
dd svg { display: block; margin: 10px 0 0; max-width: 100%; }
@media (max-width: 700px) { dl { grid-template-columns: 1fr; } }
summary { cursor: pointer; color: #0072B2; font-size: 14px; }
@media print { nav, details { display: none; } h2, h3 { break-after: avoid; } figure, dd { break-inside: avoid; } }
"""

INTERVAL = re.compile(r"\[[^\]]*\]")

LONG = 12
"""Tables with more rows are folded."""

SNIPPET = "window.vegaEmbed = vegaEmbed;"
"""What the bundle of the libraries is asked for."""

DRAW = """
for (const one of document.querySelectorAll("script[type='application/json']")) {
  const actions = { export: true, source: false, compiled: false, editor: false };
  const options = { mode: "vega-lite", renderer: "svg", actions };
  vegaEmbed(document.getElementById(one.dataset.chart), JSON.parse(one.textContent), options);
}
"""


def page(title: str, banner: str, about: str, sections: Sequence[Section]) -> str:
    """Write the page.

    Parameters
    ----------
    banner : str
        Warning above everything; empty for none.
    about : str
        One line below the title.
    """
    warning = f'<p class="banner">{escape(banner)}</p>' if banner else ""
    links = " ".join(f'<a href="#{one.key}">{escape(PARTS[one.key].label)}</a>' for one in sections)
    numbers = itertools.count(1)
    body = "\n".join(
        _section(one, numbers, headed=number > 0 or one.title != title) for number, one in enumerate(sections)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body><main>\n{warning}<h1>{escape(title)}</h1>"
        f'<p class="muted">{escape(about)}</p><nav>{links}</nav>\n{body}\n</main>\n'
        f'<script type="module">{_libraries()}\n{DRAW}</script>\n</body></html>\n'
    )


@cache
def _libraries() -> str:
    """Return what draws the charts, in a form that may stand in a page; it takes a second to put together."""
    return draw("javascript_bundle", SNIPPET).replace("</script", "<\\/script")


def _section(section: Section, numbers: Iterator[int], *, headed: bool) -> str:
    heading = f"<h2>{escape(section.title)}</h2>" if headed else ""
    sentences = "".join(f"<p>{_with_code(one)}</p>" for one in section.sentences)
    exhibits = "".join(_exhibit(one, next(numbers)) for one in section.exhibits)
    tables = "".join(_table(head, table) for head, table in section.tables)
    body = f"{heading}{sentences}{exhibits}{tables}{_definitions(section.definitions)}"
    look = ' class="boxed"' if section.boxed else ""
    return f'<section id="{section.key}"{look}>{body}</section>'


def _with_code(sentence: str) -> str:
    """Escape a sentence; what stands between backticks is a command."""
    parts = escape(sentence).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _definitions(definitions: Sequence[Definition]) -> str:
    """Write names, meanings and sources, with the formulas as pictures: they look the same in every browser."""
    if not definitions:
        return ""
    drawn = iter(drawings([one.formula for one in definitions if one.formula]))
    rows = []
    for one in definitions:
        label = escape(one.formula, quote=True)
        formula = next(drawn).replace("<svg", f'<svg role="img" aria-label="{label}"', 1) if one.formula else ""
        rows.append(
            f"<dt>{escape(one.name)}<small>{escape(one.source)}</small></dt><dd>{escape(one.plain)}{formula}</dd>"
        )
    return f"<dl>{''.join(rows)}</dl>"


def _exhibit(exhibit: Exhibit, number: int) -> str:
    figure = exhibit.figure
    spec = json.dumps(screen_spec(figure), allow_nan=False).replace("<", "\\u003c")
    return (
        f'<h3>Figure {number}. {escape(exhibit.title)}</h3><figure><p class="sub">{escape(figure.subtitle)}</p>'
        f'<div class="chart" id="chart-{figure.name}" role="img" aria-label="{escape(figure.alt, quote=True)}"></div>'
        f'<script type="application/json" data-chart="chart-{figure.name}">{spec}</script>'
        f"<figcaption>{escape(figure.caption)}</figcaption>"
        f"{_folded(twin(figure.table, figure.columns))}</figure>"
    )


def screen_spec(figure: Figure) -> dict[str, Any]:
    """Return the specification of a figure as it is drawn on a light page."""
    spec = {key: value for key, value in figure.draw(False).to_dict().items() if key != "$schema"}
    # The chart's own menu saves it without our caption, so the banner is in the picture too.
    note = {"title": banner_title(False)} if figure.caption.startswith(text.SAMPLE_BANNER) else {}
    return spec | note | {"config": theme.screen_config(dark=False)}


def _table(heading: str, table: pd.DataFrame) -> str:
    above = f'<p class="sub">{escape(heading)}</p>' if heading else ""
    return f"<figure>{above}{_rows(table) if len(table) <= LONG else _folded(table)}</figure>"


def _folded(table: pd.DataFrame) -> str:
    return f"<details><summary>Table, {text.count(len(table), 'row')}</summary>{_rows(table)}</details>"


def _rows(table: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(column))}</th>" for column in table)
    lines = ["".join(f"<td>{escape(cell(value))}</td>" for value in row) for row in table.itertuples(index=False)]
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="rows"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def cell(value: Any) -> str:
    """Write a cell: unknown is empty, an interval stays on one line, a mark beside what it marks."""
    if value is None or (not isinstance(value, str) and bool(pd.isna(value))):
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return INTERVAL.sub(lambda found: found[0].replace(" ", text.NBSP), str(value)).replace(" ●", f"{text.NBSP}●")
