"""Every file of a cache that has a hash or a seal, checked. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scpo.errors import BrokenError, ScpoError
from scpo.store.broken import READERS
from scpo.store.cache import Store
from scpo.store.datasets import load_tables
from scpo.store.files import database_damage, file_sha256, read_sums
from scpo.store.runs import RunDirectory
from scpo.store.scores import read_scores

NO_RESULTS = ("locks", "quarantine", "progress", "reports", "children", "uploads")
QUEUE = "jobs.sqlite3"


class Finding(NamedTuple):
    """Something that cannot be used: an entry of the cache, why, and whether it is damage or only another version."""

    kind: str
    name: str
    why: str
    broken: bool


def verify(store: Store) -> list[Finding]:
    """Check all records, tables, arrays, weights, logs and kept results, and the queue; one finding a file at most."""
    found = []
    for kind in sorted(path.name for path in store.root.iterdir() if path.is_dir()) if store.root.is_dir() else []:
        if kind in NO_RESULTS or kind.startswith("."):
            continue
        for name in store.names(kind):
            found += [
                Finding(kind, name, str(error), isinstance(error, BrokenError)) for error in _errors(store, kind, name)
            ]
    return found + _queue(store)


def _errors(store: Store, kind: str, name: str) -> Iterator[ScpoError]:
    entry = store.folder(kind, name)
    seen: set[str] = set()
    for file, sha256 in read_sums(entry).items():
        if not (entry / file).is_file() or file_sha256(entry / file) != sha256:
            seen.add(file)
            yield store.broken(entry / file, "is missing or not the file that was written")
    try:
        _read(store, kind, name)
    except ScpoError as error:
        if not any(f"{kind}/{name}/{file}" in str(error) for file in seen):
            yield error


def _read(store: Store, kind: str, name: str) -> None:
    """Read an entry as its users do: that checks the seal of its record, and the hashes that stand there."""
    if kind in READERS:
        READERS[kind](store, name)
    if kind == "datasets":
        load_tables(store, name)
    elif kind == "scores":
        read_scores(store, name)
    elif kind == "runs":
        directory = RunDirectory(store, name)
        if directory.record().status == "succeeded":
            directory.reward_table()
            directory.metrics()
    if kind not in READERS or kind == "datasets":
        for path in sorted(store.folder(kind, name).rglob("*.json")):
            if "raw" not in path.relative_to(store.folder(kind, name)).parts:
                store.read_json(path, what=f"{kind} {name}")


def _queue(store: Store) -> list[Finding]:
    why = database_damage(store.root / QUEUE)
    if why is None:
        return []
    return [Finding("", QUEUE, str(store.broken(store.root / QUEUE, f"is damaged ({why})")), True)]
