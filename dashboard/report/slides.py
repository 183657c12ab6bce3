"""A report as slides: the finding as title, the figure, its caption, and numbers with n and interval as notes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Inches, Pt

from dashboard.kit import theme
from dashboard.report.sections import MOST_NOTES, Section

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.55
TITLE, CAPTION = 1.15, 0.85
"""Heights in inches: of the slide's parts, 16:9."""

BLANK = 6
"""Layout of the default template without anything on it."""

MOST_SENTENCES = 6
"""Sentences on a slide of words."""


def slides(folder: Path, *, title: str, banner: str, about: str, sections: Sequence[Section]) -> bytes:
    """Write the slides; ``<name>_bare.png`` of all figures lie in the folder."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    first = _slide(deck)
    _words(first, title, top=2.1, height=2.2, size=34, bold=True)
    _words(first, about, top=4.5, height=1.2, size=16, colour=theme.LIGHT.muted)
    _warn(first, banner)
    _note(first, sections[0].sentences)
    for section in sections:
        for exhibit in section.exhibits:
            slide = _slide(deck)
            _words(
                slide, exhibit.finding, top=0.3, height=TITLE, size=26 if len(exhibit.finding) < 110 else 21, bold=True
            )
            _picture(slide, folder / f"{exhibit.figure.name}_bare.png", alt=exhibit.figure.alt)
            caption = exhibit.figure.subtitle
            _words(slide, caption, top=HEIGHT - CAPTION - 0.3, height=CAPTION, size=12, colour=theme.LIGHT.muted)
            _warn(slide, banner)
            _note(slide, [*exhibit.notes[:MOST_NOTES], *_rest(exhibit.notes), exhibit.figure.caption])
        if section.key in ("checks", "limits"):
            _text_slides(deck, section, banner)
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def _rest(notes: list[str]) -> list[str]:
    left = len(notes) - MOST_NOTES
    return [f"{left} more in the figure's table."] if left > 0 else []


def _slide(deck: Deck) -> Slide:
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[5])
    return slide


def _words(
    slide: Slide,
    words: str,
    *,
    top: float,
    height: float,
    size: int,
    bold: bool = False,
    colour: str = theme.LIGHT.text,
) -> None:
    """Write a title into the slide's own title, so that readers and outlines find it, other words into a box."""
    box = slide.shapes.title if bold else slide.shapes.add_textbox(Inches(0), Inches(0), Inches(1), Inches(1))
    box.left, box.top = Inches(MARGIN), Inches(top)
    box.width, box.height = Inches(WIDTH - 2 * MARGIN), Inches(height)
    frame = box.text_frame
    frame.word_wrap = True
    frame.text = words
    for paragraph in frame.paragraphs:
        paragraph.alignment = None
        paragraph.space_after = Pt(6)
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold
            run.font.name = "Arial"
            run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))


def _picture(slide: Slide, path: Path, *, alt: str) -> None:
    """Place a picture in the room between title and caption, as large as fits."""
    with Image.open(path) as picture:
        across, down = picture.size
    top, room = 0.3 + TITLE + 0.1, HEIGHT - TITLE - CAPTION - 0.8
    scale = min((WIDTH - 2 * MARGIN) / across, room / down)
    left = (WIDTH - scale * across) / 2
    shape = slide.shapes.add_picture(str(path), Inches(left), Inches(top), Inches(scale * across), Inches(scale * down))
    shape._element.nvPicPr.cNvPr.set("descr", alt)


def _text_slides(deck: Deck, section: Section, banner: str) -> None:
    for number in range(0, len(section.sentences), MOST_SENTENCES):
        slide = _slide(deck)
        _words(slide, section.title, top=0.3, height=TITLE, size=26, bold=True)
        words = "\n".join(section.sentences[number : number + MOST_SENTENCES])
        _words(slide, words, top=0.3 + TITLE, height=HEIGHT - TITLE - 1.0, size=15)
        _warn(slide, banner)
        _note(slide, [heading for heading, _ in section.tables] or section.sentences)


def _warn(slide: Slide, banner: str) -> None:
    if banner:
        _words(slide, banner, top=HEIGHT - 0.4, height=0.3, size=11, colour=theme.LOSS)


def _note(slide: Slide, lines: Sequence[str]) -> None:
    frame = slide.notes_slide.notes_text_frame
    if frame is not None:
        frame.text = "\n".join(lines)
