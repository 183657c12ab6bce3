"""Objects of a JSON array, or of the one array in an object, read one by one: the file is never held as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from scpo.data.json_rows import checked, row_decoder
from scpo.data.limits import MB, beyond, current_limits
from scpo.data.opening import Opened
from scpo.errors import DataError
from scpo.words import counted

_SPACE = re.compile(r"\s*")
_LONGEST_WORD = 16
"""A value that breaks off nearer to the end of what was read may go on (``-Infinity``, ``\\ud83d\\ude00``)."""


def array_of(opened: Opened) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (position from 1, object), or (position, reason) where there is none.

    Raises
    ------
    DataError
        Where the text stops being JSON, with the line; for an object with no list or several, at its end; at an object
        that is too long.
    """
    text = _Text(opened)
    lists = 1
    if text.next() == "[":
        yield from _items(text)
    else:
        lists = 0
        for _ in _separated(text, "{", "}"):
            text.value()
            text.take(":")
            if text.next() != "[":
                text.value()
                continue
            lists += 1
            for item in _items(text):
                if lists == 1:
                    yield item
    if text.next():
        raise text.broken("there is more after its end")
    if lists != 1:
        raise DataError(
            f"{opened.path.name} is one JSON object with {counted(lists, 'list')}; write the rows as a JSON array or "
            "as JSON lines"
        )


def _items(text: _Text) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number in _separated(text, "[", "]"):
        yield number, checked(text.value(), escapes=True)


def _separated(text: _Text, first: str, last: str) -> Iterator[int]:
    """Yield 1, 2, ... before each of the parts between brackets; the part is to be read before the next."""
    text.take(first)
    number = 0
    while text.next() != last or number:
        number += 1
        yield number
        if text.next() != ",":
            break
        text.take(",")
    text.take(last)


class _Text:
    """A text of JSON that is read as far as it is needed."""

    def __init__(self, opened: Opened) -> None:
        self._name = opened.path.name
        self._blocks = opened.blocks()
        self._decoder = row_decoder()
        self._held, self._at = "", 0
        self._line = 1
        """Line of the first character that is held."""

    def next(self) -> str:
        """Return the next character that is no space, empty at the end."""
        while True:
            self._at = _SPACE.match(self._held, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def take(self, wanted: str) -> None:
        """Go past a character."""
        if self.next() != wanted:
            raise self.broken(f"{wanted!r} is expected")
        self._at += 1

    def value(self) -> Any:
        """Read the value that begins here."""
        most = current_limits().row_megabytes
        self.next()
        while True:
            value = refused = None
            end = len(self._held)
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                refused = self.broken(error.msg, error.pos)
                if error.pos < end - _LONGEST_WORD and not error.msg.startswith("Unterminated string"):
                    raise refused from error
            except (ValueError, RecursionError) as error:
                raise self.broken(str(error)) from error
            # What ends with what was read may go on: a number, a text, an object.
            if end < len(self._held):
                self._at = end
                return value
            if end - self._at > most * MB:
                raise beyond(
                    f"{self._name}: the row at line {self._line_at(self._at)} is longer than {most:,} MB",
                    "row_megabytes",
                )
            if not self._more():
                if refused is not None:
                    raise refused
                self._at = len(self._held)
                return value

    def broken(self, why: str, at: int | None = None) -> DataError:
        """Say where the text is no JSON."""
        line = self._line_at(self._at if at is None else at)
        return DataError(f"{self._name} is no valid JSON (line {line}: {why}); write it again")

    def _line_at(self, at: int) -> int:
        return self._line + self._held.count("\n", 0, at)

    def _more(self) -> bool:
        """Read on by as much as is held, at least one piece, and let go of what was used; False at the end."""
        rest = self._held[self._at :]
        pieces, read = [rest], 0
        self._line = self._line_at(self._at)
        for piece in self._blocks:
            pieces.append(piece)
            read += len(piece)
            if read and read >= len(rest):
                break
        self._held, self._at = "".join(pieces), 0
        return read > 0
