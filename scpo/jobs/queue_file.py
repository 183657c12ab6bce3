"""The file of the queue: its tables, its rows, and what is said of one that is damaged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from scpo.errors import BrokenError

FILE = "jobs.sqlite3"
State = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
Kind = Literal["run", "study"]

_SCHEMA = """
create table if not exists jobs (
    position integer primary key autoincrement,
    job_id text unique not null,
    kind text not null,
    payload text not null,
    priority integer not null,
    device text not null,
    state text not null,
    attempt integer not null default 0,
    token text,
    owner text,
    slot text,
    handle text,
    stop_requested text,
    message text not null default '',
    asked_at text not null,
    began_at text,
    ended_at text
);
create index if not exists waiting on jobs (state, priority, position);
create table if not exists events (job_id text not null, at text not null, what text not null, detail text not null);
create index if not exists events_of on events (job_id);
"""


@dataclass(frozen=True)
class Job:
    """One row of the queue.

    Attributes
    ----------
    job_id : str
        The run id, or ``study-NAME``.
    payload : dict
        What a study's preparation needs; empty for a run, whose configuration is in its run directory.
    device : str
        What was asked for: ``auto``, ``cpu`` or ``cuda:N``. `slot` is what it got.
    token : str or None
        Given with each claim; only the child that knows it may begin.
    owner : str or None
        The supervisor that claimed it.
    handle : dict
        What the launcher needs to find the work again; empty before it has begun.
    """

    position: int
    job_id: str
    kind: Kind
    payload: dict[str, Any]
    priority: int
    device: str
    state: State
    attempt: int
    token: str | None
    owner: str | None
    slot: str | None
    handle: dict[str, Any]
    stop_requested: str | None
    message: str
    asked_at: str
    began_at: str | None
    ended_at: str | None


@contextmanager
def opened(path: Path | str) -> Iterator[sqlite3.Connection]:
    """Open a queue's file.

    Raises
    ------
    BrokenError
        If it turns out to be damaged.
    """
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.row_factory = sqlite3.Row
    try:
        yield db
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError and "decode" not in str(error):
            raise
        raise _damaged(str(error)) from error
    finally:
        db.close()


@contextmanager
def all_or_nothing(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Do what a block does in one transaction."""
    try:
        db.execute(begin)
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def is_new(db: sqlite3.Connection) -> bool:
    """Tell whether a file has no tables yet."""
    return bool(db.execute("pragma user_version").fetchone()[0] == 0)


def make_tables(db: sqlite3.Connection) -> None:
    """Make the tables of a queue."""
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    db.execute("pragma user_version = 1")


def _damaged(why: str) -> BrokenError:
    return BrokenError(f"{FILE} is damaged ({why}): `scpo cache repair` moves it away; runs and results stay")


def job_of(row: sqlite3.Row) -> Job:
    """Return the job of a row.

    Raises
    ------
    BrokenError
        If something in it cannot have been written by a queue.
    """
    fields = dict(row)
    try:
        fields |= {"payload": json.loads(fields["payload"]), "handle": json.loads(fields["handle"] or "{}")}
        for name in ("asked_at", "began_at", "ended_at", "stop_requested"):
            _ = None if fields[name] is None else datetime.fromisoformat(fields[name])
        whole = fields["state"] in get_args(State) and fields["kind"] in get_args(Kind)
        whole &= all(
            isinstance(fields[name], of)
            for name, of in (("job_id", str), ("payload", dict), ("handle", dict), ("priority", int))
        )
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise _damaged(f"the entry of {fields['job_id']}")
    return Job(**fields)
