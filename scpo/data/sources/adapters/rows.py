"""Cells that hold JSON, and rows rewritten: what the layouts of public sets have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from scpo.data.raw_files import RawRows
from scpo.data.sources.reading import Arrange

UNUSABLE = "not laid out as the set it is read as"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBERED = re.compile(r"(?P<stem>.*?)[ _-]?(?P<name>[0-9]{1,2}|[a-h])")

Row = dict[str, str | None]
Rows = Iterator[tuple[int, Row]]


def cells_of(raw: RawRows) -> Iterator[tuple[Row, int]]:
    """Yield the cells of each row by column, and its line."""
    for row, line in zip(raw.rows, raw.lines, strict=True):
        yield dict(zip(raw.columns, row, strict=True)), line


def value_of(cell: str | None) -> Any:
    """Return what a cell of JSON holds; None where it is none."""
    try:
        return None if cell is None else json.loads(cell)
    except (ValueError, RecursionError):
        return None


def list_of(value: Any) -> list[Any]:
    """Return a list as it is, anything else as no list."""
    return value if isinstance(value, list) else []


def dict_of(value: Any) -> dict[str, Any]:
    """Return an object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str | None:
    """Return a value as the text of a cell."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def arranges(rows: Callable[[Path, RawRows], Rows]) -> Arrange:
    """Make a file's other rows of what yields them, each with the line it comes from."""

    @wraps(rows)
    def arrange(path: Path, raw: RawRows) -> RawRows:
        found = list(rows(path, raw))  # what cannot be used is dropped on the way
        gone = {line for lines in raw.dropped.values() for line in lines} | {line for line, _ in found}
        for line in raw.lines:
            if line not in gone:
                raw.drop(UNUSABLE, line)
        columns = list(dict.fromkeys(name for _, row in found for name in row))
        cells = [[row.get(name) for name in columns] for _, row in found]
        return RawRows(columns, cells, [line for line, _ in found], raw.dropped, raw.read, raw.notes)

    return arrange


def beside(responses: Sequence[str | None]) -> Row:
    """Write responses beside one another: ``response_a``, ``response_b`` …"""
    return {f"response_{letter}": text for letter, text in zip(LETTERS, responses, strict=False)}


def ordered(ranks: Mapping[int, float]) -> str:
    """Write ranks by position (smaller is better) as a ranking: ``a>b=c``."""
    groups = [[LETTERS[i] for i in sorted(ranks) if ranks[i] == rank] for rank in sorted(set(ranks.values()))]
    return ">".join("=".join(group) for group in groups)


def numbered(names: Iterable[str]) -> list[str]:
    """Find the names that differ in a number or letter at their end; empty unless one stem has at least two."""
    stems: dict[str, list[str]] = {}
    for name in names:
        found = _NUMBERED.fullmatch(name.casefold())
        if found and found["stem"]:
            stems.setdefault(found["stem"], []).append(name)
    several = [sorted(members) for members in stems.values() if len(members) > 1]
    return several[0] if len(several) == 1 else []
