"""What was read of files, kept until they change: pages look at all runs and at the queue at every turn."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

SETTLED_SECONDS = 2.0
"""Two versions of a file that are written within the clock's tick look alike, so young ones are read every time."""

T = TypeVar("T")


class Stamp(NamedTuple):
    """What tells a version of a file from a later one."""

    inode: int
    size: int
    written_ns: int

    @property
    def settled(self) -> bool:
        """Whether a later version cannot look the same any more."""
        return time.time() - self.written_ns / 1e9 > SETTLED_SECONDS


def stamp(path: str) -> Stamp | None:
    """Return the stamp of a file; None where it cannot be told."""
    try:
        found = os.stat(path)  # noqa: PTH116 - ten times as fast as a Path, for hundreds of files at every turn
    except OSError:
        return None
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


class Kept(Generic[T]):
    """What was read last of each of at most `most` files; everybody is given the same object."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._read: dict[str, tuple[Stamp, T]] = {}

    def get(self, path: str | os.PathLike[str], read: Callable[[], T]) -> T:
        """Return what `read` returns of a file, from before where the file is the same."""
        path = os.fspath(path)
        seen, known = stamp(path), self._read.get(path)
        if known is not None and known[0] == seen:
            return known[1]
        found = read()
        if seen is not None and seen.settled:
            if len(self._read) >= self._most:
                self._read.clear()
            self._read[path] = seen, found
        return found
