"""Which words two texts do not share."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from dashboard.kit.prose import Span

MOST_WORDS = 3000
"""Longer texts are shown without marks: finding what they share would take seconds."""

SHORTEST_SHARED = 3
"""Fewer shared words or signs in a row than this are chance."""

ALIKE = 0.2
"""Texts that share less than this are not marked unless asked for: nearly everything would be."""


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
