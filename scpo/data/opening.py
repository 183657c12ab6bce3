"""Open a file by what is in it: compression, encoding, kind. Its name counts where the content says nothing.

What was found out and is not plain (a code page, a separator) is returned as sentences for the report.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from scpo.data.limits import MB, beyond, check_time, current_limits
from scpo.data.streams import BLOCK, byte_stream
from scpo.errors import DataError, InputError

Kind = Literal["csv", "jsonl", "json", "parquet", "arrow"]

SNIFFED = BLOCK
"""Bytes from the beginning that decide what a file is."""

DELIMITERS = (",", ";", "\t", "|")

_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet: save the sheet as CSV",
    b"\xfd7zXZ": "compressed with xz: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite data base: export the table as CSV",
    b"\x89HDF": "an HDF5 file: write the table as Parquet or CSV",
}
_SUFFIXES = {"Parquet": {".parquet", ".pq"}, "Arrow": {".arrow", ".feather"}}
_BYTE_ORDER = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

_SAME_IN_ALL_CODE_PAGES = frozenset(
    {0x82, *range(0x84, 0x88), 0x89, 0x8B, *range(0x91, 0x98), 0x99, 0x9B, 0xA0, 0xA4, *range(0xA6, 0xA8), 0xA9}
    | {*range(0xAB, 0xAF), 0xB0, 0xB1, *range(0xB5, 0xB8), 0xBB}
)
"""Bytes with one meaning in the Windows code pages 1250 to 1254, 1257 and 1258: quotation marks, dashes, signs."""


@dataclass(frozen=True)
class Opened:
    """What a file is.

    Attributes
    ----------
    kind : {"csv", "jsonl", "json", "parquet", "arrow"}
    compression : str or None
        ``gzip``, ``zstd`` or ``bz2``.
    encoding : str
        Of text.
    delimiter : str
        Between the fields of CSV.
    skip : int
        Lines before the header that are none (``sep=;``).
    notes : list of str
        What a user should know about the reading.
    """

    path: Path
    kind: Kind
    compression: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    skip: int = 0
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """Open the bytes, decompressed; raises as `scpo.data.streams.byte_stream` does."""
        with byte_stream(self.path, self.compression) as file:
            yield file

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number, text), a byte order mark left out.

        Raises
        ------
        DataError
            At the first byte that is no text in the encoding, with its line and place, or at a line that is too long.
        """
        most = current_limits().row_megabytes
        number = start = 0
        with self.stream() as file:
            if self.encoding.startswith("utf-16"):
                reader = io.TextIOWrapper(file, encoding=self.encoding, newline="\n")
                try:
                    while text := reader.readline(most * MB + 1):
                        number += 1
                        self._check_line(len(text), number, most)
                        yield number, text
                except UnicodeError as error:
                    raise self._no_utf16(error) from error
                return
            while raw := file.readline(most * MB + 1):
                number += 1
                self._check_line(len(raw), number, most)
                try:
                    text = raw.decode(self.encoding)
                except UnicodeDecodeError as error:
                    raise self._no_text(number, start + error.start, raw[error.start]) from error
                yield number, text.removeprefix("\ufeff") if number == 1 else text
                start += len(raw)

    def blocks(self) -> Iterator[str]:
        """Yield the text in pieces, a byte order mark left out; raises as `lines` does, at any length of lines."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        number, start, ended = 1, 0, False
        with self.stream() as file:
            while not ended:
                block = file.read(BLOCK)
                ended = not block
                try:
                    text = decoder.decode(block, final=ended)
                except UnicodeDecodeError as error:
                    if self.encoding.startswith("utf-16"):
                        raise self._no_utf16(error) from error
                    at = start + len(block) - len(error.object) + error.start
                    line = number + error.object[: error.start].count(b"\n")
                    raise self._no_text(line, at, error.object[error.start]) from error
                yield text.removeprefix("\ufeff") if start == 0 else text
                start += len(block)
                number += text.count("\n")

    def _check_line(self, length: int, number: int, most: int) -> None:
        if not number % 1_000:
            check_time(self.path.name)
        if length > most * MB:
            raise beyond(f"{self.path.name}, line {number}, is longer than {most:,} MB", "row_megabytes")

    def _no_utf16(self, error: UnicodeError) -> DataError:
        return DataError(f"{self.path.name} is broken UTF-16 ({error}); save the file as UTF-8")

    def _no_text(self, line: int, at: int, byte: int) -> DataError:
        return DataError(
            f"{self.path.name}, line {line}: byte {at + 1} of the file (0x{byte:02x}) is not UTF-8; save the file as "
            "UTF-8"
        )


def open_file(path: Path) -> Opened:
    """Find out what a file is.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If it is no table this program reads: a pointer of Git LFS, an archive, a spreadsheet, binary data.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}; check the path")
    with path.open("rb") as file:
        magic = file.read(8)
    compression = next((name for sign, name in _COMPRESSIONS.items() if magic.startswith(sign)), None)
    with byte_stream(path, compression) as file:
        head = file.read(SNIFFED)
    foreign = next((what for sign, what in _FOREIGN.items() if head.startswith(sign)), None)
    if foreign is not None:
        raise DataError(f"{path.name} is {foreign}")
    if head.startswith(b"version https://git-lfs.github.com/spec"):
        raise DataError(f"{path.name} is a Git LFS pointer, not the data: fetch the file itself (git lfs pull)")
    if head.startswith(b"PAR1"):
        return Opened(path, "parquet", compression)
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return Opened(path, "arrow", compression)
    return _open_text(path, compression, head)


def _open_text(path: Path, compression: str | None, head: bytes) -> Opened:
    notes: list[str] = []
    encoding = _encoding(path, compression, head, notes)
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    if "\0" in text:
        raise DataError(f"{path.name} is no table this program reads: it holds binary data; give CSV, JSON or Parquet")
    body = text.lstrip()
    kind = _text_kind(body, path)
    if kind != "csv":
        return Opened(path, kind, compression, encoding, notes=notes)
    delimiter, skip = _dialect(text)
    if delimiter != "," and not skip:
        name = {"\t": "tabulators", ";": "semicolons", "|": "vertical bars"}[delimiter]
        notes.append(f"{path.name}: fields are separated by {name}.")
    return Opened(path, kind, compression, encoding, delimiter, skip, notes)


def _encoding(path: Path, compression: str | None, head: bytes, notes: list[str]) -> str:
    """Name the encoding: by the byte order mark, UTF-16 by its zero bytes, UTF-8, a code page where it is plain."""
    for mark, name in _BYTE_ORDER.items():
        if head.startswith(mark):
            return "utf-8" if name == "utf-8-sig" else name
    half = len(head) // 2
    if half and (head[1::2].count(0) > 0.4 * half or head[0::2].count(0) > 0.4 * half):
        return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    if _is_utf8(path, compression):
        return "utf-8"
    strange = _high_bytes(path, compression)
    if strange <= _SAME_IN_ALL_CODE_PAGES:
        notes.append(
            f"{path.name} is not UTF-8: its quotation marks, dashes and signs are read as Windows code page 1252, "
            "which agrees with the other European code pages on them."
        )
        return "cp1252"
    return "utf-8"  # the first byte that is none is named with its line when the file is read


def _is_utf8(path: Path, compression: str | None) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with byte_stream(path, compression) as file:
        try:
            while block := file.read(SNIFFED):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _high_bytes(path: Path, compression: str | None) -> set[int]:
    found: set[int] = set()
    with byte_stream(path, compression) as file:
        while block := file.read(SNIFFED):
            found |= {byte for byte in set(block) if byte >= 0x80}
    return found


def _text_kind(body: str, path: Path) -> Kind:
    if body.startswith("{"):
        line, end, _ = body.partition("\n")
        return "json" if end and not _is_json(line) and _is_json_prefix(line) else "jsonl"
    # A JSON array of objects; a CSV header that begins with a bracket is no JSON.
    if re.match(r"\[\s*(\{|\])", body):
        return "json"
    suffixes = {suffix.lower() for suffix in path.suffixes}
    named = next((kind for kind, known in _SUFFIXES.items() if suffixes & known), None)
    if named is not None:
        raise DataError(f"{path.name} is no {named} file, though its name says so; write it again")
    return "jsonl" if suffixes & {".jsonl", ".ndjson", ".json"} else "csv"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_json_prefix(line: str) -> bool:
    """Tell whether a line opens an object that goes on below: written over several lines."""
    return line.rstrip().endswith(("{", "[", ","))


def _dialect(text: str) -> tuple[str, int]:
    """Find the separator of a CSV text, and how many lines stand before its header."""
    first = text.split("\n", 1)[0].strip().strip('"')
    named = re.fullmatch(r"sep=(.)", first) or (re.fullmatch(r"sep=", first) and re.match(r"sep=\t", text))
    if named:
        return ("\t" if text.startswith("sep=\t") else first[4:5]), 1
    lines = text.split("\n")
    sample = "\n".join(lines[:-1] if len(lines) > 1 and len(text) >= SNIFFED // 4 else lines)
    return max(DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter)), 0


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    """Say how well a separator explains a text: the share of records as wide as the header, and that width."""
    rows: list[int] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                rows.append(len(row))
            if len(rows) > 50:
                break
    except csv.Error:
        pass
    if not rows or rows[0] < 2:
        return 0.0, 0
    return sum(width == rows[0] for width in rows) / len(rows), rows[0]
