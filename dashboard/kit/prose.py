"""Texts of data sets on a page: they are other people's, and become HTML only through `html.escape`."""

from __future__ import annotations

import html
from typing import Literal, NamedTuple

from dashboard.kit import theme

Mark = Literal["ins", "del"]


class Span(NamedTuple):
    """A stretch of text; `differs` if the other text does not have it there."""

    text: str
    differs: bool


def as_html(spans: tuple[Span, ...], mark: Mark, *, blurred: bool = False) -> str:
    """Write stretches of text as HTML in which nothing of the text is markup.

    Parameters
    ----------
    mark : str
        Element of the stretches that differ.
    blurred : bool
        Unreadable for eyes and for screen readers.
    """
    inside = "".join(
        f"<{mark}>{html.escape(span.text)}</{mark}>" if span.differs else html.escape(span.text) for span in spans
    )
    hidden = ' aria-hidden="true"' if blurred else ""
    return f'<div class="pair-text{" pair-blurred" if blurred else ""}" dir="auto"{hidden}>{inside}</div>'


def plain_html(text: str, *, blurred: bool = False) -> str:
    """Write a text as HTML in which nothing of it is markup."""
    return as_html((Span(text, False),), "ins", blurred=blurred)


def style(*, dark: bool) -> str:
    """Return the look of texts: blue and underlined only in A, orange and dashed only in B."""
    strength = "33" if dark else "22"
    return f"""<style>
.pair-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; unicode-bidi: isolate; }}
.pair-blurred {{ filter: blur(7px); user-select: none; pointer-events: none; }}
.pair-text ins, .pair-text del {{ color: inherit; border-radius: 2px; text-underline-offset: 3px; }}
.pair-text ins {{ background: {theme.GAIN}{strength}; text-decoration: underline solid {theme.GAIN} 2px; }}
.pair-text del {{ background: {theme.LOSS}{strength}; text-decoration: underline dashed {theme.LOSS} 2px; }}
</style>"""
