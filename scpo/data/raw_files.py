"""Read tables (CSV, JSON, Parquet, Arrow; a file or a folder of shards) into rows of text, with their lines.

A number stays the text that stands in the file, an empty cell is absent, a broken row is dropped with its line number
and reason, broken UTF-8 is an error. What a file is, is found in `scpo.data.opening`.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from scpo.data.arrow_rows import Piece, pieces_of, saved_pieces_of
from scpo.data.json_arrays import array_of
from scpo.data.json_rows import objects_of
from scpo.data.limits import MB, Meter, beyond, current_limits
from scpo.data.opening import Opened, open_file
from scpo.data.saved import is_saved
from scpo.errors import DataError, InputError
from scpo.words import counted

WRONG_FIELD_COUNT = "wrong number of fields"
BAD_QUOTING = "malformed quoting"
NOT_TEXT = "text expected, other type found"

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

    notes: list[str] = field(default_factory=list)
    """What a user should know about how the file was read."""

    def drop(self, reason: str, line: int) -> None:
        """Note a row that is left out."""
        self.dropped.setdefault(reason, []).append(line)


def read_rows(path: Path, *, text_only: Sequence[str] = (), most: int | None = None) -> RawRows:
    """Read a table of text: CSV with any separator, JSON lines, a JSON array, Parquet or Arrow, compressed or not.

    Parameters
    ----------
    path : Path
        A file, a folder that ``save_to_disk`` of the library `datasets` has written, or a folder of shards: its files
        of one kind, in the order of their names.
    text_only : sequence of str
        Columns whose values must be text or written conversations; a row with another type there is dropped. In other
        columns numbers, truth values, lists and objects become text.
    most : int, optional
        Read no more rows than these: to see what a file is like.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        For a file that is no such table, broken UTF-8, an unreadable file, a repeated column name, or a file beyond
        the limits that hold here (`scpo.data.limits`).
    """
    meter = Meter(path.name)
    if path.is_dir() and not is_saved(path):
        return _read_shards(path, tuple(text_only), most, meter)
    return _read_table(path, tuple(text_only), most, meter)


def _read_table(path: Path, text_only: Sequence[str], most: int | None, meter: Meter) -> RawRows:
    if path.is_dir():
        return _read_pieces(path, saved_pieces_of(path, meter), text_only, most, meter)
    opened = open_file(path)
    match opened.kind:
        case "csv":
            raw = _read_csv(opened, most, meter)
        case "jsonl":
            raw = _read_objects(islice(objects_of(opened), most), text_only, meter)
        case "json":
            raw = _read_objects(islice(array_of(opened), most), text_only, meter)
        case _:
            raw = _read_pieces(path, pieces_of(opened, meter, most), text_only, most, meter)
    raw.notes[:0] = opened.notes
    return raw


def _read_shards(folder: Path, text_only: Sequence[str], most: int | None, meter: Meter) -> RawRows:
    """Read the files of a folder as one table; lines are counted as if the files stood one after the other."""
    files = sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith((".", "_", "README")))
    kinds = sorted({one.name.partition(".")[2].lower() for one in files})
    if len(kinds) != 1:
        found = ", ".join(f".{kind}" for kind in kinds) or "nothing"
        raise InputError(f"{folder} is no folder of shards: it holds {found}; leave files of one kind, or name one")
    parts = [_read_table(one, text_only, most, meter) for one in files[: None if most is None else 1]]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    whole = RawRows(columns=names)
    before = 0
    for part in parts:
        place = {name: i for i, name in enumerate(part.columns)}
        order = [place.get(name) for name in names]
        whole.rows += [[None if i is None else row[i] for i in order] for row in part.rows]
        whole.lines += [before + line for line in part.lines]
        for reason, lines in part.dropped.items():
            whole.dropped.setdefault(reason, []).extend(before + line for line in lines)
        before += max([0, *part.lines, *(line for lines in part.dropped.values() for line in lines)])
        whole.read += part.read
        whole.notes += part.notes
    whole.notes.append(f"{folder.name}: {counted(len(files), 'file')} read as one table, lines counted through.")
    return whole


def _read_objects(
    objects: Iterable[tuple[int, dict[str, Any] | str]], text_only: Sequence[str], meter: Meter
) -> RawRows:
    columns: dict[str, int] = {}
    raw = RawRows(columns=[])
    for number, value in objects:
        raw.read += 1
        if isinstance(value, str):
            meter.count()
            raw.drop(value, number)
            continue
        for name in value:
            columns.setdefault(name, len(columns))
        meter.count(columns=len(columns))
        wrong = _not_text(value, text_only)
        if wrong is not None:
            raw.drop(f"{NOT_TEXT}: {wrong}", number)
            continue
        cells: list[Cell] = [None] * len(columns)
        for name, cell in value.items():
            cells[columns[name]] = _as_text(cell)
        meter.add(cells)
        raw.rows.append(cells)
        raw.lines.append(number)
    raw.columns = list(columns)
    for cells in raw.rows:
        if len(cells) < len(columns):
            cells.extend([None] * (len(columns) - len(cells)))
    return raw


def _read_pieces(
    path: Path, pieces: Iterable[Piece], text_only: Sequence[str], most: int | None, meter: Meter
) -> RawRows:
    raw = RawRows(columns=[])
    for piece in pieces:
        if not raw.columns:
            _refuse_repeats(path, piece.names)
            raw.columns = piece.names
        for cells in islice(zip(*piece.columns, strict=True), None if most is None else most - raw.read):
            raw.read += 1
            meter.count(columns=len(cells))
            wrong = _not_text(dict(zip(raw.columns, cells, strict=True)), text_only)
            if wrong is not None:
                raw.drop(f"{NOT_TEXT}: {wrong}", raw.read)
                continue
            row = [_as_text(cell) for cell in cells]
            meter.add(row)
            raw.rows.append(row)
            raw.lines.append(raw.read)
        if raw.read == most:
            break
    return raw


def _read_csv(opened: Opened, most: int | None, meter: Meter) -> RawRows:
    csv.field_size_limit(2**31 - 1)  # a row is bounded by its length
    path, longest = opened.path, current_limits().row_megabytes
    line, length = 1 + opened.skip, 0

    def texts() -> Iterator[str]:
        # `lines` splits at line feeds as an editor does, and csv joins the lines of a quoted cell again.
        nonlocal length
        for number, text in opened.lines():
            length += len(text)
            if length > longest * MB:
                raise beyond(
                    f"{path.name}, line {line}: the row that starts here is longer than {longest:,} MB, perhaps "
                    "because a quotation mark is opened and never closed",
                    "row_megabytes",
                )
            if number > opened.skip:
                yield text

    reader = csv.reader(texts(), delimiter=opened.delimiter, strict=True)
    raw: RawRows | None = None
    while most is None or raw is None or raw.read < most:
        line, length = reader.line_num + 1 + opened.skip, 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "unexpected end of data" in str(error) or raw is None:
                raise DataError(
                    f"{path.name}, line {line}: the record that starts here cannot be read ({error}); is a quotation "
                    "mark opened and never closed?"
                ) from error
            raw.read += 1
            meter.count()
            raw.drop(BAD_QUOTING, line)
            continue
        if cells is None:
            break
        if not cells:
            continue
        if raw is None:
            names = [name.strip() for name in cells]
            meter.expect(columns=len(names))
            _refuse_repeats(path, names)
            raw = RawRows(columns=names)
            continue
        raw.read += 1
        meter.count(columns=len(raw.columns))
        meter.add(cells)
        if len(cells) != len(raw.columns):
            raw.drop(WRONG_FIELD_COUNT, line)
            continue
        raw.rows.append([cell if cell else None for cell in cells])
        raw.lines.append(line)
    if raw is None:
        raise DataError(f"{path.name} is empty; its first line must name the columns")
    return raw


def _not_text(row: dict[str, Any], text_only: Sequence[str]) -> str | None:
    """Name of the first column that should hold text or a conversation and holds something else, or None."""
    values = {name: row[name] for name in text_only if row.get(name) is not None and row[name] == row[name]}
    # Several plain texts are turns where question and answers are such lists; else nobody knows what they are.
    turns = {len(value) if _are_texts(value) else 0 for value in values.values()}
    for name, value in values.items():
        if isinstance(value, str) or (_are_texts(value) and (len(value) == 1 or len(turns) == 1)):
            continue
        if not (isinstance(value, dict) or (isinstance(value, list) and all(isinstance(one, dict) for one in value))):
            return name
    return None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(one is None or isinstance(one, str) for one in value)


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
