"""Reports that were written for somebody to download: named by their causes, only the newest are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from scpo.store.cache import Store

KIND = "reports"

MOST_KEPT = 8
"""Folders of reports; when another is begun, the oldest go. Any of them can be written again."""


def report_file(store: Store, key: str, name: str) -> Path:
    """Return where a report lies; it need not exist.

    Parameters
    ----------
    key : str
        The hash of everything that it depends on.
    name : str
        Of the file that a reader gets.
    """
    return store.folder(KIND, key) / name


def make_place(store: Store, path: Path) -> None:
    """Make the folder of a report that is about to be written, and remove the oldest beyond `MOST_KEPT`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.touch()
    folders = [store.folder(KIND, name) for name in store.names(KIND)]
    for old in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
