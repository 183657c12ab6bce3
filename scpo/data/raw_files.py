"""Read CSV, JSON lines and Parquet into rows of text, with the line each row stands on.

Nothing is guessed: a number stays the text that stands in the file, an empty cell is absent, a broken row is dropped
with its line number and reason, broken UTF-8 is an error.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scpo.errors import DataError, InputError

INVALID_JSON = "invalid JSON"
NOT_AN_OBJECT = "not a JSON object"
WRONG_FIELD_COUNT = "wrong number of fields"
BAD_QUOTING = "malformed quoting"
NOT_TEXT = "text expected, other type found"
BAD_UNICODE = "half a surrogate pair, no valid text"

Cell = str | None


@dataclass
class RawRows:
    """Rows of text as they stand in a file."""

    columns: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    """One list of cells per kept row, in the order of `columns`; None is absent."""

    lines: list[int] = field(default_factory=list)
    """Line of each kept row: 1-based, where the record starts; for Parquet the 1-based row."""

    dropped: dict[str, list[int]] = field(default_factory=dict)
    """Reason -> lines of rows that could not be read."""

    read: int = 0
    """Rows in the file; blank lines are none."""

    def drop(self, reason: str, line: int) -> None:
        """Note a row that is left out."""
        self.dropped.setdefault(reason, []).append(line)


def existing_file(path: Path) -> Path:
    """Return the path if it is a file.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}; check the path")
    return path


def read_rows(path: Path, *, text_only: Sequence[str] = ()) -> RawRows:
    """Read a table of text by its extension: ``.csv``, ``.jsonl`` (also ``.ndjson``) or ``.parquet``.

    Parameters
    ----------
    path : Path
        The file.
    text_only : sequence of str
        Columns whose values must be text; a row with another type there is dropped. In other columns numbers, truth
        values, lists and objects become text.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        For another extension, broken UTF-8, an unreadable file, or a repeated column name.
    """
    existing_file(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _read_csv(path)
    if suffix in (".jsonl", ".ndjson"):
        return _read_jsonl(path, tuple(text_only))
    if suffix == ".parquet":
        return _read_parquet(path, tuple(text_only))
    raise DataError(f"{path.name}: the extension {suffix!r} is unknown; give a .csv, .jsonl or .parquet file")


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of a UTF-8 file, a byte order mark left out.

    Raises
    ------
    DataError
        At the first byte that is not UTF-8, with its line and place.
    """
    start = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{path.name}, line {number}: byte {start + error.start + 1} of the file "
                    f"(0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8"
                ) from error
            yield number, text.removeprefix("\ufeff") if number == 1 else text
            start += len(raw)


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line number, object) of a JSON lines file, or (line number, reason) where a line holds none.

    A bare ``NaN`` stands for ``null``, at any depth. Blank lines are skipped.
    """
    decoder = json.JSONDecoder(parse_constant=lambda name: None if name == "NaN" else name)
    for number, text in text_lines(path):
        stripped = text.strip()
        if not stripped:
            continue
        try:
            value = decoder.decode(stripped)
        except (ValueError, RecursionError):
            yield number, INVALID_JSON
            continue
        if not isinstance(value, dict):
            yield number, NOT_AN_OBJECT
        elif ("\\ud" in stripped or "\\uD" in stripped) and not _is_valid_unicode(value):
            yield number, BAD_UNICODE
        else:
            yield number, value


def _is_valid_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_jsonl(path: Path, text_only: Sequence[str]) -> RawRows:
    columns: dict[str, int] = {}
    raw = RawRows(columns=[])
    for number, value in json_objects(path):
        raw.read += 1
        if isinstance(value, str):
            raw.drop(value, number)
            continue
        wrong = _not_text(value, text_only)
        if wrong is not None:
            raw.drop(f"{NOT_TEXT}: {wrong}", number)
            continue
        cells: list[Cell] = [None] * len(columns)
        for name, cell in value.items():
            if name not in columns:
                columns[name] = len(columns)
                cells.append(None)
            cells[columns[name]] = _as_text(cell)
        raw.rows.append(cells)
        raw.lines.append(number)
    raw.columns = list(columns)
    for cells in raw.rows:
        if len(cells) < len(columns):
            cells.extend([None] * (len(columns) - len(cells)))
    return raw


def _read_parquet(path: Path, text_only: Sequence[str]) -> RawRows:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path.name} cannot be read as Parquet ({error}); write it again") from error
    _refuse_repeats(path, table.column_names)
    raw = RawRows(columns=list(table.column_names), read=table.num_rows)
    for number, cells in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True), 1):
        wrong = _not_text(dict(zip(raw.columns, cells, strict=True)), text_only)
        if wrong is not None:
            raw.drop(f"{NOT_TEXT}: {wrong}", number)
            continue
        raw.rows.append([_as_text(cell) for cell in cells])
        raw.lines.append(number)
    return raw


def _read_csv(path: Path) -> RawRows:
    limit = csv.field_size_limit(2**31 - 1)
    try:
        return _csv_rows(path)
    finally:
        csv.field_size_limit(limit)


def _csv_rows(path: Path) -> RawRows:
    # `text_lines` splits at line feeds as an editor does, and csv joins the lines of a quoted cell again.
    reader = csv.reader((text for _, text in text_lines(path)), strict=True)
    raw: RawRows | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "unexpected end of data" in str(error) or raw is None:
                raise DataError(
                    f"{path.name}, line {line}: the record that starts here cannot be read ({error}); is a quotation "
                    "mark opened and never closed?"
                ) from error
            raw.read += 1
            raw.drop(BAD_QUOTING, line)
            continue
        if cells is None:
            break
        if not cells:
            continue
        if raw is None:
            names = [name.strip() for name in cells]
            _refuse_repeats(path, names)
            raw = RawRows(columns=names)
            continue
        raw.read += 1
        if len(cells) != len(raw.columns):
            raw.drop(WRONG_FIELD_COUNT, line)
            continue
        raw.rows.append([cell if cell else None for cell in cells])
        raw.lines.append(line)
    if raw is None:
        raise DataError(f"{path.name} is empty; its first line must name the columns")
    return raw


def _not_text(row: dict[str, Any], text_only: Sequence[str]) -> str | None:
    """Name of the first column that should hold text and holds something else, or None."""
    for name in text_only:
        value = row.get(name)
        if value is not None and not isinstance(value, str) and value == value:
            return name
    return None


def _as_text(value: Any) -> Cell:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bool | int | float | dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)


def _refuse_repeats(path: Path, columns: Sequence[str]) -> None:
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise DataError(f"{path.name}: the column name {repeated[0]!r} occurs more than once; rename one of them")
