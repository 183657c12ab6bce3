"""The sections of a report as they were chosen, in the words of its audience."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from dashboard.kit import glossary
from dashboard.kit.exports import spec_of
from dashboard.kit.figure import Drawing, Figure
from dashboard.kit.live import Live
from dashboard.report.load import Material
from dashboard.report.sections import BUILDERS, Exhibit, Section
from scpo.results.report_choice import ReportChoice

Specs = dict[str, dict[str, Any]]
"""Specifications of figures that are drawn already, by the name of the figure, in technical words."""


drawn_spec = partial(spec_of, validate=False)
"""Returns the specification of a chart unchecked, as the screen draws it: the check takes half of a report's time."""


@contextmanager
def speaking(material: Material, choice: ReportChoice) -> Iterator[None]:
    """Speak to the audience of a report while a block runs; names of the data stay as they are."""
    with glossary.speaking(plainly=choice.audience == "stakeholder"):
        for name in (material.study.name, material.info.name, material.study.model, *material.countries["name"]):
            glossary.kept(str(name))
        yield


def chosen_sections(material: Material, choice: ReportChoice, drawn: Specs) -> list[Section]:
    """Return the sections that were chosen, in order; for stakeholders every word is a plain one.

    Parameters
    ----------
    drawn : dict
        What this material's figures look like; it is filled, so that no figure is drawn twice.
    """
    with speaking(material, choice):
        found = [section for key in choice.sections for section in BUILDERS[key](material)]
        return [_told(section, drawn) for section in found]


def _told(section: Section, drawn: Specs) -> Section:
    return replace(
        section,
        title=glossary.said(section.title),
        sentences=[glossary.said(one) for one in section.sentences],
        exhibits=[
            Exhibit(
                glossary.said(one.finding),
                _figure(one.figure, drawn),
                one.notes if section.quotes else [glossary.said(note) for note in one.notes],
                heads=one.heads,
            )
            for one in section.exhibits
        ],
        tables=[
            (glossary.said(heading), table if section.quotes else _table(table)) for heading, table in section.tables
        ],
    )


def _table(table: pd.DataFrame) -> pd.DataFrame:
    words = {
        glossary.said(str(name)): [glossary.said(one) if isinstance(one, str) else one for one in table[name]]
        for name in table
    }
    return pd.DataFrame(words)


def _figure(figure: Figure, drawn: Specs) -> Figure:
    """Return a figure that is drawn once and speaks to the audience; its table keeps the names of its columns."""
    plainly = glossary.is_plain()

    def spoken(spec: dict[str, Any]) -> Live:
        return Live.of(glossary.plain_chart(spec) if plainly else spec)

    def draw(dark: bool) -> Drawing:  # a report is light, whatever the screen
        if figure.name not in drawn:
            with glossary.speaking(plainly=False):
                drawn[figure.name] = drawn_spec(figure.draw(False))
        return spoken(drawn[figure.name])

    fitted, slides = figure.draw_fitted, figure.draw_slides
    return replace(
        figure,
        draw=draw,
        draw_fitted=None if fitted is None else lambda room, dark: spoken(drawn_spec(fitted(room, False))),
        draw_slides=None if slides is None else lambda room: [spoken(drawn_spec(one)) for one in slides(room)],
        title=glossary.said(figure.title),
        subtitle=glossary.said(figure.subtitle),
        caption=glossary.said(figure.caption),
        short_names=glossary.said(figure.short_names),
        alt=glossary.said(figure.alt),
    )
