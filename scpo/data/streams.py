"""The bytes of a file, unpacked as far as they are read and no further than the limit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from scpo.data.limits import MB, beyond, current_limits
from scpo.errors import DataError

BLOCK = 1 << 16


@contextmanager
def byte_stream(path: Path, compression: str | None) -> Iterator[BinaryIO]:
    """Open the bytes of a file, decompressed.

    Raises
    ------
    DataError
        If the compressed file is broken, or there are more bytes than are read.
    """
    most = current_limits().megabytes
    if path.stat().st_size > most * MB:
        raise beyond(f"{path.name} holds more than {most:,} MB", "megabytes")
    if compression is None:
        with path.open("rb") as file:
            yield file
        return
    try:
        with pa.input_stream(str(path), compression=compression) as source:
            yield io.BufferedReader(_Bounded(source, path.name, most), BLOCK)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise DataError(f"{path.name} is a broken {compression} file ({error}); compress it again") from error


class _Bounded(io.RawIOBase):
    """Unpacked bytes that end with a refusal where they are too many."""

    def __init__(self, source: pa.NativeFile, name: str, most: int) -> None:
        self._source, self._name, self._most, self._left = source, name, most, most * MB

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self._source.read(len(view))
        self._left -= len(block)
        if self._left < 0:
            raise beyond(f"{self._name} unpacks to more than {self._most:,} MB", "megabytes")
        view[: len(block)] = block
        return len(block)
