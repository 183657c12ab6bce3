"""Commands that a page starts: processes of their own that outlive it, each with one small record and a log.

For work that is no run and no study: registering data, scoring, checks, reports. Runs and studies wait in the queue.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import psutil
from pydantic import ValidationError

from scpo.errors import InputError
from scpo.jobs import detached
from scpo.jobs.signs import Sign
from scpo.settings import Settings
from scpo.store.cache import Store, now, write_json

FOLDER = "children"
KEPT_SECONDS = 7 * 86_400
"""Records of ended children are removed after this time."""


Kind = Literal["add", "regroup", "score", "check", "report"]

MANY: frozenset[Kind] = frozenset({"check", "report"})
"""Of these several may be under way for one data set and model, each with other words."""


class Child(Sign):
    """A command that was started: the sign of life that its starter has written for it."""

    child_id: str
    kind: Kind
    dataset: str
    """The data set it makes or is about."""

    words: list[str]
    """What comes after ``scpo``."""

    expected_seconds: float | None = None
    """How long it probably takes; None if nobody knows."""

    @property
    def started(self) -> float:
        """Return the moment it was started, in seconds since 1970."""
        return datetime.fromisoformat(self.started_at).timestamp()


def start(
    store: Store,
    settings: Settings,
    words: Sequence[str],
    *,
    kind: Kind,
    dataset: str,
    model: str | None = None,
    expected_seconds: float | None = None,
) -> Child:
    """Start ``scpo WORDS`` as a process of its own; whoever starts it has written its line in the audit.

    Raises
    ------
    InputError
        If the dashboard is read-only, or a child of the same kind for the same data set and model runs already; of
        those in `MANY` only one with the same words.
    """
    if settings.read_only:
        raise InputError("SCPO_READ_ONLY is set: nothing is started")
    _forget_old(store)
    for other in children(store):
        same = (other.kind, other.dataset, other.model) == (kind, dataset, model)
        if other.alive and same and (kind not in MANY or other.words == list(words)):
            raise InputError(f"this is under way already, since {other.started_at}")
    child_id = secrets.token_hex(6)
    its_own = settings.model_copy(update={"audited": True})
    process = detached.start(detached.scpo(*words), log=_log(store, child_id), environment=its_own.as_environment())
    try:
        pid_started = psutil.Process(process.pid).create_time()
    except psutil.NoSuchProcess:  # it has ended already; its log says why
        pid_started = time.time()
    child = Child(
        title=f"scpo {kind}",
        child_id=child_id,
        kind=kind,
        dataset=dataset,
        model=model,
        words=list(words),
        started_at=now(),
        expected_seconds=expected_seconds,
        host=socket.gethostname(),
        pid=process.pid,
        pid_started=pid_started,
    )
    write_json(store.root / FOLDER / f"{child_id}.json", child.model_dump(mode="json"))
    return child


def children(store: Store) -> list[Child]:
    """List the children that are remembered, newest first."""
    found = []
    for path in (store.root / FOLDER).glob("*.json"):
        try:
            found.append(Child.model_validate_json(path.read_text(encoding="utf-8")))
        except (ValidationError, FileNotFoundError):
            continue  # being replaced, or written by another version: it only informs
    return sorted(found, key=lambda child: child.started, reverse=True)


def cancel(child: Child) -> None:
    """Interrupt a child: it leaves no half of a data set behind.

    With TERM, which the command line takes as Ctrl-C: what a script has started in the background ignores Ctrl-C's own
    signal, and its children inherit that.
    """
    if child.alive:
        os.kill(child.pid, signal.SIGTERM)


def last_words(store: Store, child: Child) -> str:
    """Return the last line that a child printed; empty if it printed nothing."""
    path = _log(store, child.child_id)
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "").removeprefix("scpo: ")


def forget(store: Store, child: Child) -> None:
    """Remove the record and the log of a child that has ended."""
    for path in (store.root / FOLDER / f"{child.child_id}.json", _log(store, child.child_id)):
        path.unlink(missing_ok=True)


def _forget_old(store: Store) -> None:
    for child in children(store):
        if not child.alive and time.time() - child.started > KEPT_SECONDS:
            forget(store, child)


def _log(store: Store, child_id: str) -> Path:
    return store.root / FOLDER / f"{child_id}.log"
