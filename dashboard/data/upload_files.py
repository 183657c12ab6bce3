"""Uploaded files on disk: under the cache, in a folder with a random name, until they are registered."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from scpo.errors import InputError
from scpo.store.cache import Store

TYPES = ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "arrow", "gz", "zst")
"""Extensions that are offered; what a file is, its content says."""

MOST_BYTES = 200 * 2**20
KEPT_SECONDS = 86_400
"""An upload that was never registered is removed by the first upload after this time."""


class Upload(NamedTuple):
    """A file that was uploaded."""

    path: Path
    size: int
    digest: str
    """Its content, part of every cache key."""


def safe_name(name: str) -> str:
    """Make a file name of an uploaded one: letters, digits, dots, dashes, underscores; a known extension.

    Raises
    ------
    InputError
        If the extension is none of `TYPES`.
    """
    stem, _, extension = name.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
    if extension.lower() not in TYPES:
        raise InputError(f"a file must be one of {', '.join('.' + kind for kind in TYPES)}")
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._-")[:60]
    return f"{cleaned or 'upload'}.{extension.lower()}"


def keep(store: Store, name: str, content: memoryview) -> Upload:
    """Write an uploaded file; old ones that nobody registered are removed.

    Raises
    ------
    InputError
        If it is too large or of another type.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"the file is larger than {MOST_BYTES // 2**20} MB: use `scpo data add` for it")
    folder = store.root / "uploads"
    _sweep(folder)
    path = folder / secrets.token_hex(8) / safe_name(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Upload(path, len(content), hashlib.sha256(content).hexdigest())


def remove(upload: Upload) -> None:
    """Delete an uploaded file."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def _sweep(folder: Path) -> None:
    for one in folder.glob("*") if folder.is_dir() else ():
        if time.time() - one.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(one, ignore_errors=True)
