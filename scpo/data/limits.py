"""How large a file may be: looked at before and while it is read, so that no file takes a machine down.

The same for commands and for the upload. From the file to its tables a byte of text takes about five bytes of memory,
eight where most texts hold an emoji, beside 200 MB of the program itself: at most 3 to 4 GB within these limits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from scpo.errors import DataError, InputError

MB = 10**6


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is read at most."""

    rows: int = 2_000_000
    cells: int = 20_000_000
    """Rows times columns; in lists each value is one."""

    columns: int = 2_000
    megabytes: int = 500
    """Of the file, of what it unpacks to, and of its text (1 MB is a million bytes)."""

    row_megabytes: int = 16
    """Of one row."""

    seconds: int = 600
    """From opening the file to the table of pairs."""

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows, {self.cells:,} cells, {self.columns:,} columns, {self.megabytes:,} MB unpacked, "
            f"{self.row_megabytes:,} MB a row, {self.seconds:,} seconds"
        )


LIMITS = Limits()
"""What holds unless ``--limit`` says otherwise."""


def stated_limits(items: Sequence[str]) -> Limits:
    """Read what ``--limit`` says, ``rows=12000000``; what is not named stays.

    Raises
    ------
    InputError
        If there is no such limit, or it is no whole number above zero.
    """
    known = [one.name for one in fields(Limits)]
    stated: dict[str, int] = {}
    for item in items:
        name, _, number = (part.strip() for part in item.partition("="))
        if name not in known:
            raise InputError(f"--limit {item}: no limit {name!r}; known are {', '.join(known)}, as in rows=12000000")
        if not (number.isascii() and number.isdigit() and 0 < len(number) < 19 and int(number) > 0):
            raise InputError(f"--limit {item} is not of the form {name}=NUMBER, a whole number above zero")
        stated[name] = int(number)
    return replace(LIMITS, **stated)


class _Reading(NamedTuple):
    limits: Limits
    began: float


_CURRENT: ContextVar[_Reading | None] = ContextVar("limits of reading", default=None)


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Hold everything that is read inside to these limits; its seconds begin here."""
    before = _CURRENT.set(_Reading(limits, time.monotonic()))
    try:
        yield
    finally:
        _CURRENT.reset(before)


def current_limits() -> Limits:
    """Return the limits that hold here: `LIMITS` unless `within` says otherwise."""
    reading = _CURRENT.get()
    return LIMITS if reading is None else reading.limits


def check_time(name: str) -> None:
    """Stop work on a file that has taken too long.

    Raises
    ------
    DataError
        If the seconds are over.
    """
    reading = _CURRENT.get()
    if reading is not None and time.monotonic() - reading.began > reading.limits.seconds:
        raise beyond(f"{name} takes longer to read than {reading.limits.seconds:,} s", "seconds")


def beyond(what: str, limit: str) -> DataError:
    """Say that a file is beyond a limit, and what to do."""
    return DataError(
        f"{what}, which is the limit: take a part of it, or allow more on the command line with --limit {limit}=NUMBER"
    )


class Meter:
    """What was read so far of a table, held to the limits; every method raises DataError beyond one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._limits = current_limits()
        self._rows = self._text = 0

    def expect(self, *, columns: int, rows: int = 0, values: int = 0, size: int = 0) -> None:
        """Look at what is to come: its columns, more rows, values in all of them, and bytes of text."""
        most = self._limits
        if columns > most.columns:
            raise beyond(f"{self._name} has {columns:,} columns, more than {most.columns:,}", "columns")
        if self._rows + rows > most.rows:
            raise beyond(f"{self._name} has more than {most.rows:,} rows", "rows")
        if max((self._rows + rows) * columns, values) > most.cells:
            raise beyond(f"{self._name} has more than {most.cells:,} cells", "cells")
        if self._text + size > most.megabytes * MB:
            raise beyond(f"{self._name} holds more than {most.megabytes:,} MB of text", "megabytes")
        check_time(self._name)

    def count(self, *, columns: int = 0) -> None:
        """Count a row, whether it can be used or not."""
        self._rows += 1
        self.expect(columns=columns)

    def add(self, cells: Sequence[str | None]) -> None:
        """Count the text of a row."""
        self._text += sum(map(len, filter(None, cells)))
