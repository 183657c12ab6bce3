"""Who asked for what, on a page or the command line: one JSON line per start, cancel, removal, upload, export and
mending of the cache, written before it."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from scpo.redaction import without_secrets
from scpo.store.cache import Store, now
from scpo.store.roles import Action, Role

FILE = "audit.jsonl"
Via = Literal["page", "command line"]
What = Action | Literal["repair", "restore", "gc"]
"""What people ask for; only on the command line: ``scpo cache repair``, ``restore`` and ``gc --yes``."""

MOST_ABOUT = 500
"""Characters of what an action is about."""


class AuditLine(BaseModel):
    """What somebody asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: str
    """Moment, UTC."""

    who: str
    """E-mail address of the login, or its name, or its id; ``this machine`` where nobody logs in.
    On the command line the operating system's user."""

    role: Role
    what: What
    about: str
    """Runs, study, data set, model or command."""

    allowed: bool
    """Whether the role may; what became of it stands in the queue's events and in logs."""

    via: Via = "page"
    """Where it was asked."""


def write_line(store: Store, *, who: str, role: Role, what: What, about: str, allowed: bool, via: Via = "page") -> None:
    """Add a line, whole whoever else writes one.

    Raises
    ------
    OSError
        If it cannot be written: then an action of a page is not done either.
    """
    line = AuditLine(
        at=now(),
        who=who[:MOST_ABOUT],
        role=role,
        what=what,
        about=without_secrets(about)[:MOST_ABOUT],
        allowed=allowed,
        via=via,
    )
    store.root.mkdir(parents=True, exist_ok=True)
    file = os.open(store.root / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, (line.model_dump_json() + "\n").encode())
    finally:
        os.close(file)


def read_lines(store: Store, last: int) -> tuple[list[AuditLine], int]:
    """Return the last lines, newest first, and how many of those looked at cannot be read."""
    path = store.root / FILE
    if not path.is_file():
        return [], 0
    found, broken = [], 0
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")  # a line separator within is none
    for line in reversed([line for line in lines if line][-last:]):
        try:
            found.append(AuditLine.model_validate_json(line))
        except ValidationError:
            broken += 1
    return found, broken
