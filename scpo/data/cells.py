"""Cells that do not say what they seem to: words for a missing value, and ids that differ in a blank or in case."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

NO_TEXT = frozenset({"nan", "<na>", "null", "#n/a"})
"""What programs write into a text column where nothing was. ``None`` and ``NA`` are answers people give."""

NOTHING = NO_TEXT | {"", "na", "n/a", "none", "nil", "-", "--", "?", "missing", "unknown", "not available", "undefined"}
"""Words for a missing value in a column of ids or of communities."""

LONGEST_LITERAL = 1_000_000
"""Characters of Python text that are read as such: to read it takes some hundred times its size in memory."""

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_WHOLE = re.compile(r"(\d+)\.0+")


def is_no_text(cell: str | None) -> bool:
    """Tell whether a text is absent: empty, blank, or a word of `NO_TEXT`."""
    return cell is None or not cell.strip() or cell.strip().casefold() in NO_TEXT


def is_nothing(cell: str | None) -> bool:
    """Tell whether an id or a label is absent: empty, blank, or a word of `NOTHING`, in any case."""
    return cell is None or cell.strip().casefold() in NOTHING


def words_for_nothing(cells: Iterable[str | None]) -> list[str]:
    """Return the different words among cells that stand for a missing value, as they are written."""
    return sorted({cell.strip() for cell in cells if cell is not None and cell.strip() and is_nothing(cell)})


def identity(text: str) -> str:
    """Return what ids of one person have in common: no outer or invisible blanks, no case, ``12`` for ``12.0``."""
    cleaned = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split()).casefold()
    whole = _WHOLE.fullmatch(cleaned)
    return whole[1] if whole else cleaned


def python_value(text: str) -> Any:
    """Return the value of a Python literal; None if the text is none, or longer than `LONGEST_LITERAL`."""
    if len(text) > LONGEST_LITERAL:
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def same_text(first: str, second: str) -> bool:
    """Tell whether two texts differ in white space at most."""
    return first.split() == second.split()
