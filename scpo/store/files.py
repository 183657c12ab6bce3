"""Files of the cache: written whole, JSON with a seal by which a flipped bit is noticed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SUMS = "SHA256SUMS"
MOST_WHOLE, MOST_DIGITS = 2**63, 21
SEAL = "seal"
"""Key of the seal in a JSON file: the hash of its values, and no value of the record."""


def now() -> str:
    """Return the present moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file that takes the place of `path` when the block ends well: fsync, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        flush(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader never meets half a file."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def write_sealed(path: Path, value: dict[str, Any]) -> None:
    """Write JSON with its seal: `Store.read_json` and `Store.read_record` notice when a value is changed on disk."""
    write_json(path, sealed(value))


def parsed(text: str) -> Any:
    """Read JSON; ValueError also for infinite numbers and for whole numbers that no table holds."""
    return json.loads(text, parse_float=_finite, parse_int=_whole_number, parse_constant=_finite)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value


def _whole_number(text: str) -> int:
    value = int(text) if len(text) < MOST_DIGITS else MOST_WHOLE
    if abs(value) >= MOST_WHOLE:
        raise ValueError(f"a whole number has {len(text.lstrip('-'))} digits")
    return value


_REFUSED = (errno.EACCES, errno.EPERM)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def unwritten(error: BaseException, root: Path) -> str | None:
    """Say in one sentence why something could not be written into the cache; None if the error is another."""
    number, file = (error.errno, error.filename) if isinstance(error, OSError) else (None, None)
    in_sqlite = str(error) if isinstance(error, sqlite3.OperationalError) else ""
    inside = file is not None and Path(str(file)).absolute().is_relative_to(root.absolute())
    if number == errno.EROFS or (number in _REFUSED and inside) or "readonly database" in in_sqlite:
        return f"{file or root} cannot be written: make it writable, or set SCPO_CACHE_DIR to a folder that is"
    if number in _FULL or "is full" in in_sqlite or os.strerror(errno.ENOSPC) in str(error):
        return f"the disk of {root} is full: free space there, then resume it"
    return None


def flush(path: Path) -> None:
    """Have the system write a file to the disk now."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def write_sums(folder: Path, paths: Iterable[Path]) -> None:
    """Write the hashes of some files of a folder as ``sha256sum -c SHA256SUMS`` reads them."""
    lines = [f"{file_sha256(path)}  {path.relative_to(folder)}\n" for path in sorted(paths)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_sums(folder: Path) -> dict[str, str]:
    """Read the hashes that were written of the files of a folder; none if it was written before there were any."""
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def sealed(value: dict[str, Any]) -> dict[str, Any]:
    """Return the values, as JSON holds them, with their seal."""
    plain = json.loads(json.dumps(value, allow_nan=False))
    return plain | {SEAL: _digest(plain)}


def unsealed(value: Any) -> tuple[Any, bool | None]:
    """Return the values without their seal, and whether they are those that were sealed; None without a seal.

    What was written before there were seals has none.
    """
    if not isinstance(value, dict) or SEAL not in value:
        return value, None
    rest = {key: item for key, item in value.items() if key != SEAL}
    return rest, value[SEAL] == _digest(rest)


def _digest(value: dict[str, Any]) -> str:
    plain = json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def database_damage(path: Path) -> str | None:
    """Say what is wrong with an SQLite file; None if nothing is, or there is none."""
    if not path.is_file():
        return None
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
        try:
            said = " ".join(str(db.execute("pragma quick_check").fetchone()[0]).split())
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return None  # somebody writes to it
        said = str(error)
    return None if said == "ok" else said
