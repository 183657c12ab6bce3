"""A report as slides: the finding as title, the figure, its caption, and numbers with n and interval as notes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Inches, Pt

from dashboard.kit import theme
from dashboard.report.files import Drawn
from dashboard.report.sections import MOST_NOTES, Section

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.55
TOP, TITLE, CAPTION, FOOT = 0.3, 1.0, 0.75, 0.45
"""In inches, 16:9: where the title begins, and the heights of title, caption and foot."""

TITLE_ONLY = 5
"""Layout of the default template."""

MOST_SENTENCES = 8
"""Sentences on a slide of words."""

MOST_LETTERS = 220
"""Of a fact on a slide; the notes have it whole."""


def slides(
    folder: Path,
    *,
    title: str,
    banner: str,
    about: str,
    sections: Sequence[Section],
    drawn: Mapping[str, list[Drawn]],
) -> bytes:
    """Write the slides; the files of `drawn`, of `files.write_bare`, lie in the folder."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    first = _slide(deck, banner)
    _words(first, title, top=1.6, height=2.6, sizes=(40, 34, 28, 24), bold=True, low=True)
    _words(first, about, top=4.4, height=1.2, sizes=(18, 16), colour=theme.LIGHT.muted)
    _note(first, sections[0].sentences)
    for section in sections:
        for exhibit in section.exhibits:
            parts, figure = drawn[exhibit.figure.name], exhibit.figure
            for number, part in enumerate(parts, 1):
                slide = _slide(deck, banner)
                which = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
                _words(slide, exhibit.finding + which, top=TOP, height=TITLE, sizes=(28, 24, 21, 18, 15), bold=True)
                _picture(slide, folder / part.file, alt=figure.alt)
                low = HEIGHT - FOOT - CAPTION
                _words(slide, figure.subtitle, top=low, height=CAPTION, sizes=(12, 11, 10), colour=theme.LIGHT.muted)
                _note(slide, [*exhibit.notes[:MOST_NOTES], *_rest(exhibit.notes), figure.caption])
        if section.key in ("checks", "limits", "starred"):
            _text_slides(deck, section, banner)
        if section.key == "provenance":
            _sources(deck, section, banner)
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def _rest(notes: list[str]) -> list[str]:
    left = len(notes) - MOST_NOTES
    return [f"{left} more in the figure's table."] if left > 0 else []


def _slide(deck: Deck, banner: str) -> Slide:
    """Add a slide with the banner and its number at the foot."""
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    top, height = HEIGHT - FOOT, 0.35
    if banner:
        _words(slide, banner, top=top, height=height, sizes=(11,), colour=theme.LOSS)
    number = str(len(deck.slides))
    _words(slide, number, top=top, height=height, sizes=(11,), colour=theme.LIGHT.muted, right=True)
    return slide


def size_for(words: str, sizes: Sequence[int], *, height: float) -> int:
    """Return the largest size of type, in points, at which words fit on the width of a slide and a height in inches.

    Letters are taken as 0.56 of the size wide, lines as 1.2 of it high; where none fits, it is the smallest size.
    """
    across = 72 * (WIDTH - 2 * MARGIN - 0.2)
    for size in sizes:
        lines = sum(max(1, len(textwrap.wrap(one, int(across / (0.56 * size))))) for one in words.split("\n"))
        if lines * 1.2 * size + 6 * words.count("\n") <= 72 * (height - 0.1):
            return size
    return sizes[-1]


def _words(
    slide: Slide,
    words: str,
    *,
    top: float,
    height: float,
    sizes: Sequence[int],
    bold: bool = False,
    colour: str = theme.LIGHT.text,
    right: bool = False,
    low: bool = False,
) -> None:
    """Write a title into the slide's own title, so that readers and outlines find it, other words into a box."""
    box = slide.shapes.title if bold else slide.shapes.add_textbox(Inches(0), Inches(0), Inches(1), Inches(1))
    box.left, box.top = Inches(MARGIN), Inches(top)
    box.width, box.height = Inches(WIDTH - 2 * MARGIN), Inches(height)
    frame = box.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM if low else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = Inches(0.1)
    frame.text = words
    size = size_for(words, sizes, height=height)
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(6)
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold
            run.font.name = "Arial"
            run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))


def _picture(slide: Slide, path: Path, *, alt: str) -> None:
    """Place a picture in the room between title and caption, as large as fits."""
    with Image.open(path) as picture:
        across, down = picture.size
    top = TOP + TITLE + 0.05
    room = HEIGHT - FOOT - CAPTION - 0.05 - top
    scale = min((WIDTH - 2 * MARGIN) / across, room / down)
    left = (WIDTH - scale * across) / 2
    shape = slide.shapes.add_picture(str(path), Inches(left), Inches(top), Inches(scale * across), Inches(scale * down))
    shape._element.nvPicPr.cNvPr.set("descr", alt)


def _text_slides(deck: Deck, section: Section, banner: str) -> None:
    for number in range(0, len(section.sentences), MOST_SENTENCES):
        slide = _slide(deck, banner)
        _words(slide, section.title, top=TOP, height=TITLE, sizes=(28, 24), bold=True)
        words = "\n".join(section.sentences[number : number + MOST_SENTENCES]).replace("`", "")
        top = TOP + TITLE + 0.1
        _words(slide, words, top=top, height=HEIGHT - FOOT - top, sizes=(20, 18, 16, 14, 12))
        _note(slide, [heading for heading, _ in section.tables] or section.sentences)


def _sources(deck: Deck, section: Section, banner: str) -> None:
    """Write what the numbers rest on; the notes have all of it and every run id."""
    (_, facts), (heading, runs) = section.tables
    lines = [f"{what}: {value}" for what, value in facts.itertuples(index=False)]
    slide = _slide(deck, banner)
    _words(slide, section.title, top=TOP, height=TITLE, sizes=(28, 24), bold=True)
    top, shown = TOP + TITLE + 0.1, [textwrap.shorten(line, MOST_LETTERS, placeholder=" …") for line in lines]
    _words(slide, "\n".join(shown), top=top, height=HEIGHT - FOOT - top, sizes=(16, 14, 12))
    _note(slide, [*lines, f"{heading}:", *runs.iloc[:, 0]])


def _note(slide: Slide, lines: Sequence[str]) -> None:
    frame = slide.notes_slide.notes_text_frame
    if frame is not None:
        frame.text = "\n".join(lines)
