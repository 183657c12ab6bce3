"""What stands in a file before it is known which column is what: names, answers, first rows."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from scpo.data.conversations import holds_its_prompt
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.pairs.comparisons import with_winner
from scpo.data.sources.responses.load import is_judged

FIRST_ROWS = 5
DECIDE = 50
"""Rows that decide whether a column of responses holds the prompts."""

LONGEST_CELL = 300
"""Cells of the first rows are cut here."""


class FileColumn(NamedTuple):
    """A column of a file."""

    name: str
    distinct: int
    """Different values."""


class FileColumns(NamedTuple):
    """The columns and first rows of a file, and how many rows could be read."""

    columns: list[FileColumn]
    first: list[list[str]]
    lines: list[int]
    """Line of each of the first rows."""

    rows: int
    with_prompt: frozenset[str]
    """Columns of responses that hold their prompt, among the first rows that decide."""

    judged: bool
    """Whether the responses stand in rows of their own, several beside one another, or in a list."""

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]


def read_columns(path: Path) -> FileColumns:
    """Read the columns of a table; raises as `scpo.data.raw_files.read_rows` does."""
    raw = with_winner(path, read_rows(path))
    found = [
        FileColumn(name, len({row[position] for row in raw.rows} - {None})) for position, name in enumerate(raw.columns)
    ]
    first = [[_cut(cell) for cell in row] for row in raw.rows[:FIRST_ROWS]]
    return FileColumns(found, first, raw.lines[:FIRST_ROWS], len(raw.rows), _with_prompt(raw), is_judged(raw))


def _with_prompt(raw: RawRows) -> frozenset[str]:
    return frozenset(
        name for place, name in enumerate(raw.columns) if any(holds_its_prompt(row[place]) for row in raw.rows[:DECIDE])
    )


def _cut(cell: str | None) -> str:
    text = cell or ""
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
