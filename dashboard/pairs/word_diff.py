"""Which words two texts do not share. Texts are other people's: they become HTML only through `html.escape`."""

from __future__ import annotations

import html
import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_WORDS = 3000
"""Longer texts are shown without marks: finding what they share would take seconds."""

SHORTEST_SHARED = 3
"""Fewer shared words or signs in a row than this are chance."""

ALIKE = 0.2
"""Texts that share less than this are not marked unless asked for: nearly everything would be."""

Mark = Literal["ins", "del"]


class Span(NamedTuple):
    """A stretch of text; `differs` if the other text does not have it there."""

    text: str
    differs: bool


class Difference(NamedTuple):
    """Two texts in stretches, and the share of words and signs that they have in common, in [0, 1]; None if unknown."""

    first: tuple[Span, ...]
    second: tuple[Span, ...]
    shared: float | None


def difference(first: str, second: str) -> Difference:
    """Compare two texts by words and signs. The stretches of each text, put together, are that text."""
    pieces = [re.findall(r"\w+|[^\w\s]|\s+", one) for one in (first, second)]
    words = [[i for i, piece in enumerate(one) if not piece.isspace()] for one in pieces]
    n_words = [len(one) for one in words]
    if max(n_words) > MOST_WORDS:
        return Difference((Span(first, False),), (Span(second, False),), None)
    tokens = [[one[i] for i in places] for one, places in zip(pieces, words, strict=True)]
    matcher = SequenceMatcher(None, tokens[0], tokens[1], autojunk=False)
    same: tuple[set[int], set[int]] = (set(), set())
    for block in matcher.get_matching_blocks():
        whole = block.size == min(n_words)
        if block.size >= SHORTEST_SHARED or whole:
            same[0].update(words[0][block.a : block.a + block.size])
            same[1].update(words[1][block.b : block.b + block.size])
    total = sum(n_words)
    shared = (len(same[0]) + len(same[1])) / total if total else 1.0
    return Difference(_spans(pieces[0], same[0]), _spans(pieces[1], same[1]), shared)


def _spans(pieces: list[str], same: set[int]) -> tuple[Span, ...]:
    """Join pieces; white space between two words that differ differs too, all other white space does not."""
    differs = [i not in same and not piece.isspace() for i, piece in enumerate(pieces)]
    for i in range(1, len(pieces) - 1):
        if pieces[i].isspace():
            differs[i] = differs[i - 1] and differs[i + 1]
    spans: list[Span] = []
    for piece, marked in zip(pieces, differs, strict=True):
        if spans and spans[-1].differs == marked:
            spans[-1] = Span(spans[-1].text + piece, marked)
        else:
            spans.append(Span(piece, marked))
    return tuple(spans)


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
