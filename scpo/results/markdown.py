"""Markdown for cards: tables and names that come from the data."""

from __future__ import annotations

import re
from collections.abc import Sequence


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; every cell is escaped."""
    body = [heads, ["---"] * len(heads), *[[escaped(cell) for cell in row] for row in rows]]
    return [f"| {' | '.join(row)} |" for row in body]


def escaped(cell: str) -> str:
    """Escape what Markdown would read as markup: names come from the data."""
    return re.sub(r"([\\`*_\[\]<>|$])", r"\\\1", " ".join(cell.split()))
