"""Numbers with their nouns, and lists in one line, for notes, commands and pages alike."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from scpo.errors import InputError


def counted(number: float | None, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 user``, ``1,200 users``; ``unknown users`` for NaN and None.

    Parameters
    ----------
    one, many : str
        The noun, for 1 and for any other number; without `many` an s is added. A verb may follow in both:
        ``counted(n, "user has", "users have")``.
    """
    plural = many or f"{one}s"
    if number is None or math.isnan(number):
        return f"unknown {plural}"
    return f"{int(number):,} {one if int(number) == 1 else plural}"


def some(names: Sequence[object], most: int) -> str:
    """Write the first of a list, the rest counted: ``3, 7 and 1,200 more``; ``nothing`` of an empty one."""
    rest = len(names) - most
    return (", ".join(map(str, names[:most])) or "nothing") + (f" and {rest:,} more" if rest > 0 else "")


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut after so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def parts(text: str) -> list[str]:
    """Split a list at its commas; a name with a comma stands in double quotes: ``"Korea, Republic of",Chile``."""
    try:
        rows = list(csv.reader([text], skipinitialspace=True))
    except csv.Error:
        raise InputError(f"{text!r} is no list: put names with a line break or a quote in double quotes") from None
    return [part.strip() for row in rows for part in row if part.strip()]


def joined(names: Iterable[str]) -> str:
    """Write a list that `parts` reads."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(names)  # any other end would leave line breaks unquoted
    return line.getvalue().removesuffix("\r\n")
