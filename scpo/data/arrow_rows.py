"""Rows of Parquet and Arrow, read piece by piece, each weighed before its values become Python's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scpo.data.limits import Meter
from scpo.data.opening import Opened
from scpo.data.saved import saved_table
from scpo.errors import DataError

AT_ONCE = 1_000
"""Rows of a piece at most."""

BLOCK = 1 << 20
"""Bytes of a column of Parquet that are read at a time."""

_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)


class Piece(NamedTuple):
    """Some rows of a table."""

    names: list[str]
    columns: list[list[Any]]
    """Values of each column."""


def pieces_of(opened: Opened, meter: Meter, most: int | None = None) -> Iterator[Piece]:
    """Yield the rows of a Parquet or Arrow file, in pieces; the first is empty and names the columns.

    Parameters
    ----------
    meter : Meter
        Is asked before anything is unpacked.
    most : int, optional
        Rows that are wanted.

    Raises
    ------
    DataError
        If the file or a column cannot be read, or is beyond a limit.
    """
    try:
        with ExitStack() as stack:
            source: Any = str(opened.path)
            if opened.compression is not None:
                source = stack.enter_context(tempfile.TemporaryFile())
                with opened.stream() as packed:
                    shutil.copyfileobj(packed, source)
                source.seek(0)
            if opened.kind == "parquet":
                schema, batches = _parquet(source, meter, most)
            else:
                schema, batches = _arrow(pa.OSFile(source) if isinstance(source, str) else source)
            yield from _pieces(opened.path, schema, batches, meter)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{opened.path.name} cannot be read as {opened.kind.title()} ({error}); write it again"
        ) from error


def saved_pieces_of(folder: Path, meter: Meter) -> Iterator[Piece]:
    """Yield the rows of a folder of ``save_to_disk`` as `pieces_of` does."""
    table = saved_table(folder)
    meter.expect(columns=table.num_columns, rows=table.num_rows)
    return _pieces(folder, table.schema, iter(table.to_batches()), meter)


def _parquet(source: Any, meter: Meter, most: int | None) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    bounded = {"buffer_size": BLOCK, "pre_buffer": False}  # else a group of rows is held as a whole
    file = pq.ParquetFile(source, **bounded)
    about, schema = file.metadata, file.schema_arrow
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(about.num_columns)]
    meter.expect(
        columns=max(len(schema.names), about.num_columns),
        rows=about.num_rows,
        values=sum(chunk.num_values for chunk in chunks),
        size=sum(chunk.total_uncompressed_size for chunk in chunks),
    )
    # A text that stands in the file once for many rows stays one until it is weighed.
    once = {chunk.path_in_schema for chunk in chunks if {"RLE_DICTIONARY", "PLAIN_DICTIONARY"} & {*chunk.encodings}}
    leaves = [about.schema.column(i) for i in range(about.num_columns)]
    texts = [leaf.path for leaf in leaves if leaf.path in once and _is_text(leaf)]
    if texts:
        file = pq.ParquetFile(source, metadata=about, read_dictionary=texts, **bounded)
    return schema, file.iter_batches(batch_size=AT_ONCE if most is None else min(most, AT_ONCE), use_threads=False)


def _is_text(leaf: pq.ColumnSchema) -> bool:
    return leaf.physical_type == "BYTE_ARRAY" and leaf.logical_type.type != "DECIMAL"


def _arrow(source: Any) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    try:
        file = pa.ipc.open_file(source)
    except pa.ArrowInvalid:  # a stream, which has no table of contents
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return stream.schema, iter(stream)
    return file.schema, (file.get_batch(i) for i in range(file.num_record_batches))


def _pieces(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], meter: Meter) -> Iterator[Piece]:
    names = list(schema.names)
    meter.expect(columns=len(names))
    yield Piece(names, [[] for _ in names])
    for batch in batches:
        meter.expect(columns=len(names), rows=batch.num_rows)
        for start in range(0, batch.num_rows, AT_ONCE):
            piece = batch.slice(start, AT_ONCE)
            weights = [_weight(column, meter) for column in piece.columns]
            meter.expect(
                columns=len(names),
                rows=len(piece),
                values=sum(weight.values for weight in weights),
                size=sum(weight.size for weight in weights),
            )
            yield Piece(names, [_values(path, *one) for one in zip(names, piece.columns, strict=True)])


class _Weight(NamedTuple):
    values: int
    size: int
    """Bytes of the texts among them."""


def _weight(array: pa.Array, meter: Meter) -> _Weight:
    """Say how many values an array holds, at any depth, and how much text, without making them."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _weight(array.storage, meter)
    if pa.types.is_struct(kind):
        parts = [_weight(one, meter) for one in array.flatten()]
    elif pa.types.is_map(kind):
        start, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
        parts = [_weight(one.slice(start, end - start), meter) for one in (array.keys, array.items)]
    elif pa.types.is_nested(kind) and not pa.types.is_union(kind):
        meter.expect(columns=1, values=pc.sum(pc.list_value_length(array)).as_py() or 0)
        parts = [_weight(array.flatten(), meter)]
    else:
        return _Weight(len(array), _text_size(array))
    return _Weight(max([len(array), *(part.values for part in parts)]), sum(part.size for part in parts))


def _text_size(array: pa.Array) -> int:
    kind = array.type
    if pa.types.is_dictionary(kind):
        lengths = _lengths(array.dictionary)
        return 0 if lengths is None else pc.sum(pc.take(lengths, array.indices)).as_py() or 0
    if pa.types.is_run_end_encoded(kind):
        lengths = _lengths(array.values)
        return 0 if lengths is None else len(array) * (pc.max(lengths).as_py() or 0)
    lengths = _lengths(array)
    return 0 if lengths is None else pc.sum(lengths).as_py() or 0


def _lengths(array: pa.Array) -> pa.Array | None:
    """Bytes of each text or binary value; None for other types."""
    kind = array.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        # A view is 16 bytes, of which the first four are its length.
        views = np.frombuffer(array.buffers()[1], np.int32)[4 * array.offset : 4 * (array.offset + len(array)) : 4]
        return pa.array(views)
    if any(is_text(kind) for is_text in _TEXTS):
        return pc.binary_length(array)
    return None


def _values(path: Path, name: str, array: pa.Array) -> list[Any]:
    try:
        return list(array.to_pylist())
    except (ValueError, OverflowError) as error:  # no UTF-8 in a text, a date beyond the calendar
        raise DataError(
            f"{path.name}: a value of the column {name!r} cannot be read ({error}); write it again"
        ) from error
