"""Quarantine, leftovers and backups of a cache: only here is what is broken moved, and what is old deleted."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from scpo.errors import InputError, StoreError
from scpo.store.audit import FILE as AUDIT
from scpo.store.cache import Store
from scpo.store.files import replacing
from scpo.store.runs import list_runs
from scpo.store.studies import list_studies
from scpo.store.verify import NO_RESULTS, QUEUE

QUARANTINE = "quarantine"
DAY = 24 * 3600.0
UNFINISHED_DAYS = 30
"""Days after which what can be resumed (parts of a scoring, a checkpoint of a global model) counts as given up."""


class Aside(NamedTuple):
    """An entry in quarantine, named ``KIND-NAME-MOMENT``; of the queue, ``queue-jobs.sqlite3-MOMENT``."""

    path: Path
    kind: str
    name: str


def quarantine(store: Store, entry: Path) -> str:
    """Move an entry aside and return its name there."""
    kind = "queue" if entry.parent == store.root else entry.parent.name
    aside = store.root / QUARANTINE / f"{kind}-{entry.name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    entry.rename(aside)
    return aside.name


def quarantined(store: Store) -> list[Aside]:
    """List what is in quarantine, oldest first of each name."""
    folder = store.root / QUARANTINE
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    parts = [(path, *path.name.partition("-")[::2]) for path in paths]
    return [Aside(path, kind, rest.rpartition("-")[0]) for path, kind, rest in parts if rest.rpartition("-")[0]]


def restore(store: Store, which: str) -> str:
    """Bring an entry back from quarantine and return ``kind/name``.

    Parameters
    ----------
    which : str
        Its name there, or ``kind/name`` for the newest of that name.

    Raises
    ------
    InputError
        If it is not there.
    StoreError
        If another entry stands in its place.
    """
    there = [one for one in quarantined(store) if which in (one.path.name, f"{one.kind}/{one.name}")]
    if not there:
        known = ", ".join(one.path.name for one in quarantined(store)) or "nothing"
        raise InputError(f"{which} is not in quarantine: there is {known}")
    aside = there[-1]
    target = store.root / aside.name if aside.kind == "queue" else store.folder(aside.kind, aside.name)
    if target.exists():
        raise StoreError(f"{aside.kind}/{aside.name} is there again: remove it first, or leave the other in quarantine")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside.path.rename(target)
    return f"{aside.kind}/{aside.name}"


def rubbish(store: Store, *, older_than_days: float) -> list[Path]:
    """List what may be deleted: leftovers of killed writers, and what has long been in quarantine.

    Nothing that a run or a study refers to, and that is only in quarantine, is listed.

    Parameters
    ----------
    older_than_days : float
        Least days in quarantine.
    """
    old, given_up = time.time() - DAY, time.time() - UNFINISHED_DAYS * DAY
    found = []
    for kind in sorted(path for path in store.root.iterdir() if path.is_dir()) if store.root.is_dir() else []:
        for path in sorted(kind.glob(".*")):
            resumable = path.suffix in (".parts", ".checkpoint", ".backbone")
            if path.name != ".gitkeep" and path.stat().st_mtime < (given_up if resumable else old):
                found.append(path)
    needed = _needed(store)
    stays = {(one.kind, one.name): one.path for one in quarantined(store)}  # the newest of each name
    for one in quarantined(store):
        entry = (one.kind, one.name)
        only_copy = stays[entry] == one.path and entry in needed and not (store.root / one.kind / one.name).exists()
        moved = datetime.strptime(one.path.name.rpartition("-")[2], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC).timestamp()
        if moved < time.time() - older_than_days * DAY and not only_copy:
            found.append(one.path)
    return found


def _needed(store: Store) -> set[tuple[str, str]]:
    runs, studies = list_runs(store), list_studies(store)
    found = {("runs", run) for study in studies for run in study.runs}
    found |= {("datasets", one.config.dataset) for one in runs} | {("datasets", one.dataset) for one in studies}
    found |= {("models", one.config.model_key) for one in runs} | {("models", one.model_key) for one in studies}
    return found | {("scores", one.scores_key) for one in runs if one.scores_key}


def delete(path: Path) -> None:
    """Delete a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def backup(store: Store, out: Path) -> int:
    """Write the cache as one tar file and return its number of files; work that is unfinished or in quarantine stays.

    Parameters
    ----------
    out : Path
        Ends in ``.tar``, or ``.tar.gz`` to be smaller and slower.
    """
    mode = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz"}.get(out.suffix)
    if mode is None or out.absolute().is_relative_to(store.root.absolute()):
        raise InputError(f"{out} is no place for a backup: name a .tar or .tar.gz file outside of the cache")
    files = [
        path for path in sorted(store.root.rglob("*")) if path.is_file() and _belongs(path.relative_to(store.root))
    ]
    with replacing(out.absolute()) as temporary, tarfile.open(temporary, mode) as archive:  # type: ignore[call-overload]
        for path in files:
            if path.name == QUEUE:
                with tempfile.TemporaryDirectory() as folder:
                    archive.add(_copy_of_queue(path, Path(folder) / QUEUE), QUEUE)
            else:
                archive.add(path, str(path.relative_to(store.root)))
    return len(files)


def _belongs(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.parts[0] not in NO_RESULTS and path.suffix != ".sqlite3-journal"


def _copy_of_queue(path: Path, copy: Path) -> Path:
    """Copy the queue as it is between two transactions."""
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy


def unpack(store: Store, archive: Path) -> None:
    """Make a cache of a backup; a folder that holds anything but lines of the audit is refused, and these stay."""
    empty = ("README.md", ".gitkeep", AUDIT)
    if store.root.is_dir() and any(path.name not in empty for path in store.root.iterdir()):
        raise InputError(f"{store.root} holds a cache already: set SCPO_CACHE_DIR to an empty folder")
    audit = store.root / AUDIT
    asked = audit.read_bytes() if audit.is_file() else b""
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(store.root, filter="data")
    except tarfile.TarError as error:
        raise InputError(f"{archive} is no backup: {error}") from error
    if asked and audit.read_bytes() != asked:  # the backup had lines of its own
        with audit.open("ab") as lines:
            lines.write(asked)
