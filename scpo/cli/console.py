"""What commands print: JSON and tables on stdout, progress and remarks on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from rich.console import Console
from rich.table import Table

from scpo.errors import InputError
from scpo.jobs.signs import Pace
from scpo.words import parts

N = TypeVar("N", int, float)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; where the output is no terminal, as wide as it needs."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    wide = None if sys.stdout.isatty() else 240
    Console(width=wide, markup=False, highlight=False).print(table)


def say(text: str) -> None:
    """Print a remark on stderr."""
    Console(stderr=True, markup=False, highlight=False).print(text, soft_wrap=True)


def as_list(text: str | None) -> list[str]:
    """Split a comma-separated option; an item with a comma stands in double quotes."""
    return parts(text or "")


def numbers(text: str) -> list[float]:
    """Read a comma-separated list of numbers; at least one."""
    return _read(text, float, "numbers: write for example 0.5,0.7")


def integers(text: str) -> list[int]:
    """Read a comma-separated list of whole numbers; at least one."""
    return _read(text, int, "whole numbers: write for example 0,1,2")


def _read(text: str, kind: Callable[[str], N], what: str) -> list[N]:
    try:
        found = [kind(item) for item in as_list(text)]
    except ValueError:
        found = []
    if not found:
        raise InputError(f"{text!r} is no list of {what}")
    return found


def percent(value: float | None) -> str:
    """Write a fraction as percent with one decimal; a dash where it is unknown."""
    return "-" if value is None or math.isnan(value) else f"{100 * value:.1f}"


def percent_range(row: Mapping[Any, Any], name: str = "") -> str:
    """Write a number as percent with its interval: columns `name_value`, `name_low`, `name_high`, or an estimate's."""
    value, low, high = (percent(row[f"{name}_{end}".lstrip("_")]) for end in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def number_range(one: Mapping[str, Any], *, sign: str = "") -> str:
    """Write an estimate of a document as a number with its interval."""
    value, low, high = ("-" if one[end] is None else f"{one[end]:{sign}.3f}" for end in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def p_value(value: float | None) -> str:
    """Write a p-value of a document; a dash where it is unknown."""
    return "-" if value is None else f"{value:.3f}"


def printable(text: str) -> str:
    """Return a text in one line; what would move the cursor or turn the writing round is shown as its code."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else printable(str(value))


class Follower:
    """Shows progress with an ETA on stderr, once a second on a terminal and every ten seconds elsewhere.

    `also` is told the same, each time.
    """

    def __init__(self, also: Callable[[str, float, float, str], None] | None = None) -> None:
        self._also = also
        self._live = sys.stderr.isatty()
        self._every = 1.0 if self._live else 10.0
        self._pace = Pace()
        self._stage, self._shown = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live and self._stage:
            sys.stderr.write("\n")

    def __call__(self, stage: str, done: float, total: float, unit: str) -> None:
        """Say how far a stage is."""
        if self._also is not None:
            self._also(stage, done, total, unit)
        left, moment = self._pace(stage, done, total), time.monotonic()
        if stage != self._stage:
            self._stage, self._shown = stage, 0.0
        if moment - self._shown < self._every and done < total:
            return
        self._shown = moment
        eta = "" if left is None else f", about {left:.0f} s left"
        line = f"{stage}: {done:.0f} of {total:.0f} {unit}{eta}"
        sys.stderr.write(f"\r\033[K{line}" if self._live else f"{line}\n")
        sys.stderr.flush()
